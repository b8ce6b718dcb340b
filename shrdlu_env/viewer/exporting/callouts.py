"""What notes on a picture are made of: numbered badges, a strip of captions, boxes that point at places."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.fonts import pixels, text, width, wrap
from shrdlu_env.viewer.drawing.paint import box, dot, panel, stroke
from shrdlu_env.viewer.drawing.theme import BACKGROUND, INK, PANEL_RAISED, TEXT, Colour, mix

# A space at which no line is broken.
TIED = "\u00a0"
NOTE: Colour = (255, 255, 255)
# Captions side by side: of few notes, of many.
_FEW, _MANY = 4, 5
_TITLE, _TEXT, _LINE = 16, 15, 19
# Fainter ink than this may be covered.
_STRONG = 0.3


@dataclass(frozen=True)
class Note:
    """One numbered caption.

    Attributes:
        title: name of what it is about.
        text: a sentence or two.
        at: middle of the badge on the picture.
    """

    title: str
    text: str
    at: tuple[float, float]


@dataclass(frozen=True)
class Caption:
    """A note's place in the strip: `rect` from the strip's top left corner, its text as lines that fit."""

    rect: pygame.Rect
    lines: tuple[str, ...]


def place(notes: list[Note], wide: int, u: float) -> tuple[list[Caption], int]:
    """Set captions in columns, row by row.

    Args:
        notes: captions in the order of their numbers.
        wide: width of the strip in pixels.
        u: pixels per layout unit.

    Returns:
        Their places and the height of the strip.
    """
    columns = min(_FEW if len(notes) <= 2 * _FEW else _MANY, len(notes))
    pitch = (wide - 16 * u) / columns
    lead = round(30 * u)
    room = int(pitch - lead - 16 * u)
    lines = [wrap(note.text, pixels(_TEXT * u), room) for note in notes]
    placed: list[Caption] = []
    top = round(10 * u)
    for first in range(0, len(notes), columns):
        row = lines[first : first + columns]
        high = round((24 + _LINE * max(map(len, row)) + 8) * u)
        for k, entry in enumerate(row):
            rect = pygame.Rect(round(12 * u + k * pitch), top, round(pitch - 12 * u), high)
            placed.append(Caption(rect, entry))
        top += high
    return placed, top + round(4 * u)


def draw_strip(
    surface: pygame.Surface, rect: pygame.Rect, notes: list[Note], captions: list[Caption], u: float
) -> None:
    """Draw the captions into `rect`, and every note's badge where it belongs."""
    panel(surface, rect, u)
    for k, (note, caption) in enumerate(zip(notes, captions, strict=True)):
        at = caption.rect.move(rect.topleft)
        badge(surface, (at.left + 11 * u, at.top + 11 * u), k + 1, u)
        left = at.left + 30 * u
        text(surface, note.title, (left, at.top + 11 * u), _TITLE * u, NOTE)
        for row, line in enumerate(caption.lines):
            y = at.top + (24 + _LINE * (row + 0.5)) * u
            text(surface, line, (left, y), _TEXT * u, mix(PANEL_RAISED, TEXT, 0.8))
        least = 13 * u
        badge(surface, (max(note.at[0], least), max(note.at[1], least)), k + 1, u)


def badge(surface: pygame.Surface, center: tuple[float, float], number: int, u: float) -> None:
    """Draw a number on a white disc."""
    dot(surface, center, 12.5 * u, BACKGROUND)
    dot(surface, center, 10.5 * u, NOTE)
    text(surface, str(number), center, 14 * u, INK, anchor="center")


def quiet_spot(
    ink: NDArray[np.floating], area: pygame.Rect, size: tuple[int, int], near: tuple[int, int]
) -> pygame.Rect:
    """Where in `area` a box hides least.

    Args:
        ink: how much there is to see, [rows, columns] over the area.
        area: on the picture.
        size: of the box in pixels, cut to the area.
        near: what the box is about.

    Returns:
        The box; of equal places the one whose middle is nearest to `near`.
    """
    wide, high = min(size[0], area.width), min(size[1], area.height)
    ink = np.where(ink >= _STRONG, ink, 0.02 * ink)
    best, spot = None, area
    for top in np.linspace(0, area.height - high, 13).round().astype(int):
        for left in np.linspace(0, area.width - wide, 25).round().astype(int):
            rows = slice(top * ink.shape[0] // area.height, -(-(top + high) * ink.shape[0] // area.height))
            cols = slice(left * ink.shape[1] // area.width, -(-(left + wide) * ink.shape[1] // area.width))
            off = abs(area.left + left + wide / 2 - near[0]) + abs(area.top + top + high / 2 - near[1])
            cost = (round(float(ink[rows, cols].sum()), 1), off)
            if best is None or cost < best:
                best, spot = cost, pygame.Rect(area.left + int(left), area.top + int(top), wide, high)
    return spot


def point(
    surface: pygame.Surface,
    ink: NDArray[np.floating],
    area: pygame.Rect,
    string: str,
    target: pygame.Rect,
    colour: Colour,
    u: float,
) -> pygame.Rect | None:
    """Draw a box with a text in the quietest place of `area`, and a line from it to a frame around `target`.

    Returns:
        The box; None where the text does not fit into the area and nothing was drawn.
    """
    size, pad, line = pixels(14 * u), round(7 * u), round(17 * u)
    inside = area.inflate(-round(6 * u), -round(6 * u))
    # In a low strip one long line fits where two short ones do not.
    for limit in (min(0.45 * area.width, 330 * u), float(inside.width)):
        lines = wrap(string, size, limit - 2 * pad)
        wide, high = max(width(entry, size) for entry in lines) + 2 * pad, line * len(lines) + pad
        if wide <= inside.width and high <= inside.height:
            break
    else:
        return None
    middle = target.center
    spot = quiet_spot(ink, inside, (wide, high), middle)
    end = (
        float(min(max(middle[0], spot.left), spot.right)),
        float(min(max(middle[1], spot.top), spot.bottom)),
    )
    edge = (
        float(min(max(end[0], target.left), target.right)),
        float(min(max(end[1], target.top), target.bottom)),
    )
    if end != edge:
        stroke(surface, [end, edge], max(1.5, 1.8 * u), colour)
    pygame.draw.rect(surface, colour, target, max(1, round(1.6 * u)), border_radius=round(3 * u))
    box(surface, spot, 5 * u, PANEL_RAISED, colour)
    for k, entry in enumerate(lines):
        y = spot.top + pad / 2 + line * (k + 0.5)
        text(surface, entry, (spot.centerx, y), size, NOTE, anchor="center")
    return spot
