"""The program in a window of SDL's dummy driver."""

import pytest

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.program.app import App
from shrdlu_env.viewer.program.player import Player
from tests.shrdlu_env.viewer.driving import SIZE, press, run
from tests.shrdlu_env.viewer.samples import SEED, agent_episode, agent_world, person_world


@pytest.fixture
def start(monkeypatch, tmp_path):
    """Opens the program on a player; closes what was opened."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    apps = []

    def open_app(player, size=SIZE):
        app = App(player, "test", tmp_path, size)
        app.step(0.0)
        apps.append(app)
        return app

    yield open_app
    for app in apps:
        app.close()
        app.player.close()


@pytest.fixture
def watch(start):
    return start(Player(agent_episode(), "agent", agent_world()))


@pytest.fixture
def play(start):
    world = person_world()
    app = start(Player(world.start(SEED), "person", world))
    press(app, pygame.K_RIGHT, pygame.KMOD_SHIFT)
    run(app, 3)
    assert app.player.episode.view(app.player.step)["phase"] == "act"
    return app
