"""Episodes that come from outside: compiled code takes them without asking, so all of it is asked here."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.graphs.arrays import (
    ANSWER,
    ASK,
    EDGES,
    GOAL,
    INFERENCE,
    LENGTH,
    LESSON,
    NODES,
    PLAN,
    ROUNDS,
    SOURCE,
    TRAVERSAL,
    UNREACHABLE,
    Episodes,
)
from shrdlu_env.graphs.coding import BLANK
from shrdlu_env.graphs.labelled import LABELS, LabelledGraph
from shrdlu_env.graphs.relations import EDGE_LABELS, FIRST_RELATION, LONGEST, RELATIONS, SEQUENCES, SHORTEST
from shrdlu_env.graphs.sampling import MAX_PLAN, GraphSampler

_COLUMNS = {
    NODES: "nodes",
    EDGES: "edges",
    LENGTH: "length",
    ROUNDS: "rounds",
    ASK: "query steps",
    PLAN: "planning steps",
    ANSWER: "answer steps",
    SOURCE: "start node",
    GOAL: "goal node",
    LESSON: "lesson",
}
_RELATIONS = np.array([(*labels, *[BLANK] * (LONGEST - len(labels))) for labels in SEQUENCES])
"""Edge labels of every relation, int64[RELATIONS, LONGEST], BLANK past the last one."""
_FAR = np.int64(1 << 20)
"""Further than any node lies from another."""


class _Room(NamedTuple):
    """Which places of the episodes' arrays are in use; what lies past them is never read.

    Attributes:
        rows: int64[n, 1], the episodes.
        nodes: bool[n, V].
        edges: bool[n, E].
    """

    rows: NDArray[np.int64]
    nodes: NDArray[np.bool_]
    edges: NDArray[np.bool_]


class _Ways(NamedTuple):
    """Where edges lead, those of all episodes in one list.

    Attributes:
        keys: int64[K], rising: episode, node that the edge leaves, label in one number.
        ends: int64[K], node that the edge leads to.
    """

    keys: NDArray[np.int64]
    ends: NDArray[np.int64]

    @classmethod
    def of(cls, episodes: Episodes, room: _Room) -> _Ways:
        """The edges of episodes whose graphs are whole."""
        keys = (room.rows * LABELS + episodes.sources) * LABELS + episodes.edges
        return cls(keys[room.edges], episodes.targets[room.edges].astype(np.int64))

    def step(self, nodes: NDArray[np.int64], labels: NDArray[np.integer]) -> NDArray[np.int64]:
        """The nodes, int64[n], that edges with these labels lead to, in each episode from its node; -1: none."""
        known = (nodes >= 0) & (labels >= 0) & (labels < LABELS)
        wanted = (np.arange(len(nodes)) * LABELS + nodes) * LABELS + labels
        place = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        return np.where(known & (self.keys[place] == wanted), self.ends[place], -1)


def check_episodes(given: Any, sampler: GraphSampler, count: int) -> Episodes:
    """Check that `count` episodes are whole, and such as a sampler's task asks for and has room for.

    Returns:
        The episodes.

    Raises:
        TypeError: they are no `Episodes` of the right types.
        ValueError: they do not fit, or contradict themselves.
    """
    episodes = _check_arrays(given, sampler, count)
    _check_meta(episodes, sampler)
    rows = np.arange(count)[:, None]
    places = np.arange(episodes.labels.shape[1]), np.arange(episodes.edges.shape[1])
    room = _Room(rows, places[0] < episodes.meta[:, NODES, None], places[1] < episodes.meta[:, EDGES, None])
    _check_nodes(episodes, room)
    _check_edges(episodes, room, sampler)
    if sampler.graph is not None:
        _check_given_graph(episodes, sampler.graph)
    if sampler.task == INFERENCE:
        _check_relations(episodes, room)
    else:
        if sampler.task != TRAVERSAL:
            _check_distances(episodes, room)
        _check_walk(episodes, room, sampler.task)
    return episodes


def _require(good: Any, part: str, must: str) -> None:
    """Refuse the first episode that is not good, or not in all its places: bool[n] or bool[n, any]."""
    if not good.all():
        row = int(np.flatnonzero(~good.reshape(len(good), -1).all(axis=1))[0])
        raise ValueError(f"episodes.{part}[{row}]: {must}")


def _check_arrays(given: Any, sampler: GraphSampler, count: int) -> Episodes:
    if not isinstance(given, Episodes):
        raise TypeError(f"episodes has type {type(given).__name__}: must be Episodes")
    parts, room = given._asdict(), sampler.empty(1)
    for name, like in room._asdict().items():
        part = parts[name]
        if not isinstance(part, np.ndarray) or part.dtype != like.dtype:
            kind = part.dtype if isinstance(part, np.ndarray) else type(part).__name__
            raise TypeError(f"episodes.{name} has type {kind}: must be an array of {like.dtype}")
        if part.ndim != like.ndim:
            raise ValueError(f"episodes.{name} has shape {part.shape}: must be like {like.shape}")
    if len(given.meta) != count:
        raise ValueError(f"episodes holds {len(given.meta)}: must be {count}, one for each to begin")
    # Graphs may be larger than those drawn here. What is asked has to fit, for answers are kept in as much room.
    sizes = given.labels.shape[1], given.edges.shape[1], room.query.shape[1], given.names.shape[1]
    for name, like in Episodes.empty(1, *sizes)._asdict().items():
        if parts[name].shape != (count, *like.shape[1:]):
            raise ValueError(
                f"episodes.{name} has shape {parts[name].shape}: must be {(count, *like.shape[1:])} for "
                f"{sizes[0]} nodes, {sizes[1]} edges, {sizes[2]} triples"
            )
    # As plain arrays: one with a mask would show other numbers here than compiled code reads.
    return Episodes(**{name: np.asarray(part) for name, part in parts.items()})


def _check_meta(episodes: Episodes, sampler: GraphSampler) -> None:
    meta = episodes.meta.astype(np.int64)
    steps, length = episodes.query.shape[1], meta[:, LENGTH]
    allowed: dict[int, tuple[Any, Any]] = {
        NODES: (1, min(episodes.labels.shape[1], LABELS)),
        EDGES: (1, min(episodes.edges.shape[1], sampler.max_triples)),
        LENGTH: (1, steps),
        ROUNDS: (1, 1),
        ASK: (1, 1),
        PLAN: (0, MAX_PLAN),
        ANSWER: (length, steps + sampler.extra_moves),
        SOURCE: (0, meta[:, NODES] - 1),
        GOAL: (0, meta[:, NODES] - 1),
        LESSON: (0, len(sampler.lessons)),
    }
    if sampler.task == TRAVERSAL:
        allowed |= {ASK: (length, length), ANSWER: (length, length)}
    elif sampler.task == INFERENCE:
        allowed |= {LENGTH: (SHORTEST, LONGEST), ROUNDS: (1, steps), ANSWER: (1, 1), GOAL: (-1, -1)}
    for column, bounds in allowed.items():
        values = meta[:, column]
        bad = np.flatnonzero((values < bounds[0]) | (values > bounds[1]))
        if len(bad):
            low, high = (int(np.broadcast_to(bound, values.shape)[bad[0]]) for bound in bounds)
            must = str(low) if low == high else f"from {low} to {high}"
            raise ValueError(
                f"episodes.meta[{bad[0]}]: {_COLUMNS[column]} is {values[bad[0]]}, must be {must}"
            )


def _check_nodes(episodes: Episodes, room: _Room) -> None:
    labels = episodes.labels
    known = (labels >= 0) & (labels < LABELS)
    # Nodes that are not in use get labels of their own, past all others.
    apart = np.diff(np.sort(np.where(room.nodes, labels, LABELS + np.arange(labels.shape[1])), axis=1)) > 0
    must = f"must be distinct, 0 to {LABELS - 1}"
    _require((known | ~room.nodes).all(axis=1) & apart.all(axis=1), "labels", must)
    inside = ((episodes.positions >= 0) & (episodes.positions <= 1)).all(axis=2)
    _require(inside | ~room.nodes, "positions", "must be from 0 to 1")


def _check_edges(episodes: Episodes, room: _Room, sampler: GraphSampler) -> None:
    meta, offsets, edges = episodes.meta, episodes.offsets.astype(np.int64), episodes.edges
    leaving = np.diff(offsets, axis=1)
    ends = np.take_along_axis(offsets, meta[:, NODES, None].astype(np.int64), axis=1)[:, 0]
    rising = ((leaving >= 0) | ~room.nodes).all(axis=1) & (offsets[:, 0] == 0) & (ends == meta[:, EDGES])
    _require(rising, "offsets", "must rise from 0 to the number of edges")
    if sampler.slots is not None:
        must = f"at most slots={sampler.slots} edges may leave a node"
        _require((leaving <= sampler.slots) | ~room.nodes, "offsets", must)
    for name in ("sources", "targets"):
        nodes = getattr(episodes, name)
        known = (nodes >= 0) & (nodes < meta[:, NODES, None])
        _require(known | ~room.edges, name, "must be nodes, from 0 to their number - 1")
    sources, places = np.where(room.edges, episodes.sources, 0).astype(np.int64), np.arange(edges.shape[1])
    first = np.take_along_axis(offsets, sources, axis=1)
    past = np.take_along_axis(offsets, sources + 1, axis=1)
    _require(((first <= places) & (places < past)) | ~room.edges, "sources", "must be as offsets say")
    most = EDGE_LABELS if sampler.task == INFERENCE else LABELS
    known = ((edges >= 0) & (edges < most)) | ~room.edges
    rises = (edges[:, :-1] < edges[:, 1:]) | (sources[:, :-1] != sources[:, 1:]) | ~room.edges[:, 1:]
    must = f"labels must be 0 to {most - 1}, rising among the edges of a node"
    _require(known.all(axis=1) & rises.all(axis=1), "edges", must)
    # Sorted, with edges that are not in use past all others, every edge stands at its own number.
    order = np.sort(np.where(room.edges, episodes.order, _FAR), axis=1)
    _require((order == places) | ~room.edges, "order", "must name every edge once")


def _check_given_graph(episodes: Episodes, graph: LabelledGraph) -> None:
    """Views show a given graph by its names, so that episodes have to be on that one."""
    nodes, edges, names = len(graph.nodes), len(graph.arcs), len(graph.labels)
    same = (episodes.meta[:, NODES] == nodes) & (episodes.meta[:, EDGES] == edges)
    _require(same, "meta", f"must have the {nodes} nodes and {edges} edges of the given graph")
    labels = episodes.names[:, :names].astype(np.int64)
    known = np.array([labels.shape[1] == names]) & (labels >= 0).all(axis=1) & (labels < LABELS).all(axis=1)
    known &= (np.diff(np.sort(labels, axis=1)) > 0).all(axis=1)
    _require(known, "names", f"must be {names} distinct labels, 0 to {LABELS - 1}")
    sources, label, targets = graph.arcs.astype(np.int64).T
    wanted = (sources * LABELS + labels[:, label]) * LABELS + targets
    held = (episodes.sources.astype(np.int64) * LABELS + episodes.edges) * LABELS + episodes.targets
    _require(np.sort(wanted, axis=1) == held[:, :edges], "targets", "must be those of the given graph")


def _check_distances(episodes: Episodes, room: _Room) -> None:
    meta, distance = episodes.meta, episodes.distance.astype(np.int64)
    ahead = np.take_along_axis(distance, np.where(room.edges, episodes.targets, 0).astype(np.int64), axis=1)
    least = np.full(distance.shape, _FAR)
    rows, edges = np.nonzero(room.edges & (ahead >= 0))
    np.minimum.at(least, (rows, episodes.sources[rows, edges]), ahead[rows, edges] + 1)
    least[room.rows[:, 0], meta[:, GOAL]] = 0
    # Distances from which each node is one step further than the nearest that it leads to are the true ones.
    right = distance == np.where(least == _FAR, UNREACHABLE, least)
    _require(right | ~room.nodes, "distance", "must be the edges from every node to the goal")
    apart = distance[room.rows[:, 0], meta[:, SOURCE]]
    _require(apart == meta[:, LENGTH], "meta", "length must be the distance from start to goal")


def _check_walk(episodes: Episodes, room: _Room, task: int) -> None:
    """What is asked and answered of walks; of paths, whose length is right, the same makes a shortest one."""
    meta, labels, answer, query = episodes.meta, episodes.labels, episodes.answer, episodes.query
    ways, rows = _Ways.of(episodes, room), room.rows[:, 0]
    here = meta[:, SOURCE].astype(np.int64)
    for step in range(int(meta[:, LENGTH].max())):
        due = step < meta[:, LENGTH]
        there = ways.step(here, answer[:, step, 1])
        right = (there >= 0) & (answer[:, step, 0] == labels[rows, here])
        right &= answer[:, step, 2] == labels[rows, there]
        _require(right | ~due, "answer", "must be triples that follow each other from the start node")
        if task == TRAVERSAL:
            first = labels[rows, here] if step == 0 else BLANK
            asked = (query[:, step, 0] == first) & (query[:, step, 1] == answer[:, step, 1])
            asked &= query[:, step, 2] == BLANK
            _require(asked | ~due, "query", "must be the start node and the edge labels of the answer")
        here = np.where(due, there, here)
    _require(here == meta[:, GOAL], "answer", "must end at the goal node")
    if task != TRAVERSAL:
        ends = labels[rows, meta[:, SOURCE]], np.full(len(rows), BLANK), labels[rows, meta[:, GOAL]]
        asked = query[:, 0] == np.stack(ends, axis=1)
        _require(asked, "query", "must be the start node, a blank, the goal node")


def _check_relations(episodes: Episodes, room: _Room) -> None:
    meta, labels = episodes.meta, episodes.labels
    ways, rows = _Ways.of(episodes, room), room.rows[:, 0]
    for turn in range(int(meta[:, ROUNDS].max())):
        due = turn < meta[:, ROUNDS]
        source, relation, blank = episodes.query[:, turn].astype(np.int64).T
        number = relation - FIRST_RELATION
        named = room.nodes & (labels == source[:, None])
        asked = named.any(axis=1) & (number >= 0) & (number < RELATIONS) & (blank == BLANK)
        last = FIRST_RELATION + RELATIONS - 1
        _require(
            asked | ~due, "query", f"must be a node, a relation from {FIRST_RELATION} to {last}, a blank"
        )
        here = start = named.argmax(axis=1)
        sequence = _RELATIONS[np.where(asked, number, 0)]
        for label in sequence.T:
            here = np.where(label == BLANK, here, ways.step(here, label))
        right = (here >= 0) & (episodes.answer[:, turn, :2] == episodes.query[:, turn, :2]).all(axis=1)
        right &= episodes.answer[:, turn, 2] == labels[rows, here]
        _require(right | ~due, "answer", "must be what is asked with the node that the relation leads to")
        if turn == 0:
            lengths = (sequence != BLANK).sum(axis=1)
            same = (start == meta[:, SOURCE]) & (lengths == meta[:, LENGTH])
            _require(same, "meta", "start node and length must be those of the first relation")
