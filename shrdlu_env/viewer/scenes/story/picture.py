"""A story as told so far: the word of this step, answers beside the right ones, reads and locations by line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.fonts import pixels, text, width
from shrdlu_env.viewer.drawing.paint import box, dot, mark
from shrdlu_env.viewer.drawing.theme import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    MUTED,
    PANEL_RAISED,
    RED,
    TEXT,
    WRITE,
    YELLOW,
    Colour,
)
from shrdlu_env.viewer.recording.frame import Frame
from shrdlu_env.viewer.scenes.story.reading import lines_in_memory, reads_of_lines

#: Height of a row, and width of the column with reads, in layout units.
_ROW, _GUTTER = 21, 66
#: Least width of a column of rows.
_COLUMN = 370
#: Locations named at most behind a line, and the least share of the reads that is said as a number.
_NAMED, _SAID_FROM = 4, 0.05


Floats = NDArray[np.float64]


class Row(NamedTuple):
    """One row of the picture: some words of a line, or the answer to it."""

    line: int  #: from 0
    words: list[str]
    start: int  #: step of the first word; that of the first mark for an answer
    answer: bool = False


def rows_of(view: Mapping[str, Any]) -> list[Row]:
    """The rows of what has been told up to the current word."""
    rows, start, step = [], 0, int(view["step"])
    for k, line in enumerate(view["lines"]):
        if start > step:
            break
        words = line["words"][: step + 1 - start]
        rows.append(Row(k, words, start))
        start += len(line["words"])
        if line["answer"] and start <= step:
            rows.append(Row(k, line["said"], start, answer=True))
        start += len(line["answer"])
    return rows


def draw_story(surface: pygame.Surface, rect: pygame.Rect, frame: Frame, u: float) -> None:
    """Draw the last lines that there is room for into `rect`, whose panel is drawn.

    Args:
        surface: what to draw on.
        rect: the panel.
        frame: with `hidden`, right answers and the lines that they follow from are left out.
        u: pixels per layout unit.
    """
    view, t = frame.episode.view(frame.step), frame.looked
    reads, memory = reads_of_lines(frame.episode, t), lines_in_memory(frame.episode, t)
    rows, inner = rows_of(view), rect.inflate(-round(24 * u), -round(20 * u))
    pitch = max(_ROW * u, pixels(14 * u) * 1.25)
    room = max(1, int((inner.height - 22 * u) // pitch))
    columns = max(1, int(inner.width // (_COLUMN * u)))
    shown = rows[-room * columns :]
    supports = _supports(view, rows, frame.hidden)
    wide = (inner.width - (columns - 1) * 24 * u) / columns
    for column in range(columns):
        area = pygame.Rect(inner.left + round(column * (wide + 24 * u)), inner.top, round(wide), inner.height)
        part = shown[column * room : (column + 1) * room]
        if part or not column:
            _head(surface, area, reads, 0 if column else part[0].line, u)
        for place, row in enumerate(part):
            y = area.top + 22 * u + (place + 0.5) * pitch
            left = area.left + (_GUTTER * u if reads is not None else 0)
            if row.answer:
                _draw_answer(surface, (left, y), area.right, row, view, frame.hidden, u)
                continue
            if reads is not None:
                _draw_reads(surface, (area.left, y), float(reads[row.line]), u)
            if row.line + 1 in supports:
                dot(surface, (left + 3 * u, y), 3.5 * u, GREEN)
            end = _draw_words(surface, (left + 12 * u, y), area.right, row, view, u)
            if memory is not None:
                _draw_places(surface, (end, y), area.right, np.flatnonzero(memory == row.line), u)


def _supports(view: Mapping[str, Any], rows: list[Row], hidden: bool) -> set[Any]:
    """Numbers of the lines that the current question follows from."""
    if hidden or not rows or view["phase"] == "describe":
        return set()
    return set(view["lines"][rows[-1].line]["support"])


def _head(surface: pygame.Surface, area: pygame.Rect, reads: Floats | None, above: int, u: float) -> None:
    """What the columns are, and how much lies above the first row: `above` lines."""
    y, left = area.top + 8 * u, area.left + 12 * u
    if reads is not None:
        text(surface, "READS", (area.left, y), 12 * u, BLUE, bold=True)
        text(surface, "written to", (area.right, y), 12 * u, WRITE, anchor="right")
        left += _GUTTER * u
    said = f"{above} earlier lines" if above else "STORY"
    if above and reads is not None and reads[:above].sum() >= _SAID_FROM:
        said += f", {reads[:above].sum():.0%} of the reads"
    text(surface, said, (left, y), 12 * u, MUTED, limit=area.right - left - 90 * u)


def _draw_reads(surface: pygame.Surface, at: tuple[float, float], share: float, u: float) -> None:
    """A bar as long as the share, and the share in per cent."""
    wide = (_GUTTER - 12) * u
    bar = pygame.Rect(round(at[0]), round(at[1] - 6 * u), round(wide), round(12 * u))
    box(surface, bar, 3 * u, PANEL_RAISED)
    fill = bar.copy()
    fill.width = round(bar.width * min(1.0, share))
    if fill.width > 1:
        box(surface, fill, 3 * u, BLUE)
    if share >= _SAID_FROM:
        inside = fill.width > bar.width * 0.5
        colour, anchor = (INK, fill.right - 4 * u) if inside else (TEXT, fill.right + 4 * u)
        text(surface, f"{share:.0%}", (anchor, at[1]), 12 * u, colour, anchor="right" if inside else "left")


def _draw_words(
    surface: pygame.Surface,
    at: tuple[float, float],
    right: float,
    row: Row,
    view: Mapping[str, Any],
    u: float,
) -> float:
    """The line's number and its words, that of this step framed; returns where they end."""
    x, y = at
    question = bool(view["lines"][row.line]["answer"])
    number = text(surface, str(row.line + 1), (x, y), 12 * u, FAINT)
    x = max(x + 22 * u, number.right + 6 * u)
    # Long lines are written smaller.
    size = next(
        (pixels(k * u) for k in (14, 13) if x + _room(view, row, pixels(k * u)) <= right), pixels(12 * u)
    )
    for k, word in enumerate(row.words):
        wide = width(word, size)
        if x + wide > right:
            text(surface, "…", (x, y), size, FAINT)
            break
        now = row.start + k == view["step"]
        colour: Colour = INK if now else YELLOW if question else TEXT
        if now:
            back = pygame.Rect(0, 0, wide + round(8 * u), round(size * 1.3))
            back.midleft = (round(x - 4 * u), round(y))
            box(surface, back, 4 * u, YELLOW)
        text(surface, word, (x, y), size, colour)
        x += wide + width(" ", size)
    return x + 6 * u


