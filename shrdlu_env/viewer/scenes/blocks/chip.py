"""A constraint as a picture: two small blocks the way they should lie, the text, a tick once it holds."""

from __future__ import annotations

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.fonts import pixels, text, width
from shrdlu_env.viewer.drawing.paint import box, mark, ring
from shrdlu_env.viewer.drawing.theme import EDGE, FAINT, GREEN, MUTED, PANEL_RAISED, TEXT, YELLOW, Colour, mix
from shrdlu_env.viewer.scenes.blocks.tiles import tile
from shrdlu_env.viewer.scenes.blocks.words import split

# Where the first and the second block go, as (column, row from the top): above, below, left of, right of.
_PLACES = {"a": ((0, 0), (0, 1)), "b": ((0, 1), (0, 0)), "l": ((0, 0), (1, 0)), "r": ((1, 0), (0, 0))}


def chip_size(height: int, words: bool) -> tuple[int, int]:
    """Width and height of a chip in pixels; `words` adds the text beside the picture."""
    if not words:
        return height, height
    return height + width("8b8", _text_size(height)) + round(0.7 * height), height


def _text_size(height: int) -> int:
    return pixels(height * 0.4)


def draw_chip(
    surface: pygame.Surface,
    position: tuple[int, int],
    height: int,
    constraint: str | None,
    *,
    holds: bool | None = None,
    current: bool = False,
    dim: bool = False,
    words: bool = True,
) -> None:
    """Draw one constraint.

    Args:
        surface: what to draw on.
        position: top left corner in pixels.
        height: height of the chip in pixels.
        constraint: such as "6b2"; None where it is hidden.
        holds: whether it holds now (tick or open ring); None where that is not shown.
        current: whether it is being told at this step.
        dim: drawn faded.
        words: with the text and the tick beside the picture.
    """
    rect = pygame.Rect(position, chip_size(height, words))
    fill: Colour = PANEL_RAISED
    edge: Colour = EDGE
    if holds:
        fill, edge = mix(PANEL_RAISED, GREEN, 0.18), GREEN
    if current:
        fill, edge = mix(PANEL_RAISED, YELLOW, 0.22), YELLOW
    box(surface, rect, height * 0.18, fill, edge)
    if constraint is None:
        text(surface, "?", rect.center, height * 0.5, FAINT, anchor="center")
        return
    first, relation, second = split(constraint)
    side = max(6, round(height * 0.42))
    gap = max(1, round(height * 0.03))
    one, other = _PLACES[relation]
    wide, tall = (2, 1) if relation in "lr" else (1, 2)
    left = rect.left + (height - wide * side - (wide - 1) * gap) // 2
    top = rect.top + (height - tall * side - (tall - 1) * gap) // 2
    for block, (column, row) in ((first, one), (second, other)):
        surface.blit(tile(block, side, dim), (left + column * (side + gap), top + row * (side + gap)))
    if not words:
        return
    colour = TEXT if holds or current else (mix(FAINT, MUTED, 0.4) if dim else MUTED)
    size = _text_size(height)
    text(surface, constraint, (rect.left + 1.07 * height, rect.centery), size, colour)
    middle = (rect.right - height * 0.3, rect.centery)
    if holds:
        mark(surface, "tick", middle, height * 0.32, GREEN)
    elif holds is not None:
        ring(surface, middle, height * 0.14, height * 0.05, FAINT)
