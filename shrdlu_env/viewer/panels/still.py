"""The picture `render()` returns: banner, scene and the panel beside it, drawn off-screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.images import to_array
from shrdlu_env.viewer.drawing.paint import panel
from shrdlu_env.viewer.drawing.theme import BACKGROUND, unit
from shrdlu_env.viewer.panels.banner import draw_banner
from shrdlu_env.viewer.recording.episode import Episode, Step
from shrdlu_env.viewer.recording.frame import Frame
from shrdlu_env.viewer.scenes.registry import scene_of

SMALLEST = (240, 180)
_REFERENCE = (800, 600)


def still_rects(
    size: tuple[int, int], side: bool
) -> tuple[pygame.Rect, pygame.Rect, pygame.Rect | None, float]:
    """Rectangles of banner, scene and side panel, and pixels per layout unit, in a picture of `size`."""
    u = unit(size, _REFERENCE)
    margin, gap = round(12 * u), round(10 * u)
    rect = pygame.Rect(0, 0, *size).inflate(-2 * margin, -2 * margin)
    banner = pygame.Rect(rect.left, rect.top, rect.width, round(58 * u))
    top = banner.bottom + gap
    height = rect.bottom - top
    if not side:
        return banner, pygame.Rect(rect.left, top, rect.width, height), None, u
    wide = max(round(min(rect.width * 0.62, height * 1.05)), rect.width - round(360 * u) - gap)
    scene = pygame.Rect(rect.left, top, wide, height)
    return banner, scene, pygame.Rect(scene.right + gap, top, rect.right - scene.right - gap, height), u


def draw_frame(view: Mapping[str, Any], size: tuple[int, int] = _REFERENCE) -> np.ndarray:
    """Draw one picture of an episode, as `render()` returns it. Needs no display.

    Args:
        view: what a spectator sees; `view["scene"]` says how it is drawn.
        size: width and height in pixels, at least 240 x 180.

    Returns:
        uint8[h, w, 3], a new array.

    Raises:
        ValueError: `size` is too small, or the view has no scene.
    """
    wide, high = int(size[0]), int(size[1])
    if wide < SMALLEST[0] or high < SMALLEST[1]:
        raise ValueError(f"size must be at least {SMALLEST[0]} x {SMALLEST[1]} pixels, got {size}")
    scene = scene_of(view)
    frame = Frame(Episode((Step(view),)))
    surface = pygame.Surface((wide, high), 0, 32)
    surface.fill(BACKGROUND)
    banner, picture, side, u = still_rects((wide, high), scene.has_side(view))
    draw_banner(surface, banner, scene.banner(view, False), u)
    panel(surface, picture, u)
    scene.draw(surface, picture, frame, u)
    if side is not None:
        scene.draw_side(surface, side, frame, u)
    return to_array(surface)
