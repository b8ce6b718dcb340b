"""The curricula of the graph tasks as data.

Source: Extended Data, curricula of traversal, shortest path and inference. Navigation's is our own.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from shrdlu_env.graphs.checks import Range, check_range
from shrdlu_env.graphs.labelled import LABELS

MAX_PATH = 100
MAX_DEGREE = 32


@dataclass(frozen=True, slots=True)
class GraphRanges:
    """What episodes are drawn from: inclusive ranges, sampled uniformly.

    Attributes:
        nodes: nodes of the graph, 2 to 1000.
        degree: edges that leave a node, drawn per node, 1 to 32.
        path: triples of the walk, edges of the shortest path, or edges that a relation stands for.
    """

    nodes: Range
    degree: Range
    path: Range

    def __post_init__(self) -> None:
        bounds = {"nodes": (2, LABELS), "degree": (1, MAX_DEGREE), "path": (1, MAX_PATH)}
        for field in fields(self):
            value = check_range(field.name, getattr(self, field.name), *bounds[field.name])
            object.__setattr__(self, field.name, value)


def _lessons(*rows: tuple[Range, Range, Range]) -> tuple[GraphRanges, ...]:
    return tuple(GraphRanges(*row) for row in rows)


# Each row: nodes, out-degree, path.
TRAVERSAL = _lessons(
    ((3, 10), (2, 4), (1, 1)),
    ((3, 10), (2, 4), (1, 2)),
    ((5, 10), (2, 4), (1, 3)),
    ((5, 10), (2, 4), (1, 4)),
    ((10, 15), (2, 4), (1, 4)),
    ((10, 15), (2, 4), (1, 5)),
    ((10, 20), (2, 4), (1, 5)),
    ((10, 20), (2, 4), (1, 6)),
    ((10, 30), (2, 4), (1, 6)),
    ((10, 30), (2, 4), (1, 7)),
    ((10, 30), (2, 4), (1, 8)),
    ((10, 30), (2, 4), (1, 9)),
    ((10, 40), (2, 6), (1, 10)),
    ((10, 40), (2, 6), (1, 20)),
)

SHORTEST_PATH = _lessons(
    ((5, 10), (1, 2), (2, 2)),
    ((5, 20), (1, 2), (2, 2)),
    ((10, 20), (1, 2), (2, 2)),
    ((10, 20), (1, 2), (2, 3)),
    ((10, 20), (1, 3), (2, 3)),
    ((10, 20), (2, 3), (2, 3)),
    ((10, 20), (2, 3), (2, 4)),
    ((10, 20), (2, 4), (2, 4)),
    ((10, 25), (2, 4), (2, 4)),
    ((10, 25), (2, 4), (2, 5)),
    ((10, 25), (2, 4), (2, 5)),
    ((15, 25), (2, 4), (2, 5)),
    ((15, 25), (2, 5), (2, 5)),
    ((20, 25), (2, 5), (2, 5)),
    ((20, 25), (2, 6), (2, 5)),
)

INFERENCE = _lessons(
    ((3, 3), (2, 2), (2, 2)),
    ((3, 5), (2, 2), (2, 2)),
    ((4, 6), (2, 4), (2, 2)),
    ((4, 6), (2, 4), (2, 2)),
    ((6, 12), (2, 4), (2, 2)),
    ((12, 18), (2, 4), (2, 2)),
    ((4, 6), (2, 4), (2, 3)),
    ((6, 12), (2, 4), (2, 3)),
    ((12, 18), (2, 4), (2, 3)),
    ((4, 6), (2, 4), (2, 4)),
    ((4, 6), (2, 4), (2, 4)),
    ((6, 12), (2, 4), (2, 4)),
    ((12, 18), (2, 4), (2, 4)),
    ((4, 6), (2, 4), (2, 5)),
    ((6, 12), (2, 4), (2, 5)),
    ((12, 18), (2, 4), (2, 5)),
    ((20, 25), (2, 4), (2, 5)),
)

# One edge first, on graphs that grow a little; then paths of up to two edges as soon as one edge is sure: a
# second look-up chained on the first is what has to be learnt, and a mixture keeps the first one in practice.
NAVIGATION = _lessons(
    ((5, 5), (1, 2), (1, 1)),
    ((5, 8), (2, 3), (1, 1)),
    ((5, 8), (2, 3), (1, 2)),
    ((8, 12), (2, 3), (1, 2)),
    ((8, 15), (2, 3), (1, 2)),
    ((8, 15), (2, 3), (1, 3)),
    ((10, 15), (2, 4), (1, 3)),
    ((10, 20), (2, 4), (2, 3)),
    ((10, 20), (2, 4), (2, 4)),
    ((15, 25), (2, 5), (2, 4)),
    ((20, 25), (2, 5), (2, 5)),
    ((20, 25), (2, 6), (2, 5)),
)

EARLIER_SHARE = 0.1
"""Share of training episodes drawn uniformly from earlier lessons (not for shortest path)."""
GATE = 0.9
"""A lesson of traversal or inference is complete when this share of answers is right."""
PATH_GATE = 0.8
"""A lesson of shortest path is complete when this share of paths is at most one step too long."""
