"""Text on surfaces: a regular and a bold face, drawn large and scaled down so that letters keep their spacing.

The faces are Matplotlib's DejaVu Sans, found without importing it; pygame's own where that is missing. Sizes
are about the height of a line in pixels. Kept surfaces are only ever blitted from, so sharing them between
viewers is safe.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.faces import pieces
from shrdlu_env.viewer.drawing.theme import TEXT, Colour

Anchor = Literal["left", "center", "right"]

# Pixels of the type (its em) per pixel of size, and the smallest size: type of 11 pixels.
_EM = 0.92
_MINIMUM = 12
# Fonts round the places of their letters to whole pixels: of these there are as many more.
_FACTOR = 4

_fonts: dict[tuple[int, str | None], pygame.font.Font] = {}


def _font(size: int, face: str | None) -> pygame.font.Font:
    """A face, `_FACTOR` times as large as wished."""
    key = (size, face)
    if key not in _fonts:
        _fonts[key] = pygame.font.Font(face, round(_FACTOR * _EM * size))
    return _fonts[key]


def _pieces(string: str, size: int, bold: bool) -> list[tuple[pygame.font.Font, str]]:
    """Stretches of a text with their fonts; loads the font module at first use."""
    if not pygame.font.get_init():
        # A program around us may have called pygame.quit(): fonts made before are dead.
        _fonts.clear()
        pygame.font.init()
    return [(_font(size, face), stretch) for face, stretch in pieces(string, bold)]


def _large(string: str, size: int, colour: Colour, bold: bool) -> pygame.Surface:
    """`string` before it is scaled down, its stretches on one line."""
    parts = _pieces(string, size, bold)
    drawn = [font.render(stretch, True, colour) for font, stretch in parts]
    if len(drawn) == 1:
        return drawn[0]
    rise = max(font.get_ascent() for font, _ in parts)
    tops = [rise - font.get_ascent() for font, _ in parts]
    wide = sum(image.get_width() for image in drawn)
    high = max(top + image.get_height() for top, image in zip(tops, drawn, strict=True))
    surface = pygame.Surface((wide, high), pygame.SRCALPHA, 32)
    surface.fill((*colour, 0))
    left = 0
    for top, image in zip(tops, drawn, strict=True):
        surface.blit(image, (left, top), special_flags=pygame.BLEND_RGBA_MAX)
        left += image.get_width()
    return surface


@lru_cache(maxsize=4096)
def render(string: str, size: int, colour: Colour, bold: bool = False) -> pygame.Surface:
    """`string` as an antialiased surface; read-only."""
    large = _large(string, size, colour, bold)
    wide, high = (max(1, -(-side // _FACTOR)) for side in large.get_size())
    if large.get_width() < _FACTOR:
        # pygame cannot scale a picture without pixels, which an empty text is.
        return pygame.Surface((wide, high), pygame.SRCALPHA, 32)
    # Its transparent pixels carry the colour too, so that edges do not darken.
    return pygame.transform.smoothscale(large, (wide, high))


@lru_cache(maxsize=8192)
def width(string: str, size: int, bold: bool = False) -> int:
    """Width of `string` in pixels."""
    return -(-sum(font.size(stretch)[0] for font, stretch in _pieces(string, size, bold)) // _FACTOR)


@lru_cache(maxsize=1024)
def shorten(string: str, size: int, limit: int, bold: bool = False) -> str:
    """`string`, cut with an ellipsis where it is wider than `limit` pixels."""
    if width(string, size, bold) <= limit:
        return string
    for end in range(len(string) - 1, 0, -1):
        cut = string[:end].rstrip() + "…"
        if width(cut, size, bold) <= limit:
            return cut
    return ""


def wrap(string: str, size: int, limit: float, tied: str = "\u00a0") -> tuple[str, ...]:
    """Break a text into lines of at most `limit` pixels, never at a `tied` space."""
    lines = [""]
    for word in string.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and width(longer, size) > limit:
            lines.append(word)
        else:
            lines[-1] = longer
    return tuple(line.replace(tied, " ") for line in lines)


def pixels(size: float) -> int:
    """A wished size as whole pixels, never below what can be read."""
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
    bold: bool = False,
) -> pygame.Rect:
    """Write one line, vertically centred on `position`.

    Args:
        surface: what to write on.
        string: the text; nothing is drawn where it is empty.
        position: x of the anchor, y of the line's middle.
        size: height of the line in pixels.
        colour: colour of the text.
        anchor: which end of the line stands at x.
        limit: widest line in pixels; longer text ends in an ellipsis.
        bold: in the bold face.

    Returns:
        The rectangle that was covered.
    """
    height = pixels(size)
    # Lines that no drawing could hold are cut before they are measured.
    string = string[:500].replace("\0", " ")
    if limit is not None:
        string = shorten(string, height, max(0, int(limit)), bold)
    image = render(string, height, colour, bold)
    x, y = position
    left = x if anchor == "left" else x - image.get_width() / (2 if anchor == "center" else 1)
    rect = image.get_rect(topleft=(round(left), round(y - image.get_height() / 2)))
    if string:
        surface.blit(image, rect)
    return rect
