"""Driving the program with posted events."""

from __future__ import annotations

import numpy as np

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.panels.keys import Command
from shrdlu_env.viewer.panels.layout import Layout, arrange
from shrdlu_env.viewer.program.app import App
from shrdlu_env.viewer.program.player import Player
from shrdlu_env.viewer.scenes.blocks.geometry import BoardGeometry, board_rect
from tests.shrdlu_env.viewer.samples import SEED, agent_episode, agent_world, person_world

SIZE = (960, 640)


def press(app: App, key: int, mod: int = 0, seconds: float = 0.01) -> None:
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=key, mod=mod, unicode=""))
    pygame.event.post(pygame.event.Event(pygame.KEYUP, key=key, mod=mod))
    app.step(seconds)


def mouse(app, kind, position, **more):
    position = (round(position[0]), round(position[1]))
    pygame.event.post(pygame.event.Event(kind, pos=position, **more))
    app.step(0.01)


def click(app, position):
    mouse(app, pygame.MOUSEBUTTONDOWN, position, button=1)
    mouse(app, pygame.MOUSEBUTTONUP, position, button=1)


def run(app: App, seconds: float) -> None:
    for _ in range(round(seconds / 0.05)):
        app.step(0.05)


def screen() -> np.ndarray:
    return pygame.surfarray.array3d(pygame.display.get_surface()).swapaxes(0, 1)


def layout(app: App) -> Layout:
    return arrange(app.size, app.player.episode)


def column_center(app, column):
    place = layout(app)
    inside = board_rect(place.scene, place.u)
    board = app.player.episode.view(app.player.step)["board"]
    return BoardGeometry.fit(inside, len(board)).cell_center(column, 0)


def settle(player: Player, seconds: float = 20.0) -> None:
    for _ in range(round(seconds * 20)):
        player.tick(0.05)


def watching() -> Player:
    return Player(agent_episode(), "agent", agent_world())


def person(to_go: bool = True) -> Player:
    world = person_world()
    player = Player(world.start(SEED), "person", world)
    if to_go:
        player.do(Command.NEXT_PHASE)
        settle(player, 3)
        assert player.episode.view(player.step)["phase"] == "act"
    return player
