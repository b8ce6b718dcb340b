"""Ways through graphs: distances, walks, relations. Compiled loops, and the same for people.

Source: Methods, 'Shortest path' (the optimal planner) and 'Inference'.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from shrdlu_env._jit import njit
from shrdlu_env.checks import shown
from shrdlu_env.graphs.arrays import EDGES, NODES, UNREACHABLE, Episodes, Scratch, below
from shrdlu_env.graphs.labelled import LabelledGraph
from shrdlu_env.graphs.relations import Trie


@njit
def index_back(
    sources: NDArray[np.int16], targets: NDArray[np.int16], nodes: int, edges: int, scratch: Scratch
) -> None:
    """List for every node the nodes that lead to it, in `scratch.first` and `scratch.back`."""
    first = scratch.first
    first[: nodes + 1] = 0
    for edge in range(edges):
        first[targets[edge]] += 1
    for node in range(1, nodes + 1):
        first[node] += first[node - 1]
    for edge in range(edges):
        target = targets[edge]
        first[target] -= 1
        scratch.back[first[target]] = sources[edge]


@njit
def distances_to(goal: int, nodes: int, scratch: Scratch, out: NDArray[np.int16]) -> None:
    """Breadth-first search backwards from `goal`, after `index_back`: edges from every node to it."""
    out[:nodes] = UNREACHABLE
    out[goal] = 0
    queue = scratch.queue
    queue[0] = goal
    begin, end = 0, 1
    while begin < end:
        node = queue[begin]
        begin += 1
        for k in range(scratch.first[node], scratch.first[node + 1]):
            other = scratch.back[k]
            if out[other] == UNREACHABLE:
                out[other] = out[node] + 1
                queue[end] = other
                end += 1


@njit
def is_optimal(episodes: Episodes, row: int, edge: int) -> bool:
    """Whether an edge lies on a shortest path to the episode's goal from the node that it leaves."""
    distance = episodes.distance[row]
    after = distance[episodes.targets[row, edge]]
    return after >= 0 and after + 1 == distance[episodes.sources[row, edge]]


@njit
def find_edge(episodes: Episodes, row: int, node: int, label: int) -> int:
    """The edge with this label that leaves the node, or -1."""
    for edge in range(episodes.offsets[row, node], episodes.offsets[row, node + 1]):
        if episodes.edges[row, edge] == label:
            return edge
    return -1


@njit
def walk_lengths(episodes: Episodes, row: int, longest: int, out: NDArray[np.int16]) -> int:
    """Edges of the longest walk from every node, at most `longest`; returns the largest."""
    nodes, edges = episodes.meta[row, NODES], episodes.meta[row, EDGES]
    offsets = episodes.offsets[row]
    free = True
    for node in range(nodes):
        free = free and offsets[node] < offsets[node + 1]
    out[:nodes] = longest if free else 0
    if free:
        return longest
    most = 0
    for length in range(1, longest + 1):
        # Those that reach length - 1 stay marked by it until all edges have been looked at.
        for edge in range(edges):
            if out[episodes.targets[row, edge]] >= length - 1:
                source = episodes.sources[row, edge]
                if out[source] == length - 1:
                    out[source] = length
                    most = length
    return most


@njit
def draw_walk(
    rng: np.random.Generator, episodes: Episodes, row: int, length: int, depth: NDArray[np.int16]
) -> None:
    """Draw a walk into `episodes.answer`: start and every edge uniform among those that let it go on."""
    nodes = episodes.meta[row, NODES]
    node = below(rng, nodes)
    while depth[node] < length:
        node = below(rng, nodes)
    offsets, targets = episodes.offsets[row], episodes.targets[row]
    for step in range(length):
        first, count = offsets[node], offsets[node + 1] - offsets[node]
        edge = first + below(rng, count)
        while depth[targets[edge]] < length - step - 1:
            edge = first + below(rng, count)
        answer = episodes.answer[row, step]
        answer[0] = episodes.labels[row, node]
        answer[1] = episodes.edges[row, edge]
        node = targets[edge]
        answer[2] = episodes.labels[row, node]


@njit
def find_relations(
    episodes: Episodes, row: int, low: int, high: int, trie: Trie, found: NDArray[np.int16]
) -> int:
    """List every (node, relation, end node, length) that can be followed; returns how many.

    Args:
        episodes: the graphs, edge labels 0 to 9.
        row: of the episodes.
        low: shortest relation wanted, in edges.
        high: longest.
        trie: the relations.
        found: int16[F, 4], out.
    """
    # Depth first: where we stand in the graph, in the trie, and the next edge to try, level by level.
    at, prefix, following = np.zeros(8, np.int64), np.zeros(8, np.int64), np.zeros(8, np.int64)
    count = 0
    offsets = episodes.offsets[row]
    for node in range(episodes.meta[row, NODES]):
        level = 0
        at[0], prefix[0], following[0] = node, 0, offsets[node]
        while level >= 0:
            edge = following[level]
            if level == high or edge == offsets[at[level] + 1]:
                level -= 1
                continue
            following[level] += 1
            child = trie.child[prefix[level], episodes.edges[row, edge]]
            if child < 0:
                continue
            target = episodes.targets[row, edge]
            level += 1
            at[level], prefix[level], following[level] = target, child, offsets[target]
            if level >= low and trie.relation[child] >= 0:
                found[count, 0] = node
                found[count, 1] = trie.relation[child]
                found[count, 2] = target
                found[count, 3] = level
                count += 1
    return count


def distances(graph: LabelledGraph) -> NDArray[np.int16]:
    """Edges of the shortest path between all pairs of nodes.

    Returns:
        int16[V, V], from row to column; UNREACHABLE (-1) where no way leads.
    """
    nodes, edges = len(graph.nodes), len(graph.arcs)
    scratch = Scratch.empty(nodes, edges)
    out = np.empty((nodes, nodes), np.int16)
    index_back(graph.arcs[:, 0].copy(), graph.arcs[:, 2].copy(), nodes, edges, scratch)
    for goal in range(nodes):
        distances_to(goal, nodes, scratch, out[goal])
    return np.ascontiguousarray(out.T)


def follow(graph: LabelledGraph, source: Hashable, labels: Sequence[Hashable]) -> Hashable | None:
    """The node that edges with these labels lead to from `source`; None where one of them is missing.

    Raises:
        ValueError: no such node.
    """
    if source not in graph.nodes:
        raise ValueError(f"source={shown(source)}: must be a node of the graph")
    ends = {(a, label): b for a, label, b in graph.edges}
    node: Hashable = source
    for label in labels:
        if (node, label) not in ends:
            return None
        node = ends[node, label]
    return node
