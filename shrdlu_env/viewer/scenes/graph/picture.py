"""The scene of a graph task: the graph, where the answer has got to, the query, and the answer so far.

A view of a graph task is a `GraphView`; any environment whose `view()` returns one can be watched.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypedDict

import numpy as np

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.fonts import pixels, text, width
from shrdlu_env.viewer.drawing.paint import arrow, box, dot, mark, panel, pill, ring
from shrdlu_env.viewer.drawing.theme import (
    BLUE,
    EDGE,
    FAINT,
    GREEN,
    INK,
    MUTED,
    PANEL,
    PANEL_RAISED,
    RED,
    TEXT,
    YELLOW,
    Colour,
    mix,
)
from shrdlu_env.viewer.panels.banner import draw_sentence
from shrdlu_env.viewer.scenes.graph.placing import place_nodes

Triple = tuple[str | None, str | None, str | None]

_PHASES: dict[str, Colour] = {"describe": BLUE, "query": YELLOW, "plan": MUTED, "answer": GREEN}


class GraphView(TypedDict):
    """What a spectator sees of a graph task; every value is plain Python.

    Attributes:
        phase: "describe", "query", "plan" or "answer".
        step: index of the observation.
        steps_total: steps of the whole episode.
        task: name of the task, for the banner.
        nodes: labels of all nodes.
        edges: (index of the source, label, index of the destination).
        positions: (x, y) of every node, each 0 to 1, y upwards; None lets the viewer place them.
        told: how many of the edges have been described.
        current: index of the node the answer has got to, None before.
        trail: indices of the nodes visited, in order, the current one included.
        query: triples asked, None for a blank.
        answer: triples given, with whether each is right.
        caption: this observation in a few words.
        terminated: whether the episode is over.
    """

    phase: str
    step: int
    steps_total: int
    task: str
    nodes: list[str]
    edges: list[tuple[int, str, int]]
    positions: list[tuple[float, float]] | None
    told: int
    current: int | None
    trail: list[int]
    query: list[Triple]
    answer: list[tuple[Triple, bool]]
    caption: str
    terminated: bool


def draw_graph_banner(
    surface: pygame.Surface, rect: pygame.Rect, view: Mapping[str, Any], u: float, *, note: str = ""
) -> None:
    """Draw the phase, the task and the score of the answer; `note` takes the caption's place."""
    panel(surface, rect, u)
    colour = _PHASES.get(view["phase"], MUTED)
    bar = pill(surface, (rect.left + 14 * u, rect.centery), view["phase"].upper(), 20 * u, colour)
    right = sum(1 for _, holds in view["answer"] if holds)
    score = (
        f"{view['task']}   right {right}/{len(view['answer'])}   step {view['step']}/{view['steps_total']}"
    )
    score_at = text(surface, score, (rect.right - 16 * u, rect.centery), 16 * u, MUTED, anchor="right")
    left = bar.right + 14 * u
    draw_sentence(surface, (left, rect.centery), score_at.left - left - 10 * u, view["caption"], note, u)


def node_positions(view: Mapping[str, Any], rect: pygame.Rect) -> list[tuple[float, float]]:
    """Pixels of the nodes inside `rect`."""
    if view.get("positions") is not None:
        at = np.array(view["positions"], np.float64).reshape(-1, 2) * (1, -1) + (0, 1)
    else:
        pairs = frozenset((int(a), int(b)) for a, _, b in view["edges"])
        at = place_nodes(len(view["nodes"]), pairs)
    return [(rect.left + float(x) * rect.width, rect.top + float(y) * rect.height) for x, y in at]


