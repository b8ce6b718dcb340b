"""Checkpoint files: round trip, atomic writing, and refusing everything that is not one."""

import json
import os
import pickle
import stat

import pytest
import torch
from safetensors.torch import save_file

from dnc_agent import checkpoint
from dnc_agent.checkpoint import read_checkpoint, resolve, write_checkpoint

TENSORS = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.tensor(3), "c": torch.zeros(0, 4)}
META = {"name": "x", "numbers": [1, 2.5, None], "big": 2**127}


def test_round_trip(tmp_path):
    path = write_checkpoint(tmp_path / "new" / "agent", TENSORS, META)
    assert path == tmp_path / "new" / "agent.safetensors"
    for name in (path, path.with_suffix(""), path.parent):
        tensors, meta = read_checkpoint(name)
        assert meta == META
        assert tensors.keys() == TENSORS.keys()
        assert all(torch.equal(tensors[k], TENSORS[k]) for k in TENSORS)
    assert os.listdir(path.parent) == ["agent.safetensors"]


def test_a_given_suffix_is_kept(tmp_path):
    assert write_checkpoint(tmp_path / "model_10_steps.zip", TENSORS, META).name == "model_10_steps.zip"


def test_tied_and_strided_tensors_can_be_stored(tmp_path):
    whole = torch.arange(12.0).reshape(3, 4)
    path = write_checkpoint(tmp_path / "x", {"whole": whole, "part": whole[1], "turned": whole.T}, {})
    tensors, _ = read_checkpoint(path)
    assert torch.equal(tensors["part"], whole[1])
    assert torch.equal(tensors["turned"], whole.T)


def test_others_may_read_the_file_as_any_other(tmp_path):
    plain = tmp_path / "plain"
    plain.touch()
    path = write_checkpoint(tmp_path / "x", TENSORS, META)
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


@pytest.mark.parametrize("step", ["write", "rename"])
def test_a_failure_while_saving_leaves_the_old_file(tmp_path, monkeypatch, step):
    path = write_checkpoint(tmp_path / "x", TENSORS, META)
    before = path.read_bytes()

    def fail(*args, **kwargs):
        raise OSError("no space left on device")

    monkeypatch.setattr(*((checkpoint, "save") if step == "write" else (os, "replace")), fail)
    with pytest.raises(OSError, match="no space"):
        write_checkpoint(path, {"other": torch.ones(2)}, {})
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == [path.name]


def test_meta_that_is_no_json_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(TypeError):
        write_checkpoint(tmp_path / "x", TENSORS, {"f": object()})
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.99])
def test_a_truncated_file_is_refused(tmp_path, share):
    path = write_checkpoint(tmp_path / "x", TENSORS, META)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ValueError, match=r"x\.safetensors is damaged") as caught:
        read_checkpoint(path)
    assert "\n" not in str(caught.value)


def refused(path, match):
    with pytest.raises(ValueError, match=match) as caught:
        read_checkpoint(path)
    assert "\n" not in str(caught.value)


def test_foreign_files_are_refused(tmp_path):
    save_file(TENSORS, tmp_path / "foreign.safetensors")
    refused(tmp_path / "foreign", "not one written by this project")
    (tmp_path / "text.safetensors").write_text("hello, I am a poem, and long enough to be read\n" * 9)
    refused(tmp_path / "text", "not a checkpoint")
    torch.save({"a": 1}, tmp_path / "torch.safetensors")
    refused(tmp_path / "torch", "not a checkpoint")


class Bomb:
    """Unpickling it creates a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_nothing_in_a_file_is_executed(tmp_path):
    (tmp_path / "x.safetensors").write_bytes(pickle.dumps(Bomb(tmp_path / "boom")))
    refused(tmp_path / "x", "not a checkpoint")
    assert not (tmp_path / "boom").exists()


@pytest.mark.parametrize("version", ["0", "3", "999", "", "one", "-1"])
def test_another_version_is_refused(tmp_path, version):
    header = {"format": "shrdlu-dnc", "version": version, "meta": "{}"}
    save_file(TENSORS, tmp_path / "x.safetensors", metadata=header)
    refused(tmp_path / "x", f"has format version '{version}'")


@pytest.mark.parametrize("meta", [None, "{", "[]", "3"])
def test_an_unreadable_description_is_refused(tmp_path, meta):
    header = {"format": "shrdlu-dnc", "version": "1"} | ({} if meta is None else {"meta": meta})
    save_file(TENSORS, tmp_path / "x.safetensors", metadata=header)
    refused(tmp_path / "x", "damaged")


def test_a_missing_file_is_named(tmp_path):
    for path in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(FileNotFoundError, match=str(path)):
            resolve(path)


def test_the_description_is_plain_json(tmp_path):
    path = write_checkpoint(tmp_path / "x", {}, META)
    size = int.from_bytes(path.read_bytes()[:8], "little")
    header = json.loads(path.read_bytes()[8 : 8 + size])
    assert json.loads(header["__metadata__"]["meta"]) == META
