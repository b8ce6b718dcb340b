"""Questions and answers of a graph task, row by row: each answer beside what it answers."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.fonts import pixels, text, width
from shrdlu_env.viewer.drawing.paint import mark
from shrdlu_env.viewer.drawing.theme import FAINT, GREEN, MUTED, PANEL, RED, TEXT, YELLOW, Colour, mix
from shrdlu_env.viewer.scenes.graph.view import Triple

# Layout units: a row, what stands above the first, the letters, room around a text, a tick with its room.
_ROW, _HEAD, _SIZE, _PAD, _TICK = 20, 46, 15, 16, 26
_MOST_BELOW = 6
# Rows that are wished for beside a graph.
_WISHED = 20
# Shares of a panel that the table has at most below the graph, and at least and at most beside it.
_BELOW, _LEAST_BESIDE, _MOST_BESIDE = 0.3, 0.24, 0.46


class Row(NamedTuple):
    """One question with its answer; None where there is none, or none of its own."""

    query: Triple | None
    answer: tuple[Triple, bool] | None


class Shown(NamedTuple):
    """The rows that find room: those around the present, and how many were left out before and after.

    Attributes:
        rows: what is shown.
        earlier: answers left out before them.
        wrong: how many of these are wrong.
        later: questions left out after them.
    """

    rows: Sequence[Row]
    earlier: int
    wrong: int
    later: int


def words(triple: Triple) -> str:
    """A triple as text, a blank as "_"."""
    return "  ".join("_" if part is None else str(part) for part in triple)


def rows_of(view: Mapping[str, Any]) -> list[Row]:
    """All questions and answers of a `GraphView`.

    Several triples are asked for one by one. One triple that names an edge is the question of this round; those
    of the rounds before are not in the view. One that names none asks for a way, and all answers are its own.
    """
    query, answer = list(view["query"]), list(view["answer"])
    if len(query) == 1 and query[0][1] is not None:
        over = bool(view["terminated"] and answer)
        query = [None] * (len(answer) - over) + query
    return [Row(*pair) for pair in itertools.zip_longest(query, answer)]


def shown_rows(view: Mapping[str, Any], room: int) -> Shown:
    """At most `room` rows: where the answer has got to, one question that comes next, and those before."""
    rows, given = rows_of(view), len(view["answer"])
    asking = view["phase"] in ("describe", "query")
    last = len(rows) - 1 if asking else min(len(rows) - 1, given)
    first = max(0, min(last - room + 1, len(rows) - room))
    end = first + room
    before = [row.answer for row in rows[:first] if row.answer is not None]
    wrong = sum(not right for _, right in before)
    window = rows[first:end]
    if first and rows[0].query is not None and all(row.query is None for row in rows[1:]):
        # The way asked for stays in sight.
        window[0] = window[0]._replace(query=rows[0].query)
    return Shown(window, first, wrong, max(0, len(rows) - end))


def foot_height(rect: pygame.Rect, u: float) -> int:
    """Height of the table below a graph in the panel `rect`; it does not change with what is answered."""
    rows = (_BELOW * rect.height - _HEAD * u) / (_ROW * u)
    return round((max(1, min(_MOST_BELOW, int(rows))) * _ROW + _HEAD) * u)


def side_width(rect: pygame.Rect, view: Mapping[str, Any], u: float) -> int:
    """Width of the table beside a graph; it does not change with what is answered either."""
    wide = sum(_column({**view, "query": [], "answer": []}, u))
    wished = -(-_WISHED // _rows(rect, u))
    columns = max(1, min(wished, int(_MOST_BESIDE * rect.width // wide)))
    return round(min(_MOST_BESIDE * rect.width, max(_LEAST_BESIDE * rect.width, columns * wide)))


def _rows(rect: pygame.Rect, u: float) -> int:
    """Rows that find room below the heads."""
    return max(1, int((rect.height - (_HEAD - 2) * u) / (_ROW * u)))


def _column(view: Mapping[str, Any], u: float, letters: float = _SIZE) -> tuple[int, int]:
    """Widths that the longest question and the longest answer on this graph may need in letters of a size."""
    nodes, size = view["nodes"], pixels(letters * u)
    triples: list[Triple] = [(nodes[a], label, nodes[b]) for a, label, b in view["edges"]]
    asked = [*((source, label, None) for source, label, _ in triples), *view["query"]]
    told = [*triples, *(triple for triple, _ in view["answer"])]
    around = round(_PAD * u)
    query = max((width(words(triple), size) for triple in asked), default=0) + around
    answer = max((width(words(triple), size) for triple in told), default=0) + round(_TICK * u)
    heads = width("QUERY", size, True) + around, width("ANSWER", size, True) + round(_TICK * u)
    return max(query, heads[0]), max(answer, heads[1]) + around


def draw_table(surface: pygame.Surface, rect: pygame.Rect, view: Mapping[str, Any], u: float) -> None:
    """Draw questions on the left, answers with ticks right of them, in as many columns as have room."""
    # Long names are written smaller before they are cut.
    fitting = (s for s in (_SIZE, 13) if sum(_column(view, u, s)) <= rect.width)
    size = next(fitting, 12)
    query_wide, answer_wide = _column(view, u, size)
    high = _rows(rect, u)
    columns = max(1, rect.width // (query_wide + answer_wide))
    shown = shown_rows(view, high * columns)
    pitch = rect.width / columns
    lead = pitch * query_wide / (query_wide + answer_wide)
    # Of several questions the one that is due stands out.
    due = len(view["answer"]) if view["phase"] == "answer" and len(view["query"]) > 1 else None
    for column in range(max(1, -(-len(shown.rows) // high))):
        left = rect.left + column * pitch + _PAD * u
        _heads(surface, (left, rect.top + 18 * u), lead, pitch, shown if not column else None, u)
        for k, row in enumerate(shown.rows[column * high : (column + 1) * high]):
            other = due is not None and due != shown.earlier + column * high + k
            ink = mix(PANEL, YELLOW, 0.6) if other else YELLOW
            _row(surface, row, (left, rect.top + (42 + _ROW * k) * u), lead, pitch, size, ink, u)
    if not view["answer"] and not view["query"]:
        at = (rect.left + _PAD * u + lead, rect.top + 42 * u)
        text(surface, "-", at, _SIZE * u, FAINT)


def _heads(
    surface: pygame.Surface, at: tuple[float, float], lead: float, pitch: float, shown: Shown | None, u: float
) -> None:
    """Names of both halves, and what was left out of `shown`."""
    (x, y), size = at, pixels(12 * u)
    query = text(surface, "QUERY", at, 13 * u, TEXT, bold=True)
    answer = text(surface, "ANSWER", (x + lead, y), 13 * u, TEXT, bold=True)
    if shown is None:
        return
    left, right = query.right + 8 * u, answer.right + 8 * u
    if shown.later:
        text(surface, f"{shown.later} more", (left, y), size, MUTED, limit=x + lead - 8 * u - left)
    if shown.earlier:
        wrong = f", {shown.wrong} wrong" if shown.wrong else ""
        said, room = f"{shown.earlier} earlier{wrong}", x + pitch - 1.5 * _PAD * u - right
        if width(said, size) > room:
            said = f"+{shown.earlier}{wrong}"
        text(surface, said, (right, y), size, RED if wrong else MUTED, limit=room)


def _row(
    surface: pygame.Surface,
    row: Row,
    at: tuple[float, float],
    lead: float,
    pitch: float,
    size: int,
    ink: Colour,
    u: float,
) -> None:
    x, y = at
    if row.query is not None:
        # A long question has the room of its answer until that is given.
        room = lead - 10 * u if row.answer is not None else pitch - 1.5 * _PAD * u
        text(surface, words(row.query), at, size * u, ink, limit=room)
    if row.answer is not None:
        triple, right = row.answer
        room = pitch - lead - (_TICK + _PAD) * u
        word = text(surface, words(triple), (x + lead, y), size * u, TEXT, limit=room)
        kind, colour = ("tick", GREEN) if right else ("cross", RED)
        mark(surface, kind, (word.right + 14 * u, y), 13 * u, colour)
