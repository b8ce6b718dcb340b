"""The sampler: which episodes to draw, from a lesson, from ranges, or on given graphs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.checks import check_number, check_whole
from shrdlu_env.graphs import lessons as curricula
from shrdlu_env.graphs.arrays import (
    INFERENCE,
    NAVIGATION,
    SHORTEST_PATH,
    TASKS,
    TRAVERSAL,
    Episodes,
    Scratch,
)
from shrdlu_env.graphs.checks import Range, check_range
from shrdlu_env.graphs.drawing import ask_pairs, fill_fixed, fill_random
from shrdlu_env.graphs.labelled import MAX_EDGES, LabelledGraph, as_graph
from shrdlu_env.graphs.lessons import MAX_PATH, GraphRanges
from shrdlu_env.graphs.planner import distances
from shrdlu_env.graphs.relations import EDGE_LABELS, LONGEST, PER_LENGTH, SHORTEST, TRIE

LESSONS: dict[int, tuple[GraphRanges, ...]] = {
    TRAVERSAL: curricula.TRAVERSAL,
    SHORTEST_PATH: curricula.SHORTEST_PATH,
    INFERENCE: curricula.INFERENCE,
    NAVIGATION: curricula.NAVIGATION,
}
GIVEN_PATH: dict[int, Range] = {
    TRAVERSAL: (1, 7),
    SHORTEST_PATH: (1, 4),
    INFERENCE: (2, 4),
    NAVIGATION: (1, 4),
}
"""Lengths asked on a given graph unless said."""
MAX_TRIES = 100
MAX_PLAN = 10000


class GraphSampler:
    """Draws whole episodes of one task.

    Args:
        task: TRAVERSAL, SHORTEST_PATH, INFERENCE or NAVIGATION of `shrdlu_env.graphs.arrays`.
        lesson: lesson of the task's curriculum; None means 1 unless ranges or a graph are given.
        nodes: explicit range (lowest, highest) of nodes. Giving any of the three ranges excludes `lesson`;
            those not given are lesson 1's.
        degree: explicit range of leaving edges, drawn per node; at most all other nodes.
        path: explicit range of the walk, path or relation, in edges.
        graph: a CSV path, a networkx graph, a `LabelledGraph`, or a function of a Generator that returns one
            of these: no random graphs, but this one with labels drawn anew. Excludes `lesson`, `nodes`, `degree`.
        earlier: share of episodes drawn uniformly from earlier lessons, 0 to 1.
        planning_steps: a whole number, a range drawn per episode, or a float: so many per described triple. At most
            10,000 before an answer.
        queries: questions about one graph; inference only.
        extra_moves: answer steps past the length of the shortest path; path tasks only.
        max_triples: the longest description allowed; None for any.
        slots: the most edges that may leave a node; None for any.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: an argument is out of range, or no such episode exists.
    """

    def __init__(
        self,
        task: int,
        lesson: int | None = None,
        *,
        nodes: Range | None = None,
        degree: Range | None = None,
        path: Range | None = None,
        graph: Any = None,
        earlier: float = 0.0,
        planning_steps: int | float | Range = 0,
        queries: int = 1,
        extra_moves: int = 0,
        max_triples: int | None = None,
        slots: int | None = None,
    ) -> None:
        self.task = check_whole("task", task, 0, len(TASKS) - 1)
        self.lessons = LESSONS[self.task]
        self.max_triples = (
            MAX_EDGES if max_triples is None else check_whole("max_triples", max_triples, 1, MAX_EDGES)
        )
        self.slots = slots
        self.queries = check_whole("queries", queries, 1, 100)
        self.extra_moves = check_whole("extra_moves", extra_moves, 0, 10000)
        low, high, self._per_triple = _planning(planning_steps)
        self._rules = np.array([self.task, self.queries, low, high, self.extra_moves], np.int64)
        self.lesson, self._index, self.earlier = 0, 0, check_number("earlier", earlier, 0.0, 1.0)
        self.graph: LabelledGraph | None = None
        self._drawn: dict[int, LabelledGraph] = {}
        self._function: Callable[[np.random.Generator], Any] | None = None
        given = {"nodes": nodes, "degree": degree, "path": path}
        explicit = {name: value for name, value in given.items() if value is not None}
        if lesson is not None and (explicit or graph is not None):
            others = ", ".join([*explicit, *(["graph"] if graph is not None else [])])
            raise ValueError(
                f"lesson={lesson!r} with {others}: give a lesson, or ranges or a graph, not both"
            )
        if self.earlier > 0 and (explicit or graph is not None):
            raise ValueError(f"earlier={earlier!r}: must be 0 without a lesson, which alone has earlier ones")
        if graph is not None:
            if nodes is not None or degree is not None:
                raise ValueError("nodes and degree: a graph was given, which has its own")
            self.path = self._check_path(GIVEN_PATH[self.task] if path is None else path)
            self._ranges: tuple[GraphRanges, ...] = ()
            if callable(graph):
                self._function = graph
                self._room = (2, 1, 0)
            else:
                self.graph = as_graph(graph)
                self._room = self._check_graph(self.graph)
        else:
            first = self.lessons[0]
            rest = {name: getattr(first, name) for name in given}
            self._ranges = (GraphRanges(**{**rest, **explicit}),) if explicit else self.lessons
            for ranges in self._ranges:
                self._check_ranges(ranges)
            self.path = (1, max(r.path[1] for r in self._ranges))
            most = max(r.nodes[1] for r in self._ranges)
            self._room = (most, max(min(r.degree[1], r.nodes[1] - 1) * r.nodes[1] for r in self._ranges), 0)
        self._rows = np.array(
            [(*r.nodes, *r.degree, *r.path, 0 if explicit else k) for k, r in enumerate(self._ranges, 1)],
            np.int64,
        ).reshape(-1, 7)
        self._scratch = self._new_scratch(*self._room[:2])
        if graph is None and not explicit:
            self.set_lesson(1 if lesson is None else lesson)
        elif self._function is None:
            self.generate(np.random.default_rng(0), 1)

    def _new_scratch(self, nodes: int, edges: int) -> Scratch:
        relations = nodes * PER_LENGTH * (LONGEST - SHORTEST + 1) if self.task == INFERENCE else 0
        return Scratch.empty(nodes, edges, relations)

    def _check_path(self, path: object) -> Range:
        bounds = (SHORTEST, LONGEST) if self.task == INFERENCE else (1, MAX_PATH)
        return check_range("path", path, *bounds)

    def _check_ranges(self, ranges: GraphRanges) -> None:
        self._check_path(ranges.path)
        degree = min(ranges.degree[1], ranges.nodes[1] - 1)
        if self.task == INFERENCE and degree > EDGE_LABELS:
            raise ValueError(
                f"degree={ranges.degree!r}: inference has {EDGE_LABELS} edge labels, one per leaving edge"
            )
        if self.slots is not None and degree > self.slots:
            raise ValueError(
                f"degree={ranges.degree!r}: slots={self.slots} cannot show that many leaving edges"
            )
        if degree * ranges.nodes[1] > self.max_triples:
            raise ValueError(
                f"nodes={ranges.nodes!r} with degree={ranges.degree!r}: up to {degree * ranges.nodes[1]} triples, "
                f"more than max_triples={self.max_triples}"
            )
        self._check_plan(degree * ranges.nodes[1])

    def _check_plan(self, triples: int) -> None:
        if self._per_triple * triples > MAX_PLAN:
            raise ValueError(
                f"planning_steps={self._per_triple!r}: so many for each of up to {triples} triples "
                f"are more than {MAX_PLAN}"
            )

    def _check_graph(self, graph: LabelledGraph) -> tuple[int, int, int]:
        """Room that a graph takes: nodes, edges, names."""
        if len(graph.arcs) > self.max_triples:
            raise ValueError(
                f"graph has {len(graph.arcs)} triples: must be at most max_triples={self.max_triples}"
            )
        if self.slots is not None and graph.out_degree > self.slots:
            raise ValueError(
                f"graph has a node with {graph.out_degree} leaving edges: slots={self.slots} cannot show them"
            )
        if self.task == INFERENCE and len(graph.labels) > EDGE_LABELS:
            raise ValueError(f"graph has {len(graph.labels)} edge labels: inference has {EDGE_LABELS}")
        self._check_plan(len(graph.arcs))
        return len(graph.nodes), len(graph.arcs), len(graph.labels)

    def set_lesson(self, lesson: int, earlier: float | None = None) -> None:
        """Draw from another lesson from now on; `earlier=None` keeps the share of earlier lessons.

        Raises:
            ValueError: an argument is out of range, or ranges or a graph were given. Nothing is changed then.
        """
        if self._ranges is not self.lessons:
            raise ValueError(f"lesson={lesson!r}: ranges or a graph were given, which know no lessons")
        number = check_whole("lesson", lesson, 1, len(self.lessons))
        share = self.earlier if earlier is None else check_number("earlier", earlier, 0.0, 1.0)
        self._index, self.earlier, self.lesson = number - 1, share, number

    @property
    def most_told(self) -> int:
        """The most triples that an episode describes and asks for.

        Raises:
            ValueError: graphs come from a function, and `max_triples` was not given.
        """
        if self._function is not None and self.max_triples == MAX_EDGES:
            raise ValueError("observability='full': graphs of a function have any size; give max_triples")
        described = self._room[1] if self._function is None else self.max_triples
        return described + self.empty(1).query.shape[1]

    def empty(self, n: int) -> Episodes:
        """Room for n episodes of this sampler, whatever the lesson."""
        steps = self.queries if self.task == INFERENCE else self.path[1]
        return Episodes.empty(n, *self._room[:2], steps, self._room[2])

    def fill(self, rng: np.random.Generator, out: Episodes, rows: NDArray[np.int64]) -> Episodes:
        """Draw new episodes into the given rows.

        Returns:
            `out`, or a copy with more room where a function returned a larger graph.

        Raises:
            ValueError: a graph cannot be shown, or offers nothing that can be asked.
        """
        common: tuple[Any, ...] = (self._rules, self._per_triple, TRIE, self._scratch)
        if self._function is not None:
            for row in rows:
                out = self._fill_from(self._function, rng, out, row)
        elif self.graph is not None:
            if not fill_fixed(rng, out, rows, *_fixed(self.graph), np.array(self.path), *common):
                raise ValueError(self._nothing(self.path))
        elif not fill_random(rng, out, rows, self._rows, self._index, self.earlier, *common):
            raise ValueError(self._nothing(self._ranges[self._index].path))
        return out

    def graph_of(self, row: int) -> LabelledGraph | None:
        """The given graph that the episode in a row is on, for its names; None for a random one."""
        return self.graph if self.graph is not None else self._drawn.get(row)

    def forget(self, rows: NDArray[np.int64]) -> None:
        """Episodes in these rows come from elsewhere; a function's graphs there are no longer theirs."""
        for row in rows.tolist():
            self._drawn.pop(row, None)

    def _fill_from(
        self,
        function: Callable[[np.random.Generator], Any],
        rng: np.random.Generator,
        out: Episodes,
        row: int,
    ) -> Episodes:
        for _ in range(MAX_TRIES):
            graph = as_graph(function(rng))
            nodes, edges, names = self._check_graph(graph)
            out = out.grown(nodes, edges, names)
            if nodes > len(self._scratch.queue) or edges > len(self._scratch.back):
                self._scratch = self._new_scratch(out.labels.shape[1], out.edges.shape[1])
            rules: tuple[Any, ...] = (np.array(self.path), self._rules, self._per_triple, TRIE, self._scratch)
            if fill_fixed(rng, out, np.array([row]), *_fixed(graph), *rules):
                self._drawn[int(row)] = graph
                return out
        raise ValueError(self._nothing(self.path))

    def _nothing(self, path: Range) -> str:
        what = ("walk", "shortest path", "relation to follow", "shortest path")[self.task]
        return f"path={path!r}: no such graph has a {what} of so many edges"

    def generate(self, rng: np.random.Generator, n: int) -> Episodes:
        """Draw n episodes.

        Raises:
            ValueError: a graph cannot be shown, or offers nothing that can be asked.
        """
        return self.fill(rng, self.empty(n), np.arange(n))

    def every_path(self, rng: np.random.Generator) -> Episodes:
        """One episode for every pair of nodes of the given graph that lies as far apart as `path` says.

        Source: Methods, 'Shortest path': all 4-step paths of the held-out graph.

        Raises:
            ValueError: there is no given graph, or this is no task of paths.
        """
        if self.graph is None or self.task not in (SHORTEST_PATH, NAVIGATION):
            raise ValueError("every_path: must be asked of paths on a given graph")
        apart = distances(self.graph)
        pairs = np.argwhere((apart >= self.path[0]) & (apart <= self.path[1]))
        out = self.generate(rng, len(pairs))
        ask_pairs(out, pairs, self.extra_moves, self._scratch)
        return out


def _fixed(graph: LabelledGraph) -> tuple[NDArray[np.int16], int, int, NDArray[np.float32]]:
    """What `fill_fixed` wants to know of a graph: edges by source, nodes, names, positions."""
    arcs = np.ascontiguousarray(graph.arcs[np.argsort(graph.arcs[:, 0], kind="stable")])
    places = np.zeros((len(graph.nodes), 2)) if graph.positions is None else graph.positions
    return arcs, len(graph.nodes), len(graph.labels), places.astype(np.float32)


def _planning(value: int | float | Range) -> tuple[int, int, float]:
    """Lowest and highest number of planning steps, and steps per triple, negative where it does not count."""
    if isinstance(value, float):
        return 0, 0, check_number("planning_steps", value, 0.0, MAX_PLAN)
    if isinstance(value, tuple | list):
        low, high = check_range("planning_steps", value, 0, MAX_PLAN)
        return low, high, -1.0
    steps = check_whole("planning_steps", value, 0, MAX_PLAN)
    return steps, steps, -1.0
