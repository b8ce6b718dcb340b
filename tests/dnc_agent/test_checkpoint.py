"""Checkpoint files: round trip, atomic writing, and refusing everything that is not one."""

import json
import os
import pickle
import stat

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from dnc_agent import checkpoint
from dnc_agent.checkpoint import check_moments, read_checkpoint, resolve, write_checkpoint

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


@pytest.mark.parametrize("name", ["agent", "agent.v1"])
def test_beside_a_directory_of_that_name_it_is_read_from_where_it_was_written(tmp_path, name):
    (tmp_path / name).mkdir()
    for n in (1, 2):
        assert write_checkpoint(tmp_path / name, {}, {"n": n}) == tmp_path / f"{name}.safetensors"
        assert read_checkpoint(tmp_path / name)[1] == {"n": n}
    assert not os.listdir(tmp_path / name)


def test_what_would_be_read_instead_is_neither_replaced_nor_passed_by(tmp_path):
    """A directory may be a run: an agent without what the run keeps in its own would end it."""
    inside = write_checkpoint(tmp_path / "run" / "agent", {}, {"n": 1})
    (tmp_path / "file").write_text("something else")
    for path, first in ((inside.parent, inside), (tmp_path / "file", tmp_path / "file")):
        with pytest.raises(ValueError, match=f"^path={path}: whoever reads that gets {first}; name a file"):
            write_checkpoint(path, {}, {"n": 2})
    assert read_checkpoint(tmp_path / "run")[1] == {"n": 1}
    assert sorted(os.listdir(tmp_path)) == ["file", "run"]
    # In full, both can be meant.
    for path in (inside, tmp_path / "run.safetensors"):
        assert write_checkpoint(path, {}, {"n": 3}) == path
        assert read_checkpoint(path)[1] == {"n": 3}


@pytest.mark.parametrize("name", [".", ".."])
def test_a_directory_without_a_name_is_refused(tmp_path, monkeypatch, name):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(ValueError, match=r"name a file in full, such as .*agent\.safetensors"):
        write_checkpoint(name, {}, META)
    with pytest.raises(FileNotFoundError, match=r"looked for \S*agent\.safetensors$"):
        resolve(name)


def test_the_home_directory_is_meant_by_its_sign(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    path = write_checkpoint("~/agent", TENSORS, META)
    assert path == tmp_path / "agent.safetensors"
    assert resolve("~/agent") == resolve("~") == path
    assert read_checkpoint("~/agent")[1] == META


@pytest.mark.parametrize("path", [3, None, b"agent"])
def test_what_is_no_path_is_refused(path):
    for call in (resolve, lambda path: write_checkpoint(path, {}, {})):
        with pytest.raises(TypeError, match=r"path=.*; it must be a path"):
            call(path)


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


def rewritten(path, change):
    """The file with its header changed by `change(header)`, tensor data as they were."""
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    change(header)
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data[8 + size :])


def flips(path, count):
    """Copies of a file's bytes with one bit changed, all over it."""
    data = path.read_bytes()
    rng = np.random.default_rng(0)
    for place in rng.choice(len(data), count, replace=False):
        changed = bytearray(data)
        changed[place] ^= 1 << int(rng.integers(8))
        yield bytes(changed)


def test_every_flipped_bit_is_noticed(tmp_path):
    path = write_checkpoint(tmp_path / "x", {"a": torch.randn(20, 10), "n": torch.arange(50)}, META)
    for damaged in flips(path, 300):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"x\.safetensors") as caught:
            read_checkpoint(path)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        lambda header: header["__metadata__"].pop("digest"),
        lambda header: header["__metadata__"].update(digest="0" * 64),
        lambda header: header["__metadata__"].update(meta='{"name": "y"}'),
        lambda header: header.update(z=header.pop("a")),
        lambda header: header["a"].update(shape=[3, 2]),
        lambda header: header["a"].update(dtype="I32"),
    ],
)
def test_the_digest_covers_names_types_shapes_and_the_description(tmp_path, change):
    path = write_checkpoint(tmp_path / "x", TENSORS, META)
    rewritten(path, change)
    refused(path, "digest differs")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_what_is_not_finite_is_neither_written_nor_read(tmp_path, value, dtype):
    path = write_checkpoint(tmp_path / "x", TENSORS, META)
    before = path.read_bytes()
    bad = {"ok": torch.ones(2), "weights": torch.tensor([1.0, value], dtype=dtype)}
    with pytest.raises(ValueError, match="tensor weights is not finite"):
        write_checkpoint(path, bad, META)
    assert path.read_bytes() == before
    header = {"format": "shrdlu-dnc", "version": "2", "meta": "{}", "digest": checkpoint.digest(bad, "{}")}
    save_file(bad, tmp_path / "bad.safetensors", metadata=header)
    refused(tmp_path / "bad", "tensor weights is not finite")


