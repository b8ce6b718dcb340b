"""Input, target and output of a sequence task as pixel strips over time, wrong bits marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.fonts import pixels, text, width
from shrdlu_env.viewer.drawing.heat import edges, picture
from shrdlu_env.viewer.drawing.paint import mark, stroke
from shrdlu_env.viewer.drawing.theme import (
    BLUE,
    INK,
    MUTED,
    PANEL,
    RED,
    TEXT,
    USAGE,
    WELL,
    YELLOW,
    Colour,
    mix,
)
from shrdlu_env.viewer.scenes.sequence.bits import Bits, bits_of

# Share of their brightness that steps still to come have.
_FUTURE = 0.4
# Share of the colour that a 0 has, to be told from a cell with nothing in it.
_DARK = 0.07
# Share of their brightness that outputs have which nobody asked for.
_UNASKED = 0.3
# Layout units between a name and its row where a line has to lead from one to the other.
_LEADER = 20
# A cross is drawn into wrong cells at least this large, in pixels.
_CROSS_FROM = 9


class _Strip(NamedTuple):
    """One strip: its name, a line under the name, what it shows and in which colour."""

    title: str
    note: str
    values: NDArray[np.float32]
    colour: Colour


def draw_sequence(
    surface: pygame.Surface, rect: pygame.Rect, view: Mapping[str, Any], t: int, u: float, *, hidden: bool
) -> None:
    """Draw the three strips into `rect`, whose panel is drawn.

    Args:
        surface: what to draw on.
        rect: the panel.
        view: a `SequenceView`.
        t: step at which the playhead stands, past the last one for none.
        u: pixels per layout unit.
        hidden: leave out the targets and the inputs still to come, which the agent cannot know.
    """
    bits = bits_of(view)
    inputs, targets, steps = bits.inputs.copy(), bits.targets.copy(), bits.inputs.shape[1]
    if hidden:
        targets[:] = np.nan
        inputs[:, t + 1 :] = np.nan
    given = int(bits.asked.sum())
    missed = int(bits.wrong.sum())
    score = "" if hidden or not given else "all right" if not missed else f"{missed} of {given} wrong"
    strips = (
        _Strip("INPUT", "", inputs, YELLOW),
        _Strip("TARGET", "hidden" if hidden else "what is asked", targets, USAGE),
        _Strip("OUTPUT", score, bits.outputs, BLUE),
    )
    areas = _areas(rect, strips, view["channels"], u)
    for strip, area in zip(strips, areas, strict=True):
        _labels(surface, rect, area, strip, view["channels"] if strip.title == "INPUT" else (), u)
        quiet = np.isnan(bits.targets) if strip.title == "OUTPUT" else None
        surface.blit(_cells(strip, t, area.size, quiet), area)
    if not hidden:
        _wrong(surface, areas[2], bits)
    if t < steps:
        columns = edges(steps, areas[0].left, areas[0].width)
        left, right = columns[t], columns[t + 1]
        head = pygame.Rect(left - 2, areas[0].top - 4, right - left + 3, areas[2].bottom - areas[0].top + 8)
        pygame.draw.rect(surface, TEXT, head, max(1, round(1.5 * u)), border_radius=3)


def _areas(
    rect: pygame.Rect, strips: tuple[_Strip, ...], channels: list[str], u: float
) -> tuple[pygame.Rect, ...]:
    """Strips one above the other, rows of equal height, right of their labels."""
    names = ["TARGET", "what is asked", "99 of 999 wrong", *channels]
    lead = min(max(width(name, pixels(12 * u)) for name in names) + round(28 * u), round(0.3 * rect.width))
    gap, margin = round(14 * u), round(14 * u)
    inner = pygame.Rect(rect.left + lead, rect.top + margin, 0, rect.height - 2 * margin)
    inner.width = rect.right - margin - inner.left
    rows = [len(strip.values) for strip in strips]
    pitch = (inner.height - 2 * gap) / sum(rows)
    # Cells far higher than wide look like bars, not like bits.
    steps = strips[0].values.shape[1]
    pitch = max(1.0, min(pitch, 2.2 * inner.width / steps, 46 * u))
    top = inner.top + (inner.height - 2 * gap - pitch * sum(rows)) / 2
    areas = []
    for count in rows:
        areas.append(pygame.Rect(inner.left, round(top), inner.width, max(1, round(count * pitch))))
        top += count * pitch + gap
    return tuple(areas)


def _labels(
    surface: pygame.Surface,
    rect: pygame.Rect,
    area: pygame.Rect,
    strip: _Strip,
    channels: list[str] | tuple[str, ...],
    u: float,
) -> None:
    """The strip's name, its note, and the names of special channels beside their rows."""
    left, room = rect.left + 14 * u, area.left - rect.left - 20 * u
    line = pixels(12 * u) + 3
    text(surface, strip.title, (left, area.top + line / 2), 13 * u, TEXT, limit=room, bold=True)
    colour = RED if strip.note.endswith("wrong") else MUTED
    if area.height >= 2 * line:
        text(surface, strip.note, (left, area.top + 1.5 * line), 12 * u, colour, limit=room)
    for name, y, row in _beside(channels, area, len(strip.values), line, round(6 * u)):
        right = area.left - (8 if y == row else _LEADER) * u
        text(surface, name, (right, y), 12 * u, MUTED, anchor="right", limit=room)
        if y != row:
            ends = [(right + 3 * u, y), (area.left - 2 * u, row)]
            stroke(surface, ends, max(1.0, u), mix(PANEL, MUTED, 0.6))


