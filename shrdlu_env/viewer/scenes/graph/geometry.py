"""Where the graph, its nodes and edges and the table of answers lie in a panel; drawing and the mouse go by this."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.scenes.graph.placing import part, place_nodes
from shrdlu_env.viewer.scenes.graph.table import foot_height, side_width

Point = tuple[float, float]

# From this share of width to height on the table stands beside the graph, below that under it.
_WIDE = 1.8
# How far edges bend at most, in layout units: those that have a way back, and each further one beside it.
_BEND, _LANE = 26, 16


class Curve(NamedTuple):
    """One edge as drawn: ends on the rims of its nodes, and the point it bends towards."""

    tail: Point
    control: Point
    tip: Point

    def at(self, share: float) -> Point:
        """The point that `share` of the way lies before."""
        a, b, c = (1 - share) ** 2, 2 * share * (1 - share), share**2
        x, y = (a * self.tail[k] + b * self.control[k] + c * self.tip[k] for k in (0, 1))
        return x, y


class GraphGeometry(NamedTuple):
    """Places in pixels.

    Attributes:
        area: where the graph is drawn.
        table: where questions and answers stand.
        places: middles of the nodes.
        radius: of a node.
        curves: of all edges, told or not, so that nothing moves while edges are told.
    """

    area: pygame.Rect
    table: pygame.Rect
    places: list[Point]
    radius: float
    curves: list[Curve]


def node_positions(view: Mapping[str, Any], rect: pygame.Rect) -> list[Point]:
    """Pixels of the nodes inside `rect`."""
    if view.get("positions") is not None:
        at = np.array(view["positions"], np.float64).reshape(-1, 2) * (1, -1) + (0, 1)
    else:
        pairs = frozenset((int(a), int(b)) for a, _, b in view["edges"])
        at = place_nodes(len(view["nodes"]), pairs)
    return [(rect.left + float(x) * rect.width, rect.top + float(y) * rect.height) for x, y in at]


def arrange_graph(rect: pygame.Rect, view: Mapping[str, Any], u: float) -> GraphGeometry:
    """The places for a `GraphView` in the panel `rect`; `u` is pixels per layout unit."""
    if rect.width >= _WIDE * rect.height:
        beside = side_width(rect, view, u)
        area = pygame.Rect(rect.left, rect.top, rect.width - beside, rect.height)
        table = pygame.Rect(area.right, rect.top, beside, rect.height)
    else:
        below = foot_height(rect, u)
        area = pygame.Rect(rect.left, rect.top, rect.width, rect.height - below)
        table = pygame.Rect(rect.left, area.bottom, rect.width, below)
    inside = area.inflate(-round(72 * u), -round(64 * u))
    places = node_positions(view, inside)
    radius = max(9.0, min(17 * u, 0.32 * math.sqrt(inside.width * inside.height / max(1, len(places)))))
    # Room for the edges between nodes, as far as there is some.
    share = math.sqrt(inside.width * inside.height / max(1, len(places)))
    gap = 2 * radius + max(4.0, min(22 * u, 0.72 * share - 2 * radius))
    places = _parted(places, inside.inflate(round(36 * u), round(32 * u)), gap)
    return GraphGeometry(area, table, places, radius, _curves(view, places, radius, area, u))


def _parted(places: list[Point], room: pygame.Rect, gap: float) -> list[Point]:
    """The places, those that would lie on one another moved apart; what is apart anyway keeps its place."""
    if all(math.dist(a, b) >= gap for a, b in itertools.combinations(places, 2)):
        return places
    at = np.array(places)
    part(at, room.topleft, room.bottomright, gap)
    return [(float(x), float(y)) for x, y in at]


def _curves(
    view: Mapping[str, Any], places: list[Point], radius: float, area: pygame.Rect, u: float
) -> list[Curve]:
    """Edges side by side where several join two nodes, none of them outside the area."""
    bounds = area.inflate(-round(8 * u), -round(8 * u))
    joined: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for k, (a, _, b) in enumerate(view["edges"]):
        joined[min(a, b), max(a, b)].append(k)
    curves: dict[int, Curve] = {}
    for (low, high), edges in joined.items():
        start, end = places[low], places[high]
        length = math.dist(start, end)
        if length < 1:
            curves.update((k, _loop(start, lane, radius, bounds)) for lane, k in enumerate(edges))
            continue
        onwards = [k for k in edges if view["edges"][k][0] == low]
        back = [k for k in edges if k not in onwards]
        aside = ((end[1] - start[1]) / length, (start[0] - end[0]) / length)
        bends = _fitted(_bends(len(onwards), len(back), length, u), start, end, aside, bounds)
        for k, bend in zip((*onwards, *back), bends, strict=True):
            ends = (start, end) if k in onwards else (end, start)
            curves[k] = _curve(*ends, radius, (bend * aside[0], bend * aside[1]))
    return [curves[k] for k in range(len(curves))]


def _bends(onwards: int, back: int, length: float, u: float) -> list[float]:
    """How far aside the middles of edges lie: those onwards on one side, those back on the other."""
    step = min(_LANE * u, 0.14 * length)
    if onwards and back:
        first = min(_BEND * u, 0.09 * length)
        return [first + k * step for k in range(onwards)] + [-first - k * step for k in range(back)]
    count = onwards + back
    if count == 1:
        return [min(8 * u, 0.03 * length) * (1 if onwards else -1)]
    return [(k - (count - 1) / 2) * step for k in range(count)]


def _fitted(bends: list[float], start: Point, end: Point, aside: Point, bounds: pygame.Rect) -> list[float]:
    """The bends moved together, and closer together where they must be, until none leaves the bounds."""
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    most = _room(middle, aside, bounds)
    least = -_room(middle, (-aside[0], -aside[1]), bounds)
    low, high = min(bends), max(bends)
    shift = min(0.0, most - high) + max(0.0, least - low)
    if high - low <= most - least:
        return [bend + shift for bend in bends]
    share = (most - least) / (high - low)
    return [least + (bend - low) * share for bend in bends]


def _curve(start: Point, end: Point, radius: float, aside: Point) -> Curve:
    """An edge between the rims of two nodes whose middle lies `aside` of the straight way."""
    length = math.dist(start, end)
    ux, uy = (end[0] - start[0]) / length, (end[1] - start[1]) / length
    tail = (start[0] + ux * radius, start[1] + uy * radius)
    tip = (end[0] - ux * (radius + 2), end[1] - uy * (radius + 2))
    control = tuple((tail[k] + tip[k]) / 2 + 2 * aside[k] for k in (0, 1))
    return Curve(tail, (control[0], control[1]), tip)


def _loop(place: Point, lane: int, radius: float, bounds: pygame.Rect) -> Curve:
    """An edge from a node to itself, above it or below it; a further one reaches farther."""
    up = -1.0 if place[1] - 3 * radius >= bounds.top else 1.0
    y = place[1] + up * 0.8 * radius
    tail, tip = (place[0] - 0.6 * radius, y), (place[0] + 0.6 * radius, y)
    return Curve(tail, (place[0], place[1] + up * (4.5 + 1.5 * lane) * radius), tip)


def _room(start: Point, way: Point, bounds: pygame.Rect) -> float:
    """How far one can go from a point before one leaves the bounds."""
    rooms = [math.inf, math.inf]
    for k, (low, high) in enumerate(((bounds.left, bounds.right), (bounds.top, bounds.bottom))):
        if way[k]:
            rooms[k] = max(0.0, ((high if way[k] > 0 else low) - start[k]) / way[k])
    return min(rooms)
