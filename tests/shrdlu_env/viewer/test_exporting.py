"""Episodes as films, pictures and text, made without a window."""

import os
import sys

import imageio.v3 as iio
import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing import theme
from shrdlu_env.viewer.drawing.images import to_array
from shrdlu_env.viewer.exporting.export import export, positions
from shrdlu_env.viewer.exporting.storyboard import draw_storyboard
from shrdlu_env.viewer.panels.renderer import Renderer
from shrdlu_env.viewer.recording.episode import Episode
from shrdlu_env.viewer.recording.frame import Frame
from shrdlu_env.viewer.scenes.blocks.findings import chosen_locations
from tests.shrdlu_env.viewer.samples import (
    agent_episode,
    count,
    graph_episode,
    plain_episode,
    read_film,
    sequence_episode,
)

SMALL = (640, 400)


def short() -> Episode:
    """The last steps of an episode as one of their own: films take time."""
    whole = agent_episode()
    return Episode(whole.steps[-4:], agent="demo")


def close_to(a, b, tolerance):
    return np.abs(a.astype(int) - b.astype(int)).mean() < tolerance


def test_mp4(tmp_path):
    path = export(short(), tmp_path / "film.mp4", size=(641, 401), fps=10, speed=4)
    frames = read_film(path, (640, 400))
    wanted = list(positions(0, 3, 10, 4))
    assert len(frames) == len(wanted)
    assert imageio_ffmpeg.count_frames_and_secs(path)[1] == pytest.approx(len(wanted) / 10)
    first = to_array(Renderer().draw(Frame(short(), 0.0, playing=True, speed=4), (641, 401)))[:400, :640]
    last = to_array(Renderer().draw(Frame(short(), 3.0, playing=True, speed=4), (641, 401)))[:400, :640]
    assert close_to(frames[0], first, 6)
    assert close_to(frames[-1], last, 6)
    assert os.listdir(tmp_path) == ["film.mp4"]
    assert not pygame.display.get_init()


def test_gif(tmp_path):
    path = export(short(), tmp_path / "film.gif", size=SMALL, fps=10, speed=4)
    wanted = list(positions(0, 3, 10, 4))
    with Image.open(path) as image:
        assert image.size == SMALL
        assert image.info["loop"] == 0
        length, colours = 0, set()
        for k in range(image.n_frames):
            image.seek(k)
            length += image.info["duration"]
            if k in (0, image.n_frames - 1):
                pixels = np.asarray(image.convert("RGB"))
                at = 0.0 if k == 0 else 3.0
                drawn = to_array(Renderer().draw(Frame(short(), at, playing=True, speed=4), SMALL))
                assert close_to(pixels, drawn, 6)
                colours |= {tuple(int(v) for v in c) for c in np.unique(pixels.reshape(-1, 3), axis=0)}
        assert length == 100 * len(wanted)
    assert theme.numbered(3) in colours


def test_a_film_from_a_step_on_keeps_the_time_of_the_whole_episode(tmp_path):
    episode = agent_episode()
    path = export(episode, tmp_path / "end.gif", size=SMALL, fps=10, speed=4, step=len(episode) - 2)
    wanted = list(positions(len(episode) - 2, len(episode), 10, 4))
    assert wanted[0] == len(episode) - 2
    assert wanted[-1] == len(episode)
    with Image.open(path) as image:
        length = 0
        for k in range(image.n_frames):
            image.seek(k)
            length += image.info["duration"]
        image.seek(0)
        frame = Frame(episode, wanted[0], playing=True, speed=4)
        assert close_to(np.asarray(image.convert("RGB")), to_array(Renderer().draw(frame, SMALL)), 6)
    assert length == 100 * len(wanted)


def test_png_of_one_step(tmp_path):
    path = export(agent_episode(), tmp_path / "step.png", size=SMALL, step=2)
    drawn = to_array(Renderer().draw(Frame(agent_episode(), 2.0, playing=True), SMALL))
    assert np.array_equal(iio.imread(path)[..., :3], drawn)