def _beside(
    names: Sequence[str], area: pygame.Rect, rows: int, line: int, below: int
) -> list[tuple[str, float, float]]:
    """Names of the last rows with their height and that of their row; they differ where rows are too low for words.

    Those that the strip's title leaves no room for are left out, the first of them first. `below` is how far a
    name may reach under the area.
    """
    pitch = area.height / rows
    places = [area.top + (rows - len(names) + k + 0.5) * pitch for k in range(len(names))]
    found = list(zip(names, places, places, strict=True))
    if names and pitch < line:
        last = (places[0] + places[-1] + (len(names) - 1) * line) / 2
        last = min(last, area.bottom + below - line / 2)
        found = [(name, last - (len(names) - 1 - k) * line, row) for k, (name, _, row) in enumerate(found)]
    return [entry for entry in found if entry[1] - line / 2 >= area.top + line]


def _cells(strip: _Strip, t: int, size: tuple[int, int], quiet: NDArray[np.bool_] | None) -> pygame.Surface:
    """The strip's numbers as cells: dark 0, full colour 1, faint where `quiet`, almost the panel where nothing is."""
    share = np.clip(np.nan_to_num(strip.values), 0, 1)[..., None]
    dark = np.array(mix(WELL, strip.colour, _DARK), np.float32)
    if quiet is not None:
        share = np.where(quiet[..., None], _UNASKED * share, share)
    rgb = dark + (np.array(strip.colour, np.float32) - dark) * share
    rgb[:, t + 1 :] = np.array(PANEL) + (rgb[:, t + 1 :] - np.array(PANEL)) * _FUTURE
    rgb[np.isnan(strip.values)] = mix(PANEL, WELL, 0.6)
    surface = picture(rgb.astype(np.uint8), size)
    _grid(surface, *strip.values.shape)
    return surface


def _grid(surface: pygame.Surface, rows: int, steps: int) -> None:
    """Thin lines between cells that are large enough for them."""
    wide, high = surface.get_size()
    if wide / steps >= 6:
        for x in edges(steps, 0, wide)[1:-1]:
            pygame.draw.line(surface, PANEL, (x, 0), (x, high))
    if high / rows >= 6:
        for y in edges(rows, 0, high)[1:-1]:
            pygame.draw.line(surface, PANEL, (0, y), (wide, y))


def _wrong(surface: pygame.Surface, area: pygame.Rect, bits: Bits) -> None:
    """Wrong bits are framed, and crossed where the cells have room: not told by colour alone."""
    rows, steps = bits.wrong.shape
    across, down = edges(steps, area.left, area.width), edges(rows, area.top, area.height)
    for row, step in np.argwhere(bits.wrong):
        left, top = across[step], down[row]
        cell = pygame.Rect(left, top, across[step + 1] - left, down[row + 1] - top)
        pygame.draw.rect(surface, RED, cell, 0 if min(cell.size) < 5 else 2)
        if min(cell.size) >= _CROSS_FROM:
            high = bits.outputs[row, step] >= 0.5
            colour = INK if high else RED
            mark(surface, "cross", cell.center, min(cell.size) * 0.6, colour)
