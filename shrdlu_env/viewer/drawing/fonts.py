"""Text on surfaces with pygame's bundled font: sizes are line heights in pixels, rendered strings are kept.

Kept surfaces are only ever blitted from, so sharing them between viewers is safe.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.theme import TEXT, Colour

Anchor = Literal["left", "center", "right"]

# pygame scales its default font by 0.6875; undo it so that a size is the height of a line.
_DEFAULT_FONT_SCALE = 0.6875
_MINIMUM = 9

_fonts: dict[int, pygame.font.Font] = {}


def _font(size: int) -> pygame.font.Font:
    """The bundled font at a line height of `size` pixels, loading the font module at first use."""
    if not pygame.font.get_init():
        # A program around us may have called pygame.quit(): fonts made before are dead.
        _fonts.clear()
        pygame.font.init()
    if size not in _fonts:
        _fonts[size] = pygame.font.Font(None, round(size / _DEFAULT_FONT_SCALE))
    return _fonts[size]


@lru_cache(maxsize=2048)
def render(string: str, size: int, colour: Colour) -> pygame.Surface:
    """`string` as an antialiased surface; read-only."""
    return _font(size).render(string, True, colour)


@lru_cache(maxsize=4096)
def width(string: str, size: int) -> int:
    """Width of `string` in pixels."""
    return int(_font(size).size(string)[0])


@lru_cache(maxsize=1024)
def shorten(string: str, size: int, limit: int) -> str:
    """`string`, cut with an ellipsis where it is wider than `limit` pixels."""
    if width(string, size) <= limit:
        return string
    for end in range(len(string) - 1, 0, -1):
        cut = string[:end].rstrip() + "…"
        if width(cut, size) <= limit:
            return cut
    return ""


def pixels(size: float) -> int:
    """A wished line height as whole pixels, never below what can be read."""
    return max(_MINIMUM, round(size))


def text(
    surface: pygame.Surface,
    string: str,
    position: tuple[float, float],
    size: float,
    colour: Colour = TEXT,
    *,
    anchor: Anchor = "left",
    limit: float | None = None,
) -> pygame.Rect:
    """Write one line, vertically centred on `position`.

    Args:
        surface: what to write on.
        string: the text; nothing is drawn where it is empty.
        position: x of the anchor, y of the line's middle.
        size: line height in pixels.
        colour: colour of the text.
        anchor: which end of the line stands at x.
        limit: widest line in pixels; longer text ends in an ellipsis.

    Returns:
        The rectangle that was covered.
    """
    height = pixels(size)
    if limit is not None:
        string = shorten(string, height, max(0, int(limit)))
    image = render(string, height, colour)
    x, y = position
    left = x if anchor == "left" else x - image.get_width() / (2 if anchor == "center" else 1)
    rect = image.get_rect(topleft=(round(left), round(y - image.get_height() / 2)))
    if string:
        surface.blit(image, rect)
    return rect
