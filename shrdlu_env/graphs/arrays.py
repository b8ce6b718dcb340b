"""Episodes as arrays: n graphs with what is asked about each, padded to the same sizes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shrdlu_env._jit import njit
from shrdlu_env.graphs.labelled import LABELS

# Columns of Episodes.meta.
NODES, EDGES, LENGTH, ROUNDS, ASK, PLAN, ANSWER, SOURCE, GOAL, LESSON, NUM_META = range(11)

# Tasks.
TRAVERSAL, SHORTEST_PATH, INFERENCE, NAVIGATION = range(4)
TASKS = ("traversal", "shortest path", "inference", "navigation")

UNREACHABLE = -1


class Episodes(NamedTuple):
    """n whole episodes, nothing of which moves.

    An episode has EDGES description steps, then ROUNDS rounds of ASK query, PLAN planning and ANSWER answer
    steps. The edges of one node lie side by side, by label.

    Attributes:
        meta: int32[n, NUM_META], columns as the constants of this module: nodes, edges, length of the walk or
            path (inference: of the first relation), rounds, query steps, planning steps and answer steps of a
            round (path tasks: answer steps allowed), start node and goal node (index; inference: -1), lesson.
        labels: int16[n, V], label of every node.
        positions: float32[n, V, 2] in the unit square.
        offsets: int16[n, V + 1], first edge of every node.
        sources: int16[n, E], node that an edge leaves.
        edges: int16[n, E], label of every edge.
        targets: int16[n, E], node that an edge leads to.
        order: int16[n, E], edges in the order of the description.
        query: int16[n, Q, 3], triples asked, -1 for a blank, round by round.
        answer: int16[n, Q, 3], right triples, round by round; path tasks: those of one shortest path.
        names: int16[n, D], label that stands for every distinct edge label of a fixed graph; D is 0 without one.
        distance: int16[n, V], edges from every node to the goal, UNREACHABLE where no way leads; path tasks only.
    """

    meta: NDArray[np.int32]
    labels: NDArray[np.int16]
    positions: NDArray[np.float32]
    offsets: NDArray[np.int16]
    sources: NDArray[np.int16]
    edges: NDArray[np.int16]
    targets: NDArray[np.int16]
    order: NDArray[np.int16]
    query: NDArray[np.int16]
    answer: NDArray[np.int16]
    names: NDArray[np.int16]
    distance: NDArray[np.int16]

    @classmethod
    def empty(cls, n: int, nodes: int, edges: int, steps: int, names: int = 0) -> Episodes:
        """Room for n episodes of up to `nodes`, `edges`, `steps` triples asked or answered, and `names`."""
        return cls(
            meta=np.zeros((n, NUM_META), np.int32),
            labels=np.zeros((n, nodes), np.int16),
            positions=np.zeros((n, nodes, 2), np.float32),
            offsets=np.zeros((n, nodes + 1), np.int16),
            sources=np.zeros((n, edges), np.int16),
            edges=np.zeros((n, edges), np.int16),
            targets=np.zeros((n, edges), np.int16),
            order=np.zeros((n, edges), np.int16),
            query=np.full((n, steps, 3), -1, np.int16),
            answer=np.full((n, steps, 3), -1, np.int16),
            names=np.zeros((n, names), np.int16),
            distance=np.full((n, nodes), UNREACHABLE, np.int16),
        )

    def grown(self, nodes: int, edges: int, names: int) -> Episodes:
        """These episodes with room for at least so many nodes, edges and names; themselves where there is."""
        held = (self.labels.shape[1], self.edges.shape[1], self.names.shape[1])
        if nodes <= held[0] and edges <= held[1] and names <= held[2]:
            return self
        most = max(nodes, held[0]), max(edges, held[1])
        room = Episodes.empty(len(self.meta), *most, self.query.shape[1], max(names, held[2]))
        for name in self._fields:
            old = getattr(self, name)
            getattr(room, name)[tuple(slice(size) for size in old.shape)] = old
        return room

    def take(self, rows: NDArray[np.int64]) -> Episodes:
        """Copies of the episodes in some rows, in that order."""
        return Episodes(**{name: getattr(self, name)[rows] for name in self._fields})

    def joined(self, others: Episodes) -> Episodes:
        """These episodes and others of the same sizes, one after the other."""
        names = self._fields
        return Episodes(
            **{name: np.concatenate([getattr(self, name), getattr(others, name)]) for name in names}
        )

    def put(self, rows: NDArray[np.int64], given: Episodes) -> Episodes:
        """These episodes with given ones in some rows; a copy with more room where they take it."""
        room = self.grown(given.labels.shape[1], given.edges.shape[1], given.names.shape[1])
        for name in self._fields:
            values = getattr(given, name)
            getattr(room, name)[(rows, *(slice(size) for size in values.shape[1:]))] = values
        return room

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Observations of every episode, int64[n]; path tasks may end earlier."""
        meta = self.meta.astype(np.int64)
        return meta[:, EDGES] + meta[:, ROUNDS] * (meta[:, ASK] + meta[:, PLAN] + meta[:, ANSWER])


class Scratch(NamedTuple):
    """Room that compiled loops work in; what is left in it never matters to the next episode.

    Attributes:
        used: int64[1000], when a number was last drawn; the last draw's time in `clock`.
        clock: int64[1].
        pool: int16[1000], labels to choose from.
        first: int16[V + 1], edges that lead to a node, as offsets into `back`.
        back: int16[E], the nodes that these edges leave.
        queue: int16[V].
        depth: int16[V], distances or lengths of walks.
        found: int16[F, 4], (node, relation, end node, length) of every relation that can be followed.
    """

    used: NDArray[np.int64]
    clock: NDArray[np.int64]
    pool: NDArray[np.int16]
    first: NDArray[np.int16]
    back: NDArray[np.int16]
    queue: NDArray[np.int16]
    depth: NDArray[np.int16]
    found: NDArray[np.int16]

    @classmethod
    def empty(cls, nodes: int, edges: int, relations: int = 0) -> Scratch:
        """Room for graphs of up to `nodes` and `edges`, and so many relations to follow."""
        return cls(
            used=np.zeros(LABELS, np.int64),
            clock=np.zeros(1, np.int64),
            pool=np.zeros(LABELS, np.int16),
            first=np.zeros(nodes + 1, np.int16),
            back=np.zeros(edges, np.int16),
            queue=np.zeros(nodes, np.int16),
            depth=np.zeros(nodes, np.int16),
            found=np.zeros((relations, 4), np.int16),
        )


@njit
def below(rng: np.random.Generator, n: int) -> int:
    """A uniform number from 0 to n - 1; n is small, so the bias (below 2**-48) does not show."""
    return int(rng.random() * n)


@njit
def between(rng: np.random.Generator, low: int, high: int) -> int:
    """A uniform number from low to high, both included."""
    return int(low) + below(rng, int(high) - int(low) + 1)


@njit
def shuffle(rng: np.random.Generator, values: NDArray[np.int16]) -> None:
    """Put values in random order."""
    for i in range(len(values) - 1, 0, -1):
        j = below(rng, i + 1)
        kept = values[i]
        values[i] = values[j]
        values[j] = kept
