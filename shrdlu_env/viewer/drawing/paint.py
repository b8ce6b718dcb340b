"""Small antialiased shapes: panels, pills, ticks, arrows, drawn large, scaled down and kept."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from functools import lru_cache

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.fonts import pixels, text, width
from shrdlu_env.viewer.drawing.theme import EDGE, INK, PANEL, Colour

_FACTOR = 4


def supersampled(
    size: tuple[int, int], tint: Colour, draw: Callable[[pygame.Surface, int], None]
) -> pygame.Surface:
    """Call `draw` on a surface four times as large and scale the result down.

    The transparent background carries `tint`, so that edges do not darken where they are blended.

    Args:
        size: width and height of the result in pixels.
        tint: colour of the transparent pixels.
        draw: called with the large surface and its factor.
    """
    large = pygame.Surface((size[0] * _FACTOR, size[1] * _FACTOR), pygame.SRCALPHA, 32)
    large.fill((*tint, 0))
    draw(large, _FACTOR)
    return pygame.transform.smoothscale(large, size)


@lru_cache(maxsize=512)
def rounded(size: tuple[int, int], radius: int, fill: Colour, edge: Colour | None) -> pygame.Surface:
    """A rounded rectangle with an optional one-pixel edge; read-only."""

    def draw(surface: pygame.Surface, factor: int) -> None:
        rect = surface.get_rect()
        if edge is not None:
            pygame.draw.rect(surface, edge, rect, border_radius=radius * factor)
            rect = rect.inflate(-2 * factor, -2 * factor)
            pygame.draw.rect(surface, fill, rect, border_radius=max(0, radius - 1) * factor)
        else:
            pygame.draw.rect(surface, fill, rect, border_radius=radius * factor)

    return supersampled(size, edge or fill, draw)


def box(
    surface: pygame.Surface,
    rect: pygame.Rect,
    radius: float,
    fill: Colour,
    edge: Colour | None = None,
) -> None:
    """Draw a rounded rectangle at `rect`."""
    if rect.width > 0 and rect.height > 0:
        corner = min(round(radius), rect.width // 2, rect.height // 2)
        surface.blit(rounded(rect.size, corner, fill, edge), rect)


def panel(surface: pygame.Surface, rect: pygame.Rect, u: float) -> None:
    """Draw the background that panels share; `u` is pixels per layout unit."""
    box(surface, rect, 10 * u, PANEL, EDGE)


def pill(
    surface: pygame.Surface,
    position: tuple[float, float],
    string: str,
    size: float,
    fill: Colour,
    ink: Colour = INK,
) -> pygame.Rect:
    """Draw text on a rounded bar whose left middle is `position`; returns the bar."""
    height = pixels(size)
    bar = pygame.Rect(0, 0, width(string, height) + round(1.5 * height), round(height * 1.8))
    bar.midleft = (round(position[0]), round(position[1]))
    box(surface, bar, bar.height / 2, fill)
    text(surface, string, bar.center, height, ink, anchor="center")
    return bar


@lru_cache(maxsize=128)
def _mark(kind: str, size: int, colour: Colour) -> pygame.Surface:
    def draw(surface: pygame.Surface, factor: int) -> None:
        s = size * factor
        thick = max(factor, round(s * 0.16))
        if kind == "tick":
            strokes = [[(0.12, 0.55), (0.4, 0.82), (0.88, 0.2)]]
        else:
            strokes = [[(0.18, 0.18), (0.82, 0.82)], [(0.82, 0.18), (0.18, 0.82)]]
        for stroke in strokes:
            points = [(x * s, y * s) for x, y in stroke]
            pygame.draw.lines(surface, colour, False, points, thick)
            for point in points:
                pygame.draw.circle(surface, colour, point, thick / 2)

    return supersampled((size, size), colour, draw)


def mark(
    surface: pygame.Surface, kind: str, center: tuple[float, float], size: float, colour: Colour
) -> None:
    """Draw a "tick" or a "cross" around `center`."""
    image = _mark(kind, max(6, round(size)), colour)
    surface.blit(image, image.get_rect(center=(round(center[0]), round(center[1]))))


def dot(surface: pygame.Surface, center: tuple[float, float], radius: float, colour: Colour) -> None:
    """Draw a smooth filled circle."""
    size = max(3, round(2 * radius))
    box(
        surface,
        pygame.Rect(round(center[0] - size / 2), round(center[1] - size / 2), size, size),
        size,
        colour,
    )


def ring(
    surface: pygame.Surface, center: tuple[float, float], radius: float, thickness: float, colour: Colour
) -> None:
    """Draw a smooth circle line."""
    image = _ring(max(4, round(2 * radius)), max(1, round(thickness)), colour)
    surface.blit(image, image.get_rect(center=(round(center[0]), round(center[1]))))


@lru_cache(maxsize=128)
def _ring(size: int, thickness: int, colour: Colour) -> pygame.Surface:
    def draw(surface: pygame.Surface, factor: int) -> None:
        middle = size * factor / 2
        pygame.draw.circle(surface, colour, (middle, middle), middle, thickness * factor)

    return supersampled((size, size), colour, draw)


def stroke(
    surface: pygame.Surface, points: list[tuple[float, float]], thickness: float, colour: Colour
) -> None:
    """Draw a smooth line of `thickness` pixels through at least two points."""
    _smooth(surface, tuple(points), thickness, colour, ())


def arrow(
    surface: pygame.Surface,
    start: tuple[float, float],
    control: tuple[float, float],
    end: tuple[float, float],
    thickness: float,
    colour: Colour,
) -> None:
    """Draw an arrow that leaves `start` towards `control` and comes to `end` from there."""
    (x0, y0), (x1, y1) = start, end
    head = thickness * 3.2
    tail_x, tail_y = x1 - control[0], y1 - control[1]
    reach = math.hypot(tail_x, tail_y) or 1.0
    ux, uy = tail_x / reach, tail_y / reach
    neck = (x1 - ux * head, y1 - uy * head)
    points = []
    for k in range(17):
        f = k / 16
        a, b, c = (1 - f) ** 2, 2 * f * (1 - f), f**2
        points.append((a * x0 + b * control[0] + c * neck[0], a * y0 + b * control[1] + c * neck[1]))
    side = head * 0.62
    tip = ((x1, y1), (neck[0] - uy * side, neck[1] + ux * side), (neck[0] + uy * side, neck[1] - ux * side))
    _smooth(surface, tuple(points), thickness, colour, tip)


Points = tuple[tuple[float, float], ...]


def _smooth(surface: pygame.Surface, points: Points, thickness: float, colour: Colour, tip: Points) -> None:
    """Draw a line and a filled tip through a picture of their own, which is kept."""
    left = math.floor(min(x for x, _ in points + tip) - thickness)
    top = math.floor(min(y for _, y in points + tip) - thickness)
    moved = tuple((round(x - left, 1), round(y - top, 1)) for x, y in points)
    moved_tip = tuple((round(x - left, 1), round(y - top, 1)) for x, y in tip)
    surface.blit(_line_picture(moved, round(thickness, 1), colour, moved_tip), (left, top))


@lru_cache(maxsize=128)
def _line_picture(points: Points, thickness: float, colour: Colour, tip: Points) -> pygame.Surface:
    right = math.ceil(max(x for x, _ in points + tip) + thickness + 1)
    bottom = math.ceil(max(y for _, y in points + tip) + thickness + 1)

    def draw(surface: pygame.Surface, factor: int) -> None:
        half = thickness * factor / 2
        large = [(x * factor, y * factor) for x, y in points]
        for (x0, y0), (x1, y1) in itertools.pairwise(large):
            length = math.hypot(x1 - x0, y1 - y0) or 1.0
            nx, ny = (y0 - y1) / length * half, (x1 - x0) / length * half
            corners = [(x0 + nx, y0 + ny), (x1 + nx, y1 + ny), (x1 - nx, y1 - ny), (x0 - nx, y0 - ny)]
            pygame.draw.polygon(surface, colour, corners)
        for point in large:
            pygame.draw.circle(surface, colour, point, half)
        if tip:
            pygame.draw.polygon(surface, colour, [(x * factor, y * factor) for x, y in tip])

    return supersampled((right, bottom), colour, draw)
