"""What the program writes: pictures, videos, episodes."""

import sys

import imageio.v3 as iio
import numpy as np

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.program.api import world_of
from shrdlu_env.viewer.program.player import Player
from shrdlu_env.viewer.recording.storage import load
from tests.shrdlu_env.viewer.driving import SIZE, press, run, screen
from tests.shrdlu_env.viewer.samples import SEED, agent_episode, read_film


def test_screenshot(watch, tmp_path):
    watch.player.seek(3)
    watch.step(0.0)
    shown = screen().copy()
    press(watch, pygame.K_F12)
    press(watch, pygame.K_F12)
    names = sorted(p.name for p in tmp_path.iterdir())
    assert names == [f"shrdlu-seed{SEED}-001.png", f"shrdlu-seed{SEED}-002.png"]
    assert np.array_equal(iio.imread(tmp_path / names[0])[..., :3], shown)
    assert "Saved" in watch.player.frame().message


def test_saving_the_episode(watch, tmp_path):
    press(watch, pygame.K_s, pygame.KMOD_LCTRL)
    (path,) = tmp_path.iterdir()
    episode = load(path)
    assert episode.actions == watch.player.episode.actions
    assert world_of(episode) is not None


def test_recording_a_video(watch, tmp_path):
    press(watch, pygame.K_v)
    assert watch.player.recording
    press(watch, pygame.K_SPACE, seconds=0.0)
    for _ in range(15):
        watch.step(1 / 30)
    pygame.display.set_mode((700, 500), pygame.RESIZABLE)
    for _ in range(15):
        watch.step(1 / 30)
    press(watch, pygame.K_v, seconds=0.0)
    assert not watch.player.recording
    (path,) = tmp_path.iterdir()
    frames = read_film(path, SIZE)
    assert 30 <= len(frames) <= 33
    assert not np.array_equal(frames[0], frames[14])


def test_closing_finishes_the_video(watch, tmp_path):
    press(watch, pygame.K_v)
    for _ in range(4):
        watch.step(1 / 30)
    watch.close()
    watch.close()
    (path,) = tmp_path.iterdir()
    assert len(read_film(path, SIZE)) >= 4


def test_a_missing_extra_is_said_not_raised(watch, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    press(watch, pygame.K_v)
    assert not watch.player.recording
    assert 'extra "video"' in watch.player.frame().message
    assert not list(tmp_path.iterdir())


def test_a_film_that_breaks_off(watch, monkeypatch, tmp_path):
    press(watch, pygame.K_v)

    def fail(surface):
        raise BrokenPipeError("gone")

    monkeypatch.setattr(watch._film, "add", fail)
    run(watch, 1)
    assert not watch.player.recording
    assert "Could not record: gone" in watch.player.frame().message
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written(start, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    app = start(Player(agent_episode(), "agent"))
    app._folder = blocked / "inside"
    for key, mod in ((pygame.K_F12, 0), (pygame.K_s, pygame.KMOD_CTRL), (pygame.K_v, 0)):
        press(app, key, mod)
        assert app.player.frame().message.startswith("Could not")
    assert app.running