def _room(view: Mapping[str, Any], row: Row, size: int) -> int:
    """The width of a whole line."""
    words = view["lines"][row.line]["words"]
    return sum(width(word, size) for word in words) + (len(words) - 1) * width(" ", size)


def _draw_places(
    surface: pygame.Surface, at: tuple[float, float], right: float, places: NDArray[np.int64], u: float
) -> None:
    """The locations that hold what was written while a line was told."""
    if not len(places):
        return
    named = " ".join(str(place) for place in places[:_NAMED])
    if len(places) > _NAMED:
        named += f" +{len(places) - _NAMED}"
    if right - at[0] > width(named, pixels(12 * u)):
        text(surface, named, (right, at[1]), 12 * u, WRITE, anchor="right")


def _draw_answer(
    surface: pygame.Surface,
    at: tuple[float, float],
    right: float,
    row: Row,
    view: Mapping[str, Any],
    hidden: bool,
    u: float,
) -> None:
    """What was said, whether it is right, and what would be."""
    x, y, wanted = at[0] + 34 * u, at[1], view["lines"][row.line]["answer"]
    waiting = row.start <= view["step"] < row.start + len(wanted) and not view["terminated"]
    said = text(surface, " ".join(row.words) or "-", (x, y), 14 * u, YELLOW if waiting else TEXT, bold=True)
    if hidden or waiting:
        if waiting:
            text(
                surface, "is asked for now", (said.right + 10 * u, y), 12 * u, MUTED, limit=right - said.right
            )
        return
    correct = row.words == list(wanted)
    kind, colour = ("tick", GREEN) if correct else ("cross", RED)
    mark(surface, kind, (said.right + 14 * u, y), 13 * u, colour)
    if not correct:
        limit = right - said.right - 30 * u
        text(surface, f"right: {' '.join(wanted)}", (said.right + 30 * u, y), 14 * u, RED, limit=limit)
