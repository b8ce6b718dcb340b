"""The picture of a graph task: the graph, where the answer has got to, the query, the answer so far."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.fonts import pixels, text, width
from shrdlu_env.viewer.drawing.paint import arrow, dot, mark, ring
from shrdlu_env.viewer.drawing.theme import (
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
from shrdlu_env.viewer.scenes.graph.labelling import Labels, Point
from shrdlu_env.viewer.scenes.graph.placing import part, place_nodes
from shrdlu_env.viewer.scenes.graph.view import Triple


def node_positions(view: Mapping[str, Any], rect: pygame.Rect) -> list[Point]:
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
    """Draw the graph with its trail, the query and the answer into `rect`, whose panel is drawn.

    Args:
        surface: what to draw on.
        rect: the panel.
        view: a `GraphView`.
        u: pixels per layout unit.
        hidden: show only the edge or triple of this very observation.
    """
    lines = max(1, len(view["query"]), len(view["answer"]))
    foot = round((min(lines, 6) * 20 + 46) * u)
    table = pygame.Rect(rect.left, rect.bottom - foot, rect.width, foot)
    inside = pygame.Rect(rect.left, rect.top, rect.width, rect.height - foot).inflate(
        -round(72 * u), -round(64 * u)
    )
    places = node_positions(view, inside)
    radius = max(9.0, min(17 * u, 0.32 * math.sqrt(inside.width * inside.height / max(1, len(places)))))
    places = _parted(places, inside.inflate(round(36 * u), round(32 * u)), 2 * radius + 4)
    told = view["edges"][: view["told"]]
    if hidden:
        told = told[-1:] if view["phase"] == "describe" else []
    both = {(a, b) for a, _, b in told}
    steps = set(zip(view["trail"], view["trail"][1:], strict=False))
    labels = Labels(surface, pygame.Rect(rect.left, rect.top, rect.width, rect.height - foot), u)
    for place in places:
        labels.keep_free(place, radius)
    arrows: list[tuple[bool, bool, str, list[Point], Colour]] = []
    for order, (a, label, b) in enumerate(told):
        new = view["phase"] == "describe" and order == len(told) - 1
        walked = (a, b) in steps
        colour = YELLOW if new else GREEN if walked else mix(PANEL, MUTED, 0.55)
        thickness = (2.6 if new or walked else 1.4) * max(u, 0.8)
        spots = _edge(surface, places[a], places[b], radius, thickness, colour, (b, a) in both)
        arrows.append((new, walked, label, spots, colour))
    for k, place in enumerate(places):
        fill: Colour = PANEL_RAISED
        if k in view["trail"]:
            fill = mix(PANEL_RAISED, GREEN, 0.55)
        if k == view["current"]:
            fill = YELLOW
        dot(surface, place, radius + 1.5, mix(fill, TEXT, 0.3))
        dot(surface, place, radius, fill)
        if k == view["current"]:
            ring(surface, place, radius + 5 * u, 2 * u, YELLOW)
    _names(surface, labels, places, view, radius, u)
    # What is being told comes first, then what was walked; other labels fill the room that is left.
    for new, _, label, spots, colour in sorted(arrows, key=lambda arrow: (not arrow[0], not arrow[1])):
        labels.put(label, spots, 11 * u, mix(colour, TEXT, 0.4), certain=new)
    _table(surface, table, view, u)


def _parted(places: list[Point], room: pygame.Rect, gap: float) -> list[Point]:
    """The places, those that would lie on one another moved apart; what is apart anyway keeps its place."""
    if all(math.dist(a, b) >= gap for a, b in itertools.combinations(places, 2)):
        return places
    at = np.array(places)
    part(at, room.topleft, room.bottomright, gap)
    return [(float(x), float(y)) for x, y in at]


def _names(
    surface: pygame.Surface,
    labels: Labels,
    places: list[Point],
    view: Mapping[str, Any],
    radius: float,
    u: float,
) -> None:
    """The names of the nodes: inside where they fit, else beside; those of the walk before all others."""
    size = pixels(radius * 0.8)
    beside = []
    for k, place in enumerate(places):
        name = view["nodes"][k]
        if width(name, size) <= 1.9 * radius:
            text(surface, name, place, size, INK if k == view["current"] else TEXT, anchor="center")
        else:
            beside.append(k)
    asked = {part for triple in view["query"] for part in triple}

    def rank(k: int) -> tuple[bool, bool, bool]:
        return k != view["current"], k not in view["trail"], view["nodes"][k] not in asked

    for k in sorted(beside, key=rank):
        (x, y), name = places[k], view["nodes"][k]
        side = radius + width(name, pixels(12 * u)) / 2 + 6 * u
        down = radius + 8 * u
        spots = [(x, y + down), (x, y - down), (x + side, y), (x - side, y)]
        labels.put(name, spots, 12 * u, TEXT, certain=not all(rank(k)))


def _edge(
    surface: pygame.Surface,
    start: Point,
    end: Point,
    radius: float,
    thickness: float,
    colour: Colour,
    returned: bool,
) -> list[Point]:
    """An arrow between two nodes, bent where one goes the other way too; returns where its label may stand."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = math.hypot(dx, dy) or 1.0
    ux, uy = dx / length, dy / length
    tail = (start[0] + ux * radius, start[1] + uy * radius)
    tip = (end[0] - ux * (radius + 2), end[1] - uy * (radius + 2))
    bend = 0.18 if returned else 0.06
    arrow(surface, tail, tip, thickness, colour, bend)
    return [
        (start[0] + dx * along + dy * bend / 2, start[1] + dy * along - dx * bend / 2)
        for along in (0.5, 0.38, 0.62)
    ]


def words(triple: Triple) -> str:
    """A triple as text, a blank as "_"."""
    return "  ".join("_" if part is None else str(part) for part in triple)


def _table(surface: pygame.Surface, rect: pygame.Rect, view: Mapping[str, Any], u: float) -> None:
    """Query on the left, answer with ticks on the right; the last six lines of each."""
    line = (rect.left + 14 * u, rect.top), (rect.right - 14 * u, rect.top)
    pygame.draw.line(surface, EDGE, *line)
    half = rect.left + rect.width * 0.5
    text(surface, "QUERY", (rect.left + 16 * u, rect.top + 18 * u), 13 * u, TEXT, bold=True)
    text(surface, "ANSWER", (half, rect.top + 18 * u), 13 * u, TEXT, bold=True)
    room = rect.width * 0.5 - 46 * u
    for k, triple in enumerate(view["query"][-6:]):
        y = rect.top + (42 + 20 * k) * u
        text(surface, words(triple), (rect.left + 16 * u, y), 15 * u, YELLOW, limit=room)
    for k, (triple, right) in enumerate(view["answer"][-6:]):
        y = rect.top + (42 + 20 * k) * u
        word = text(surface, words(triple), (half, y), 15 * u, TEXT, limit=room)
        kind, colour = ("tick", GREEN) if right else ("cross", RED)
        mark(surface, kind, (word.right + 14 * u, y), 13 * u, colour)
    if not view["answer"]:
        text(surface, "-", (half, rect.top + 42 * u), 15 * u, FAINT)
