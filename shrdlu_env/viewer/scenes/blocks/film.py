"""The boards of an episode in a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.fonts import text
from shrdlu_env.viewer.drawing.heat import edges
from shrdlu_env.viewer.drawing.theme import FAINT, GREEN, MUTED, TEXT
from shrdlu_env.viewer.recording.episode import Episode
from shrdlu_env.viewer.scenes.blocks.board import draw_board

_MOST_BOARDS = 9


def _pictures(episode: Episode) -> list[tuple[Mapping[str, Any], str]]:
    """Views worth a picture with their captions: the start, and every change of the board."""
    found: list[tuple[Mapping[str, Any], str]] = [(episode.view(0), "start")]
    for before, step in zip(episode.steps, episode.steps[1:], strict=False):
        if step.view["board"] != before.view["board"]:
            found.append((step.view, str(step.view["last_action"])))
    if len(found) > _MOST_BOARDS:
        found = [*found[: _MOST_BOARDS - 1], found[-1]]
    return found


def draw_film(surface: pygame.Surface, rect: pygame.Rect, episode: Episode, u: float) -> None:
    """Draw the start and the board after every move, with what holds, into `rect`."""
    pictures = _pictures(episode)
    marks = edges(max(len(pictures), 4), rect.left + round(8 * u), rect.width - round(16 * u))
    shift = (rect.right - round(8 * u) - marks[len(pictures)]) // 2
    for k, (view, label) in enumerate(pictures):
        cell = pygame.Rect(marks[k] + shift, rect.top, marks[k + 1] - marks[k], rect.height)
        inside = cell.inflate(-round(20 * u), 0)
        inside.height -= round(40 * u)
        draw_board(surface, inside, view["board"], u)
        held = sum(1 for _, holds in view["constraints"] if holds)
        y = cell.bottom - 22 * u
        word = text(surface, label, (cell.centerx - (18 * u if k else 0), y), 17 * u, TEXT, anchor="center")
        if k:
            done = held == len(view["constraints"])
            score = f"{held}/{len(view['constraints'])} hold"
            text(surface, score, (word.right + 10 * u, y), 14 * u, GREEN if done else MUTED)
        if k:
            x = cell.left
            points = [
                (x - 5 * u, cell.centery - 10 * u),
                (x + 5 * u, cell.centery),
                (x - 5 * u, cell.centery + 10 * u),
            ]
            pygame.draw.lines(surface, FAINT, False, points, max(2, round(3 * u)))
