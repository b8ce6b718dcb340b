"""Labels of a picture: each finds a free spot, or goes without where there is none."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.fonts import pixels, text, width
from shrdlu_env.viewer.drawing.paint import box
from shrdlu_env.viewer.drawing.theme import PANEL, Colour

Point = tuple[float, float]


class Labels:
    """Puts labels where they hide neither nodes nor each other.

    Args:
        surface: what to draw on.
        bounds: no label leaves it.
        u: pixels per layout unit.
    """

    def __init__(self, surface: pygame.Surface, bounds: pygame.Rect, u: float) -> None:
        self._surface, self._bounds, self._u = surface, bounds, u
        self._taken: list[pygame.Rect] = []

    def keep_free(self, centre: Point, radius: float) -> None:
        """Nothing is written over this disc."""
        side = round(2 * radius)
        self._taken.append(pygame.Rect(round(centre[0] - radius), round(centre[1] - radius), side, side))

    def put(
        self, label: str, spots: Iterable[Point], size: float, ink: Colour, *, certain: bool = False
    ) -> bool:
        """Write a label centred on the first of the spots where there is room.

        Args:
            label: the text.
            spots: centres, the best first.
            size: of the letters, in pixels.
            ink: their colour.
            certain: without room, write it near the first spot, where there is some, or on it all the same.

        Returns:
            Whether it was written.
        """
        size = pixels(size)
        area = pygame.Rect(0, 0, width(label, size) + round(6 * self._u), size)
        first: pygame.Rect | None = None
        for spot in _around(spots, size) if certain else spots:
            area.center = (round(spot[0]), round(spot[1]))
            found = area.clamp(self._bounds)
            first = first or found
            # To be moved a little along an edge of the panel is fine, to be moved over one's own node is not.
            if found.collidelist(self._taken) < 0:
                return self._write(label, found, size, ink)
        return first is not None and certain and self._write(label, first, size, ink)

    def _write(self, label: str, area: pygame.Rect, size: int, ink: Colour) -> bool:
        self._taken.append(area)
        box(self._surface, area, 3 * self._u, PANEL)
        text(self._surface, label, area.center, size, ink, anchor="center")
        return True


def _around(spots: Iterable[Point], size: float) -> Iterator[Point]:
    """The spots, then rings round the first of them, nearest first."""
    found = list(spots)
    yield from found
    for ring in range(1, 9):
        for turn in range(12):
            angle = turn * math.pi / 6
            yield found[0][0] + ring * size * math.cos(angle), found[0][1] + ring * size * math.sin(angle)
