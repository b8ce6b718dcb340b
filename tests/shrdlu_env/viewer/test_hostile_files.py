"""Episode files that may be anything: refused in one line, or drawn; never a crash, never gigabytes."""

import io
import json
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shrdlu_env.viewer.exporting.storyboard import draw_storyboard
from shrdlu_env.viewer.panels.keys import Command
from shrdlu_env.viewer.panels.renderer import Renderer
from shrdlu_env.viewer.program.player import Player
from shrdlu_env.viewer.recording import archive, storage
from shrdlu_env.viewer.recording.episode import Episode
from shrdlu_env.viewer.recording.frame import Frame
from shrdlu_env.viewer.recording.internals import MOST_BYTES, MOST_NUMBERS, check_internals, too_large
from shrdlu_env.viewer.recording.storage import load, save
from shrdlu_env.viewer.scenes.registry import scene_of
from tests.shrdlu_env.viewer.samples import agent_episode, graph_episode, sequence_episode, story_episode

ROOT = Path(__file__).resolve().parents[3]
MAKERS = (agent_episode, graph_episode, sequence_episode, story_episode)
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 12),
    st.sampled_from([2**31, -(2**63), 10**30, 1e308, -0.5, "", "act", "describe", "9>9", "\n\0", "7x7"]),
    st.text(max_size=5),
    st.lists(st.integers(-1, 9), max_size=3),
    st.lists(st.lists(st.integers(0, 9), max_size=3), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


def parts(episode: Episode, path: Path):
    """A saved episode's header and arrays."""
    save(episode, path)
    with np.load(path) as stored:
        arrays = {name: stored[name] for name in stored.files}
    return json.loads(arrays.pop("header").tobytes()), arrays


def write(path: Path, header, arrays):
    np.savez(path, header=np.frombuffer(json.dumps(header).encode(), np.uint8), **arrays)
    return path


def places(tree, here=()):
    """Every place in a JSON tree."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        yield (*here, key)
        yield from places(value, (*here, key))


def set_at(tree, place, value):
    for key in place[:-1]:
        tree = tree[key]
    if value is set_at:
        del tree[place[-1]]
    else:
        tree[place[-1]] = value


def refused_or_drawn(path):
    said = ""
    try:
        episode = load(path)
    except ValueError as error:
        said = str(error)
    if said:
        assert "\n" not in said
        assert str(path) in said
        return
    scene = scene_of(episode.view(0))
    renderer = Renderer()
    for t in {0, len(episode) // 2, len(episode)}:
        renderer.draw(Frame(episode, float(t), help=t == 0, location=0), (700, 450))
        renderer.draw(Frame(episode, t + 0.5, hidden=True, sheet="link"), (700, 450))
        scene.text(episode.view(t))
    draw_storyboard(episode, (640, 400))
    player = Player(episode, "file")
    for command in Command:
        player.do(command)
        player.tick(0.3)
        player.frame()
    player.digit(1)


@cache
def original(which):
    """Header and arrays of one of the sample episodes; not to be changed."""
    with TemporaryDirectory() as folder:
        return parts(MAKERS[which](), Path(folder) / "e.npz")


FUZZ = settings(
    max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None
)
EDIT = st.tuples(st.integers(0, 10**6), st.one_of(st.just(set_at), ODD))


@FUZZ
@given(which=st.integers(0, 2), edits=st.lists(EDIT, min_size=1, max_size=3))
def test_headers_with_anything_anywhere(which, edits, tmp_path):
    header, arrays = original(which)
    header = json.loads(json.dumps(header))
    for index, value in edits:
        found = list(places(header))
        if found:
            set_at(header, found[index % len(found)], value)
    refused_or_drawn(write(tmp_path / "e.npz", header, arrays))


@FUZZ
@given(which=st.integers(0, 2), array=st.integers(0, 12), change=st.integers(0, 12))
def test_arrays_with_anything_in_them(which, array, change, tmp_path):
    header, arrays = original(which)
    rows = len(header["steps"])
    names = [*sorted(arrays), "internals.new", "other"]
    name = names[array % len(names)]
    before = arrays.get(name, np.ones((rows, 2, 3), np.float32))
    after = (
        lambda a: a[:-1],
        lambda a: a[..., None],
        lambda a: a.reshape(-1)[:rows],
        lambda a: a.astype(np.int64),
        lambda a: a.astype(bool),
        lambda a: a.astype("U3"),
        lambda a: a.astype(np.complex64),
        lambda a: np.full(a.shape, np.nan, np.float32),
        lambda a: np.full(a.shape, np.inf, np.float32),
        lambda a: np.full(a.shape, -3e38, np.float32),
        lambda a: np.zeros((rows, 0), np.float32),
        lambda a: np.array(3.0),
        np.asfortranarray,
    )[change](before)
    refused_or_drawn(write(tmp_path / "e.npz", header, {**arrays, name: after}))


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "1e999", "[" * 100_000, "1" * 5000])
def test_json_that_is_none(word, tmp_path):
    header, arrays = original(0)
    text = json.dumps(header).replace('"reward": 0.0', f'"reward": {word}', 1)
    assert word in text
    path = tmp_path / "e.npz"
    np.savez(path, header=np.frombuffer(text.encode(), np.uint8), **arrays)
    with pytest.raises(ValueError, match=str(path)) as caught:
        load(path)
    assert "\n" not in str(caught.value)


def bomb(path: Path, shape: str, descr: str = "<f4") -> Path:
    """An archive whose one array announces a shape it does not have."""
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}"
    header += " " * (117 - len(header)) + "\n"
    member = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode()
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("header.npy", member)
    return path


@pytest.mark.parametrize("shape", ["(99999999999,)", "(2, 99999999999)", "(-1,)", "(1,)", "()", "(2**40,)"])
def test_an_announced_size_is_compared_before_anything_is_read(shape, tmp_path):
    script = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (2**32, 2**32))\n"
        "from shrdlu_env.viewer.recording.storage import load\n"
        "try: load(sys.argv[1])\n"
        "except ValueError as error: print(error)\n"
    )
    path = bomb(tmp_path / "bomb.npz", shape)
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stdout.count("\n")) == (0, 1), done.stderr
    assert "no episode, or damaged" in done.stdout


def test_a_zip_that_would_unpack_to_gigabytes(tmp_path):
    """Zeros pack a thousandfold; what the directory announces is believed before anything is unpacked."""
    path = tmp_path / "zip.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out, out.open("header.npy", "w") as member:
        for _ in range(MOST_BYTES // 2**24 + 1):
            member.write(bytes(2**24))
    assert path.stat().st_size < 2**20
    with pytest.raises(ValueError, match=r"announces [\d,]+ bytes, at most [\d,]+ are read"):
        load(path)


def test_too_many_arrays(tmp_path):
    path = tmp_path / "many.npz"
    np.savez(path, **{f"a{k}": np.zeros(1) for k in range(300)})
    with pytest.raises(ValueError, match="it holds 300 arrays, at most 200 are read"):
        load(path)


def test_a_directory_and_a_device(tmp_path):
    with pytest.raises(IsADirectoryError):
        load(tmp_path)
    with pytest.raises(ValueError, match="no episode, or damaged"):
        load("/dev/null")


def test_too_much_to_be_read_back_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr(storage, "MOST_BYTES", 1000)
    with pytest.raises(ValueError, match="an episode file holds at most 1,000 bytes"):
        save(agent_episode(), tmp_path / "e.npz")
    assert not list(tmp_path.iterdir())


def test_large_arrays_are_left_out_by_name(tmp_path):
    large = {"value": 1.0, "huge": np.zeros(MOST_NUMBERS + 1), "fits": np.zeros(MOST_NUMBERS)}
    assert set(check_internals(large)) == {"value", "fits"}
    assert too_large(large) == {"huge": (MOST_NUMBERS + 1,)}
    episode = Episode(agent_episode().steps, left_out=too_large(large))
    assert dict(load(save(episode, tmp_path / "e.npz")).left_out) == {"huge": (MOST_NUMBERS + 1,)}


def test_version_1_is_read(tmp_path):
    header, arrays = original(0)
    header = json.loads(json.dumps(header))
    header["version"] = 1
    del header["left_out"]
    for row in header["steps"]:
        del row["view"]["scene"]
    episode = load(write(tmp_path / "old.npz", header, arrays))
    assert {step.view["scene"] for step in episode.steps} == {"blocks"}
    assert len(episode) == len(agent_episode())


def test_the_reader_reads_what_numpy_writes():
    rng = np.random.default_rng(0)
    arrays = {
        "a": rng.normal(size=(3, 4, 5)),
        "b": np.asfortranarray(rng.integers(0, 9, (4, 6))),
        "c": np.array([True, False]),
        "d": np.float32(3.5),
    }
    for writer in (np.savez, np.savez_compressed):
        file = io.BytesIO()
        writer(file, **arrays)
        file.seek(0)
        back = archive.read_archive(file)
        assert set(back) == set(arrays)
        for name, array in arrays.items():
            assert np.array_equal(back[name], array)
            assert back[name].dtype == np.asarray(array).dtype
