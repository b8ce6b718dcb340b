"""Where strips of numbers over time lie in a panel: the memory's weightings first, with room to be read."""

from __future__ import annotations

from dataclasses import dataclass

from shrdlu_env.viewer._pygame import pygame

WEIGHTINGS = ("write_weighting", "read_weightings", "usage")
# Height in pixels that a strip needs below its header.
_SMALLEST_STRIP = 12
# Height in layout units up to which weightings grow before strips of other names get any room: a call-out of
# two lines leaves half of it free.
_COMFORT = 76

Names = tuple[tuple[str, int | None], ...]


@dataclass(frozen=True)
class Raster:
    """One strip of numbers over time.

    Attributes:
        name: name of the internals.
        head: read head, None where it is not about one.
        header: line above the strip.
        area: the strip.
    """

    name: str
    head: int | None
    header: pygame.Rect
    area: pygame.Rect


def stack(panel: pygame.Rect, u: float, names: Names) -> tuple[tuple[Raster, ...], tuple[str, ...]]:
    """Strips that fill a panel from top to bottom.

    Args:
        panel: the panel around them.
        u: pixels per layout unit.
        names: what is wished for, weightings before all others.

    Returns:
        The strips, and the names of those that find no room; a line at the lower end is left for these.
    """
    inner = panel.inflate(-round(24 * u), -round(14 * u))
    header, space = max(16, round(20 * u)), round(5 * u)
    shown = _shown(inner.height, header + space, u, names)
    unseen: tuple[str, ...] = ()
    if shown < len(names):
        inner.height -= header
        shown = _shown(inner.height, header + space, u, names)
        unseen = tuple(dict.fromkeys(name for name, _ in names[shown:]))
    names = names[:shown]
    pitches = _pitches(inner.height + round(3 * u), header + space, u, names)
    strips, top = [], float(inner.top)
    for (name, head), pitch in zip(names, pitches, strict=True):
        line = pygame.Rect(inner.left, round(top), inner.width, header)
        area = pygame.Rect(inner.left, line.bottom, inner.width, max(4, round(pitch) - header - space))
        strips.append(Raster(name, head, line, area))
        top += pitch
    return tuple(strips), unseen


def _shown(height: int, around: int, u: float, names: Names) -> int:
    """How many of the names find room; `around` is what a strip needs besides its own height."""
    least = around + _SMALLEST_STRIP
    first = sum(name in WEIGHTINGS for name, _ in names)
    spare = (height - first * (around + round(_COMFORT * u))) // least
    return max(1, min(len(names), first + spare if spare > 0 else min(first, height // least)))


def _pitches(height: float, around: int, u: float, names: Names) -> list[float]:
    """Heights of the strips with what belongs to them: equal ones where that leaves weightings enough."""
    equal = height / len(names)
    first = sum(name in WEIGHTINGS for name, _ in names)
    others = len(names) - first
    if not first or not others:
        return [equal] * len(names)
    low = min(equal, (height - first * (around + _COMFORT * u)) / others)
    return [(height - others * low) / first] * first + [low] * others
