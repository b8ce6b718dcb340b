"""The picture of a graph task: the graph, where the answer has got to, the query, the answer so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.fonts import pixels, text, width
from shrdlu_env.viewer.drawing.paint import arrow, dot, ring
from shrdlu_env.viewer.drawing.theme import (
    BLUE,
    EDGE,
    GREEN,
    INK,
    MUTED,
    ORANGE,
    PANEL,
    PANEL_RAISED,
    TEXT,
    YELLOW,
    Colour,
    mix,
)
from shrdlu_env.viewer.scenes.graph.geometry import Point, arrange_graph
from shrdlu_env.viewer.scenes.graph.hand import GraphMarks
from shrdlu_env.viewer.scenes.graph.labelling import Labels
from shrdlu_env.viewer.scenes.graph.table import draw_table


class _Line(NamedTuple):
    """How one edge is drawn: the lower its rank, the sooner its label finds room; `certain` where it must have some."""

    rank: int
    edge: int
    label: str
    colour: Colour
    thickness: float
    certain: bool = False


def draw_graph(
    surface: pygame.Surface,
    rect: pygame.Rect,
    view: Mapping[str, Any],
    u: float,
    *,
    hidden: bool = False,
    marks: GraphMarks | None = None,
) -> None:
    """Draw the graph with its trail, the query and the answer into `rect`, whose panel is drawn.

    Args:
        surface: what to draw on.
        rect: the panel.
        view: a `GraphView`.
        u: pixels per layout unit.
        hidden: show only the edge or triple of this very observation, and edges that are marked.
        marks: what a person points at or has asked to see.
    """
    geometry, marks = arrange_graph(rect, view, u), marks or GraphMarks()
    places, radius = geometry.places, geometry.radius
    lines = _lines(view, hidden, marks)
    labels = Labels(surface, geometry.area, u)
    for place in places:
        labels.keep_free(place, radius)
    for line in sorted(lines, key=lambda line: -line.rank):
        curve, thickness = geometry.curves[line.edge], line.thickness * max(u, 0.8)
        arrow(surface, curve.tail, curve.control, curve.tip, thickness, line.colour)
    for k, place in enumerate(places):
        fill: Colour = PANEL_RAISED
        if k in view["trail"]:
            fill = mix(PANEL_RAISED, GREEN, 0.55)
        if k == view["current"]:
            fill = YELLOW
        dot(surface, place, radius + 1.5, mix(fill, TEXT, 0.3))
        dot(surface, place, radius, fill)
        _rings(surface, k, place, radius, view, marks, u)
    _names(surface, labels, places, view, radius, u)
    # What is being told or marked comes first, then what was walked; other labels fill the room that is left.
    for line in sorted(lines, key=lambda line: line.rank):
        spots = [geometry.curves[line.edge].at(share) for share in (0.5, 0.38, 0.62)]
        labels.put(line.label, spots, 11 * u, mix(line.colour, TEXT, 0.4), certain=line.certain)
    table = geometry.table
    if table.top > rect.top:
        pygame.draw.line(surface, EDGE, (table.left + 14 * u, table.top), (table.right - 14 * u, table.top))
    else:
        pygame.draw.line(surface, EDGE, (table.left, table.top + 14 * u), (table.left, table.bottom - 14 * u))
    draw_table(surface, table, view, u)


def _lines(view: Mapping[str, Any], hidden: bool, marks: GraphMarks) -> list[_Line]:
    """The edges to draw."""
    told, describing = view["told"], view["phase"] == "describe"
    steps = set(zip(view["trail"], view["trail"][1:], strict=False))
    keys = {edge: key for key, edge in enumerate(marks.legal, 1)}
    shown = range(told - 1 if describing else told, told) if hidden else range(told)
    lines = []
    for k in sorted({*shown, *marks.legal, *marks.hint}):
        a, label, b = view["edges"][k]
        # Beyond 9 there are no keys.
        label = f"{keys[k]}: {label}" if keys.get(k, 10) <= 9 else label
        if k in marks.hint:
            lines.append(_Line(0, k, label, ORANGE, 3.4, True))
        elif marks.hover == ("edge", k):
            lines.append(_Line(1, k, label, TEXT, 2.6, True))
        elif describing and k == told - 1:
            lines.append(_Line(2, k, label, YELLOW, 2.6, True))
        elif k in keys:
            lines.append(_Line(3, k, label, BLUE, 2.0, True))
        elif (a, b) in steps:
            lines.append(_Line(4, k, label, GREEN, 2.6))
        else:
            lines.append(_Line(5, k, label, mix(PANEL, MUTED, 0.55), 1.4))
    return lines


def _rings(
    surface: pygame.Surface,
    node: int,
    place: Point,
    radius: float,
    view: Mapping[str, Any],
    marks: GraphMarks,
    u: float,
) -> None:
    """Rings round a node: where the answer is, where it has to go, where the next one starts, what is pointed at."""
    if node == view["current"]:
        ring(surface, place, radius + 5 * u, 2 * u, YELLOW)
    if node == view.get("destination"):
        ring(surface, place, radius + 4 * u, 1.5 * u, YELLOW)
        ring(surface, place, radius + 8 * u, 1.5 * u, YELLOW)
    if node == marks.here or marks.hover == ("node", node):
        ring(surface, place, radius + 5 * u, 2 * u, TEXT)


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
