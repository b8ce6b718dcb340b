"""The picture `render()` returns: banner, board, goals, drawn off-screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.images import to_array
from shrdlu_env.viewer.drawing.paint import panel
from shrdlu_env.viewer.drawing.theme import BACKGROUND, unit
from shrdlu_env.viewer.panels.banner import draw_banner
from shrdlu_env.viewer.scenes.blocks.board import draw_board
from shrdlu_env.viewer.scenes.blocks.goals import draw_goals

SMALLEST = (240, 180)
_REFERENCE = (800, 600)


def draw_scene(
    surface: pygame.Surface,
    rect: pygame.Rect,
    view: Mapping[str, Any],
    u: float,
) -> None:
    """Draw banner, board and goals of a view into `rect`; `u` is pixels per layout unit."""
    gap = round(10 * u)
    banner = pygame.Rect(rect.left, rect.top, rect.width, round(58 * u))
    draw_banner(surface, banner, view, u)
    body, goals = scene_rects(rect, u)
    panel(surface, body, u)
    draw_board(surface, body.inflate(-gap * 2, -gap * 2), view["board"], u)
    draw_goals(surface, goals, view, u)


def scene_rects(rect: pygame.Rect, u: float) -> tuple[pygame.Rect, pygame.Rect]:
    """Rectangles of the board's and the goals' panel inside a scene's `rect`."""
    gap = round(10 * u)
    top = rect.top + round(58 * u) + gap
    height = rect.bottom - top
    wide = round(min(rect.width * 0.62, height * 1.05))
    board = pygame.Rect(rect.left, top, max(wide, rect.width - round(360 * u) - gap), height)
    goals = pygame.Rect(board.right + gap, top, rect.right - board.right - gap, height)
    return board, goals


def draw_frame(view: Mapping[str, Any], size: tuple[int, int] = _REFERENCE) -> np.ndarray:
    """Draw one picture of an episode, as `render()` returns it. Needs no display.

    Args:
        view: a `shrdlu_env.blocks.view.View`.
        size: width and height in pixels, at least 240 x 180.

    Returns:
        uint8[h, w, 3], a new array.

    Raises:
        ValueError: `size` is too small.
    """
    wide, high = int(size[0]), int(size[1])
    if wide < SMALLEST[0] or high < SMALLEST[1]:
        raise ValueError(f"size must be at least {SMALLEST[0]} x {SMALLEST[1]} pixels, got {size}")
    surface = pygame.Surface((wide, high), 0, 32)
    surface.fill(BACKGROUND)
    u = unit((wide, high), _REFERENCE)
    margin = round(12 * u)
    draw_scene(surface, surface.get_rect().inflate(-2 * margin, -2 * margin), view, u)
    return to_array(surface)