@pytest.mark.parametrize("size", [2**23 + 1, 2**63, 2**64 - 1])
def test_a_huge_header_is_not_even_looked_at(tmp_path, size):
    (tmp_path / "x.safetensors").write_bytes(size.to_bytes(8, "little") + b"{" * 100)
    refused(tmp_path / "x", f"announces a header of {size} bytes")


@pytest.mark.parametrize("where", ["header", "meta"])
def test_deep_nesting_is_refused(tmp_path, where):
    path = write_checkpoint(tmp_path / "x", TENSORS, META)
    deep = "[" * 200_000
    if where == "meta":
        digest = checkpoint.digest(TENSORS, deep)
        rewritten(path, lambda header: header["__metadata__"].update(meta=deep, digest=digest))
    else:
        path.write_bytes(len(deep).to_bytes(8, "little") + deep.encode())
    refused(path, "damaged")


def test_the_file_replaced_is_kept_where_wanted(tmp_path):
    path = write_checkpoint(tmp_path / "x", {"a": torch.zeros(2)}, {"n": 1}, keep_previous=True)
    assert os.listdir(tmp_path) == [path.name]
    for n in (2, 3):
        write_checkpoint(path, {"a": torch.full((2,), float(n))}, {"n": n}, keep_previous=True)
        assert sorted(os.listdir(tmp_path)) == [path.name, path.name + ".previous"]
        assert read_checkpoint(path)[1] == {"n": n}
        assert read_checkpoint(f"{path}.previous")[1] == {"n": n - 1}
    path.write_bytes(path.read_bytes()[:-1])
    refused(path, r"the one before it is at .*x\.safetensors\.previous")
    assert read_checkpoint(f"{path}.previous")[1] == {"n": 2}


def test_a_writer_killed_between_keeping_and_replacing_leaves_nothing_behind(tmp_path):
    path = write_checkpoint(tmp_path / "x", {}, {"n": 1})
    os.link(path, f"{path}.previous")
    write_checkpoint(path, {}, {"n": 2}, keep_previous=True)
    assert sorted(os.listdir(tmp_path)) == [path.name, path.name + ".previous"]
    assert read_checkpoint(f"{path}.previous")[1] == {"n": 1}


def test_a_file_system_without_links_keeps_it_too(tmp_path, monkeypatch):
    def fail(*args):
        raise OSError("links are not supported")

    monkeypatch.setattr(os, "link", fail)
    for n in (1, 2):
        path = write_checkpoint(tmp_path / "x", {}, {"n": n}, keep_previous=True)
    assert read_checkpoint(f"{path}.previous")[1] == {"n": 1}
    assert sorted(os.listdir(tmp_path)) == [path.name, path.name + ".previous"]


def test_a_description_names_what_everybody_asks_for():
    plain = checkpoint.description("supervised", network={"sizes": [1, 2]})
    assert plain == {
        "kind": "supervised",
        "experiment": None,
        "lineage": [],
        "extra": {},
        "network": {"sizes": [1, 2]},
    }
    extra = {"experiment": "copy", "lineage": [{"from": "a"}], "run": {}}
    full = checkpoint.description("supervised", extra, experiment="none", lineage=[{"from": "b"}])
    assert (full["experiment"], full["lineage"], full["extra"]) == ("copy", [{"from": "a"}], extra)


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


def test_moments_that_are_not_alike_are_refused():
    one = {"exp_avg": torch.zeros(2), "step": torch.tensor(1.0)}
    check_moments({0: one, 1: dict(one)}, "file")
    for other in ({"step": one["step"]}, one | {"new": torch.zeros(1)}, one | {"step": torch.tensor(1)}):
        with pytest.raises(ValueError, match="file is damaged: the optimizer's state of parameter 1"):
            check_moments({0: one, 1: other}, "file")
