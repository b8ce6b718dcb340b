"""Episodes as files."""

import contextlib
import json
import os

import numpy as np
import pytest

from shrdlu_env.viewer.recording import storage
from shrdlu_env.viewer.recording.episode import Episode, Step, plain
from shrdlu_env.viewer.recording.storage import VERSION, load, save
from tests.shrdlu_env.viewer.samples import (
    agent_episode,
    graph_episode,
    plain_episode,
    sequence_episode,
    view,
)


def same(a: Episode, b: Episode) -> None:
    assert (a.env_id, plain(dict(a.env_kwargs)), a.seed, a.agent) == (
        b.env_id,
        plain(dict(b.env_kwargs)),
        b.seed,
        b.agent,
    )
    assert a.reset_options == b.reset_options
    assert len(a.steps) == len(b.steps)
    for one, other in zip(a.steps, b.steps, strict=True):
        assert plain(dict(one.view)) == plain(dict(other.view))
        assert plain(dict(one.info)) == plain(dict(other.info))
        assert (one.action, one.control, one.reward) == (other.action, other.control, other.reward)
        assert (one.internals is None) == (other.internals is None)
        assert (one.observation is None) == (other.observation is None)
        if one.observation is not None:
            assert np.array_equal(one.observation, other.observation)
        for name, array in (one.internals or {}).items():
            assert np.array_equal(array, other.internals[name])
            assert other.internals[name].dtype == np.float32


@pytest.mark.parametrize("make", [agent_episode, plain_episode, graph_episode, sequence_episode])
def test_round_trip(make, tmp_path):
    path = save(make(), tmp_path / "episode.npz")
    same(load(path), make())
    assert sorted(os.listdir(tmp_path)) == ["episode.npz"]


def test_files_have_the_usual_rights(tmp_path):
    (tmp_path / "plain").touch()
    path = save(plain_episode(), tmp_path / "e.npz")
    assert path.stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_part_of_an_episode(tmp_path):
    episode = Episode((Step(view=view(), info={"x": np.float32(1.5)}),), seed=None)
    same(load(save(episode, tmp_path / "e.npz")), episode)


def test_no_pickles(tmp_path):
    path = save(agent_episode(), tmp_path / "e.npz")
    with np.load(path, allow_pickle=False) as archive:
        for name in archive.files:
            assert archive[name].dtype.kind in "bfu"


def test_values_that_are_not_plain_are_refused(tmp_path):
    episode = Episode((Step(view=view(), info={"env": object()}),))
    with pytest.raises(ValueError, match="only plain values can be recorded, got object"):
        save(episode, tmp_path / "e.npz")
    assert not list(tmp_path.iterdir())


def test_the_suffix_is_checked(tmp_path):
    with pytest.raises(ValueError, match=r'path must end in "\.npz"'):
        save(plain_episode(), tmp_path / "e.pkl")


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = save(plain_episode(), tmp_path / "e.npz")
    before = path.read_bytes()

    def fail(*args, **kwargs):
        raise OSError("disk full")

    monkeypatch.setattr(storage.np, "savez_compressed", fail)
    with pytest.raises(OSError, match="disk full"):
        save(agent_episode(), path)
    assert path.read_bytes() == before
    assert sorted(os.listdir(tmp_path)) == ["e.npz"]


def refused(path, message):
    with pytest.raises(ValueError, match=message) as caught:
        load(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_truncated_at_any_point(tmp_path):
    whole = save(plain_episode(), tmp_path / "e.npz").read_bytes()
    path = tmp_path / "cut.npz"
    for length in [0, 1, 3, 30, *range(100, len(whole), max(1, len(whole) // 40)), len(whole) - 1]:
        path.write_bytes(whole[:length])
        refused(path, "no episode, or damaged|damaged")


def test_flipped_bytes_never_crash(tmp_path):
    whole = save(plain_episode(), tmp_path / "e.npz").read_bytes()
    path = tmp_path / "flipped.npz"
    rng = np.random.default_rng(0)
    for position in rng.integers(0, len(whole), 200):
        damaged = bytearray(whole)
        damaged[position] ^= 0xFF
        path.write_bytes(bytes(damaged))
        with contextlib.suppress(ValueError):
            load(path)


def test_foreign_files(tmp_path):
    path = tmp_path / "foreign.npz"
    path.write_text("not an archive at all")
    refused(path, "not a readable NumPy archive")
    np.savez(path, weights=np.zeros(3))
    refused(path, "it has no header")
    np.savez(path, header=np.frombuffer(b'{"format": "other", "version": 1}', np.uint8))
    refused(path, "its format is 'other'")
    np.savez(path, header=np.frombuffer(b"{nonsense", np.uint8))
    refused(path, "header cannot be read")
    np.savez(path, header=np.array([{"a": 1}], dtype=object))
    refused(path, "not numbers|not a readable")
    np.save(tmp_path / "single.npy", np.zeros(3))
    refused(tmp_path / "single.npy", "not a readable NumPy archive")
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "missing.npz")


def rewritten(tmp_path, change):
    """A saved episode whose header and arrays went through `change(header, arrays)`."""
    path = save(agent_episode(), tmp_path / "e.npz")
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    header = json.loads(arrays.pop("header").tobytes())
    change(header, arrays)
    np.savez(path, header=np.frombuffer(json.dumps(header).encode(), np.uint8), **arrays)
    return path


def drop_step(header, arrays):
    header["steps"].pop()


def odd_board(header, arrays):
    header["steps"][1]["view"]["board"] = [[1, 2], [3, 4], [5, 6]]


def no_letters(header, arrays):
    del header["steps"][0]["view"]["letters"]


def goals_without_letters(header, arrays):
    header["steps"][1]["view"]["letters"] = []


def asked_for_nothing(header, arrays):
    header["steps"][0]["view"]["cued_goal"] = "x"


def no_scene(header, arrays):
    header["steps"][2]["view"] = {"phase": "act"}


def odd_name(header, arrays):
    arrays["internals.My Soul"] = arrays["internals.value"]


def wrong_shape(header, arrays):
    arrays["internals.usage"] = arrays["internals.usage"][:, :-1]


def unknown_control(header, arrays):
    header["steps"][0]["control"] = "ghost"


def missing_key(header, arrays):
    del header["agent"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (drop_step, "entries for"),
        (odd_board, r"step 1: view\['board'\] must be a square of 3 rows"),
        (no_letters, "step 0: the view lacks letters"),
        (goals_without_letters, r"step 1: view\['letters'\] must name every goal, one at least, got \[\]"),
        (asked_for_nothing, r"step 0: view\['letters'\] must name every goal"),
        (no_scene, r"step 2: view\['scene'\] must be one of blocks, graph, sequence, story, got None"),
        (odd_name, "names of internals must be small letters"),
        (wrong_shape, r"must have the shape"),
        (unknown_control, "no valid action or control"),
        (missing_key, "agent"),
        (lambda header, arrays: header.update(version=VERSION + 1), f"version {VERSION + 1}; this program"),
    ],
)
def test_damaged_contents(change, message, tmp_path):
    refused(rewritten(tmp_path, change), message)