def draw_graph(
    surface: pygame.Surface, rect: pygame.Rect, view: Mapping[str, Any], u: float, *, hidden: bool = False
) -> None:
    """Draw the graph with its trail, the query and the answer into `rect`.

    Args:
        surface: what to draw on.
        rect: the panel.
        view: a `GraphView`.
        u: pixels per layout unit.
        hidden: show only the edge or triple of this very observation.
    """
    panel(surface, rect, u)
    lines = max(1, len(view["query"]), len(view["answer"]))
    foot = round((min(lines, 6) * 20 + 46) * u)
    table = pygame.Rect(rect.left, rect.bottom - foot, rect.width, foot)
    inside = pygame.Rect(rect.left, rect.top, rect.width, rect.height - foot).inflate(
        -round(72 * u), -round(64 * u)
    )
    places = node_positions(view, inside)
    radius = max(9.0, min(17 * u, 0.32 * math.sqrt(inside.width * inside.height / max(1, len(places)))))
    told = view["edges"][: view["told"]]
    if hidden:
        told = told[-1:] if view["phase"] == "describe" else []
    both = {(a, b) for a, _, b in told}
    steps = set(zip(view["trail"], view["trail"][1:], strict=False))
    for order, (a, label, b) in enumerate(told):
        new = view["phase"] == "describe" and order == len(told) - 1
        walked = (a, b) in steps
        colour = YELLOW if new else GREEN if walked else mix(PANEL, MUTED, 0.55)
        thickness = (2.6 if new or walked else 1.4) * max(u, 0.8)
        _edge(surface, places[a], places[b], radius, thickness, colour, label, u, (b, a) in both)
    for k, (x, y) in enumerate(places):
        fill: Colour = PANEL_RAISED
        if k in view["trail"]:
            fill = mix(PANEL_RAISED, GREEN, 0.55)
        if k == view["current"]:
            fill = YELLOW
        dot(surface, (x, y), radius + 1.5, mix(fill, TEXT, 0.3))
        dot(surface, (x, y), radius, fill)
        if k == view["current"]:
            ring(surface, (x, y), radius + 5 * u, 2 * u, YELLOW)
        ink = INK if k == view["current"] else TEXT
        label = view["nodes"][k]
        size = pixels(radius * 0.8)
        if width(label, size) <= 1.9 * radius:
            text(surface, label, (x, y), size, ink, anchor="center")
        else:
            text(surface, label, (x, y + radius + 8 * u), 12 * u, TEXT, anchor="center")
    _table(surface, table, view, u)


def _edge(
    surface: pygame.Surface,
    start: tuple[float, float],
    end: tuple[float, float],
    radius: float,
    thickness: float,
    colour: Colour,
    label: str,
    u: float,
    returned: bool,
) -> None:
    """An arrow between two nodes, bent where one goes the other way too, with its label at the middle."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = math.hypot(dx, dy) or 1.0
    ux, uy = dx / length, dy / length
    tail = (start[0] + ux * radius, start[1] + uy * radius)
    tip = (end[0] - ux * (radius + 2), end[1] - uy * (radius + 2))
    bend = 0.18 if returned else 0.06
    arrow(surface, tail, tip, thickness, colour, bend)
    middle = ((start[0] + end[0]) / 2 + dy * bend / 2, (start[1] + end[1]) / 2 - dx * bend / 2)
    size = pixels(11 * u)
    back = pygame.Rect(0, 0, width(label, size) + round(6 * u), size)
    back.center = (round(middle[0]), round(middle[1]))
    if length > 3.2 * radius + back.width:
        box(surface, back, 3 * u, PANEL)
        text(surface, label, middle, size, mix(colour, TEXT, 0.4), anchor="center")


def _words(triple: Triple) -> str:
    return "  ".join("_" if part is None else str(part) for part in triple)


def _table(surface: pygame.Surface, rect: pygame.Rect, view: Mapping[str, Any], u: float) -> None:
    """Query on the left, answer with ticks on the right; the last six lines of each."""
    line = (rect.left + 14 * u, rect.top), (rect.right - 14 * u, rect.top)
    pygame.draw.line(surface, EDGE, *line)
    half = rect.left + rect.width * 0.5
    text(surface, "QUERY", (rect.left + 16 * u, rect.top + 18 * u), 14 * u, MUTED)
    text(surface, "ANSWER", (half, rect.top + 18 * u), 14 * u, MUTED)
    room = rect.width * 0.5 - 46 * u
    for k, triple in enumerate(view["query"][-6:]):
        y = rect.top + (42 + 20 * k) * u
        text(surface, _words(triple), (rect.left + 16 * u, y), 15 * u, YELLOW, limit=room)
    for k, (triple, right) in enumerate(view["answer"][-6:]):
        y = rect.top + (42 + 20 * k) * u
        word = text(surface, _words(triple), (half, y), 15 * u, TEXT, limit=room)
        kind, colour = ("tick", GREEN) if right else ("cross", RED)
        mark(surface, kind, (word.right + 14 * u, y), 13 * u, colour)
    if not view["answer"]:
        text(surface, "-", (half, rect.top + 42 * u), 15 * u, FAINT)