def test_png_of_the_whole(tmp_path):
    path = export(agent_episode(), tmp_path / "whole.png")
    picture = iio.imread(path)[..., :3]
    assert picture.shape == (800, 1280, 3)
    assert np.array_equal(picture, to_array(draw_storyboard(agent_episode())))
    assert count(picture, theme.YELLOW) > 200
    assert not np.array_equal(picture, to_array(draw_storyboard(plain_episode())))


def test_the_storyboard_marks_the_chosen_goal():
    episode = agent_episode()
    goal = episode.view(len(episode))["cued_goal"]
    told = [t for t in range(episode.go_step()) if episode.view(t)["shown_goal"] == goal]
    assert sorted(chosen_locations(episode).values()) == told
    assert chosen_locations(plain_episode()) == {}
    assert chosen_locations(Episode(episode.steps[:2])) == {}


@pytest.mark.parametrize("size", [(800, 600), (2560, 1600)])
def test_storyboards_of_every_size(size):
    for episode in (agent_episode(), plain_episode(), Episode(agent_episode().steps[:1])):
        assert draw_storyboard(episode, size).get_size() == size


def test_txt(tmp_path):
    path = export(agent_episode(), tmp_path / "episode.txt")
    text = path.read_text("utf-8")
    assert text.count("# step ") == len(agent_episode().steps)
    assert "6" in text
    assert agent_episode().view(0)["shown_constraint"] in text
    graph = export(graph_episode(), tmp_path / "graph.txt").read_text("utf-8")
    assert "505 -12-> 247" in graph
    assert "? 505  12  _" in graph
    assert "- 247  7  746" in graph
    sequence = export(sequence_episode(), tmp_path / "sequence.txt").read_text("utf-8")
    assert sequence.count("x") == 7
    assert "1 of 32 wrong" in sequence


def test_a_graph_as_picture_and_film(tmp_path):
    assert iio.imread(export(graph_episode(), tmp_path / "graph.png")).shape[:2] == (800, 1280)
    assert len(iio.imread(export(graph_episode(), tmp_path / "g.gif", size=SMALL, fps=2))) > 3


@pytest.mark.parametrize(
    ("name", "more", "message"),
    [
        ("film.avi", {}, r"path must end in one of \.mp4, \.gif, \.png, \.txt"),
        ("film.mp4", {"size": (100, 100)}, "size must be at least 480 x 320"),
        ("film.gif", {"fps": 0}, "fps and speed must be above 0"),
        ("film.gif", {"speed": -1}, "fps and speed must be above 0"),
        ("film.gif", {"step": 999}, "step must be from 0 to"),
        ("all.txt", {"step": 0}, "a text has all steps, got step=0"),
        ("step.png", {"step": 999}, "step must be from 0 to"),
    ],
)
def test_bad_arguments(name, more, message, tmp_path):
    with pytest.raises(ValueError, match=message) as caught:
        export(agent_episode(), tmp_path / name, **more)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("name", "module"), [("a.mp4", "imageio_ffmpeg"), ("a.gif", "PIL.Image")])
def test_a_missing_extra_is_named(name, module, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=r'the extra "video": pip install "shrdlu-dnc\[video\]"') as caught:
        export(short(), tmp_path / name)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["a.mp4", "a.gif"])
def test_a_film_that_fails_leaves_nothing(name, tmp_path, monkeypatch):
    calls = []

    def fail(self, frame, size):
        calls.append(frame)
        if len(calls) > 3:
            raise MemoryError
        return pygame.Surface(size, 0, 32)

    monkeypatch.setattr(Renderer, "draw", fail)
    with pytest.raises(MemoryError):
        export(short(), tmp_path / name, size=SMALL)
    assert not list(tmp_path.iterdir())
