"""Blocks as pictures: a number on a shape on a colour, any one of which tells them apart."""

from __future__ import annotations

import math
from functools import lru_cache

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.fonts import render
from shrdlu_env.viewer.drawing.paint import supersampled
from shrdlu_env.viewer.drawing.theme import INK, mix, numbered

_WHITE = (255, 255, 255)
_BLACK = (0, 0, 0)
# Below this size in pixels a shape cannot be told from a blot: number and colour only.
_SHAPE_FROM = 26
# On blocks as light as this the shape is darker than its block, not lighter.
_NEARLY_WHITE = 200


def _polygon(corners: int, radius: float, turn: float, inner: float = 1.0) -> list[tuple[float, float]]:
    """Points around the unit square's centre; `inner` below 1 makes a star of it."""
    count = corners if inner == 1.0 else 2 * corners
    points = []
    for k in range(count):
        r = radius * (inner if inner != 1.0 and k % 2 else 1.0)
        angle = math.radians(turn) + 2 * math.pi * k / count
        points.append((0.5 + r * math.sin(angle), 0.5 - r * math.cos(angle)))
    return points


def _cross(radius: float, arm: float) -> list[tuple[float, float]]:
    a, r = arm, radius
    steps = [(-a, -r), (a, -r), (a, -a), (r, -a), (r, a), (a, a), (a, r), (-a, r), (-a, a), (-r, a), (-r, -a)]
    return [(0.5 + x, 0.5 + y) for x, y in [*steps, (-a, -a)]]


# Block 1 is the circle (no polygon); the rest are outlines in the unit square.
_OUTLINES: dict[int, list[tuple[float, float]]] = {
    2: _polygon(4, 0.40, 0),
    3: [(x, y + 0.07) for x, y in _polygon(3, 0.44, 0)],
    4: _polygon(4, 0.42, 45),
    5: [(x, y + 0.02) for x, y in _polygon(5, 0.42, 0, inner=0.58)],
    6: _polygon(6, 0.36, 30),
    7: _cross(0.34, 0.17),
    8: _polygon(8, 0.40, 0, inner=0.72),
    9: [(x, y - 0.05) for x, y in _polygon(3, 0.44, 180)],
}
# Where the number sits, as an offset from the middle: triangles are heavier at one end.
_NUMBER_SHIFT = {3: 0.08, 9: -0.07, 5: 0.02}


@lru_cache(maxsize=512)
def tile(number: int, size: int, dim: bool = False) -> pygame.Surface:
    """Picture of block `number`, `size` pixels square; read-only.

    Args:
        number: 1 to 9.
        size: side in pixels.
        dim: faded towards the background, for what is not in play.
    """
    base = numbered(number)
    if dim:
        base = mix(base, (30, 36, 45), 0.5)
    light = mix(base, _WHITE, 0.62 if not dim else 0.15)
    if min(base) > _NEARLY_WHITE:
        light = mix(base, _BLACK, 0.25)
    edge = mix(base, _BLACK, 0.32)

    def draw(surface: pygame.Surface, factor: int) -> None:
        s = size * factor
        radius = round(s * 0.16)
        pygame.draw.rect(surface, edge, (0, 0, s, s), border_radius=radius)
        lip = round(s * 0.06)
        pygame.draw.rect(surface, mix(base, _WHITE, 0.25), (0, 0, s, s - lip), border_radius=radius)
        pygame.draw.rect(surface, base, (0, lip // 2, s, s - lip - lip // 2), border_radius=radius)
        if size >= _SHAPE_FROM:
            if number in _OUTLINES:
                pygame.draw.polygon(surface, light, [(x * s, (y - 0.02) * s) for x, y in _OUTLINES[number]])
            else:
                pygame.draw.circle(surface, light, (s / 2, s * 0.48), s * 0.35)
            digit, shift = 0.36, _NUMBER_SHIFT.get(number, 0.0)
        else:
            digit, shift = 0.66, 0.0
        ink = INK if not dim else mix(INK, base, 0.25)
        image = render(str(number), max(12, round(digit * s)), ink)
        surface.blit(image, image.get_rect(center=(round(s / 2), round((0.49 + shift) * s))))

    return supersampled((size, size), edge, draw)
