"""The picture of a graph task: the graph, where the answer has got to, the query, the answer so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.fonts import pixels, text, width
from shrdlu_env.viewer.drawing.paint import arrow, dot, ring
from shrdlu_env.viewer.drawing.theme import (
    EDGE,
    GREEN,
    INK,
    MUTED,
    PANEL,
    PANEL_RAISED,
    TEXT,
    YELLOW,
    Colour,
    mix,
)
from shrdlu_env.viewer.scenes.graph.geometry import Point, arrange_graph
from shrdlu_env.viewer.scenes.graph.labelling import Labels
from shrdlu_env.viewer.scenes.graph.table import draw_table


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
    geometry = arrange_graph(rect, view, u)
    places, radius = geometry.places, geometry.radius
    told = view["edges"][: view["told"]]
    if hidden:
        told = told[-1:] if view["phase"] == "describe" else []
    offset = len(view["edges"][: view["told"]]) - len(told)
    steps = set(zip(view["trail"], view["trail"][1:], strict=False))
    labels = Labels(surface, geometry.area, u)
    for place in places:
        labels.keep_free(place, radius)
    arrows: list[tuple[bool, bool, str, list[Point], Colour]] = []
    for order, (a, label, b) in enumerate(told):
        new = view["phase"] == "describe" and order == len(told) - 1
        walked = (a, b) in steps
        colour = YELLOW if new else GREEN if walked else mix(PANEL, MUTED, 0.55)
        thickness = (2.6 if new or walked else 1.4) * max(u, 0.8)
        curve = geometry.curves[offset + order]
        arrow(surface, curve.tail, curve.control, curve.tip, thickness, colour)
        spots = [curve.at(share) for share in (0.5, 0.38, 0.62)]
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
    table = geometry.table
    if table.top > rect.top:
        pygame.draw.line(surface, EDGE, (table.left + 14 * u, table.top), (table.right - 14 * u, table.top))
    else:
        pygame.draw.line(surface, EDGE, (table.left, table.top + 14 * u), (table.left, table.bottom - 14 * u))
    draw_table(surface, table, view, u)


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
