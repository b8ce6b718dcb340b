"""Graphs out of chance: the paper's nearest-neighbour graphs, and new labels for a fixed graph. Compiled.

Source: Methods, 'Graph generation'. What the paper leaves open is decided in docs/reference/graphs.md.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shrdlu_env._jit import njit
from shrdlu_env.graphs.arrays import EDGES, NODES, Episodes, Scratch, below, between, shuffle
from shrdlu_env.graphs.labelled import LABELS
from shrdlu_env.graphs.relations import EDGE_LABELS


@njit
def draw_distinct(rng: np.random.Generator, scratch: Scratch, out: NDArray[np.int16]) -> None:
    """Fill `out` with distinct labels, uniform from 0 to 999."""
    scratch.clock[0] += 1
    now = scratch.clock[0]
    for i in range(len(out)):
        label = below(rng, LABELS)
        while scratch.used[label] == now:
            label = below(rng, LABELS)
        scratch.used[label] = now
        out[i] = label


@njit
def sort_edges(episodes: Episodes, row: int) -> None:
    """Put the edges of every node in the order of their labels."""
    labels, targets, offsets = episodes.edges[row], episodes.targets[row], episodes.offsets[row]
    for node in range(episodes.meta[row, NODES]):
        first = offsets[node]
        for i in range(first + 1, offsets[node + 1]):
            label, target = labels[i], targets[i]
            j = i
            while j > first and labels[j - 1] > label:
                labels[j], targets[j] = labels[j - 1], targets[j - 1]
                j -= 1
            labels[j], targets[j] = label, target


@njit
def draw_order(rng: np.random.Generator, episodes: Episodes, row: int) -> None:
    """Draw the order in which the edges are described."""
    count = episodes.meta[row, EDGES]
    order = episodes.order[row]
    for edge in range(count):
        order[edge] = edge
    shuffle(rng, order[:count])


@njit
def draw_neighbours(
    rng: np.random.Generator, episodes: Episodes, row: int, nodes: int, low: int, high: int
) -> int:
    """Points in the unit square, each linked to its K nearest; returns the largest K.

    K is uniform from `low` to `high` per node, and at most all other nodes. Labels are not set.
    """
    positions, offsets = episodes.positions[row], episodes.offsets[row]
    sources, targets = episodes.sources[row], episodes.targets[row]
    for node in range(nodes):
        positions[node, 0] = rng.random()
        positions[node, 1] = rng.random()
    nearest = np.empty(high, np.float32)
    edge, most = 0, 0
    for node in range(nodes):
        wanted = min(between(rng, low, high), nodes - 1)
        most = max(most, wanted)
        offsets[node] = edge
        held = 0
        for other in range(nodes):
            if other == node:
                continue
            dx = positions[other, 0] - positions[node, 0]
            dy = positions[other, 1] - positions[node, 1]
            distance = dx * dx + dy * dy
            if held == wanted and distance >= nearest[wanted - 1]:
                continue
            place = held if held < wanted else wanted - 1
            while place > 0 and nearest[place - 1] > distance:
                nearest[place] = nearest[place - 1]
                targets[edge + place] = targets[edge + place - 1]
                place -= 1
            nearest[place] = distance
            targets[edge + place] = other
            held = min(held + 1, wanted)
        sources[edge : edge + wanted] = node
        edge += wanted
    offsets[nodes] = edge
    episodes.meta[row, NODES] = nodes
    episodes.meta[row, EDGES] = edge
    return most


@njit
def draw_graph(
    rng: np.random.Generator,
    episodes: Episodes,
    row: int,
    nodes: int,
    low: int,
    high: int,
    digits: bool,
    scratch: Scratch,
) -> None:
    """Draw a nearest-neighbour graph with its labels and the order of its description.

    As many edge labels as nodes are drawn (at least the largest K); every node's edges take distinct ones.

    Args:
        rng: source of all chance.
        episodes: where to.
        row: of the episodes.
        nodes: number of nodes.
        low: smallest K.
        high: largest K.
        digits: whether edge labels are 0 to 9 (inference).
        scratch: room.
    """
    most = draw_neighbours(rng, episodes, row, nodes, low, high)
    draw_distinct(rng, scratch, episodes.labels[row, :nodes])
    if digits:
        count = EDGE_LABELS
        for label in range(count):
            scratch.pool[label] = label
    else:
        count = max(nodes, most)
        draw_distinct(rng, scratch, scratch.pool[:count])
    offsets, edges = episodes.offsets[row], episodes.edges[row]
    for node in range(nodes):
        for k in range(offsets[node + 1] - offsets[node]):
            j = k + below(rng, count - k)
            label = scratch.pool[j]
            scratch.pool[j] = scratch.pool[k]
            scratch.pool[k] = label
            edges[offsets[node] + k] = label
    sort_edges(episodes, row)
    draw_order(rng, episodes, row)


@njit
def label_graph(
    rng: np.random.Generator,
    episodes: Episodes,
    row: int,
    arcs: NDArray[np.int16],
    nodes: int,
    names: int,
    positions: NDArray[np.float32],
    digits: bool,
    scratch: Scratch,
) -> None:
    """Set a fixed graph with new labels: distinct ones for its nodes and for its distinct edge labels.

    Args:
        rng: source of all chance.
        episodes: where to.
        row: of the episodes.
        arcs: int16[E, 3], (source, edge label, destination) by index, ordered by source.
        nodes: number of nodes.
        names: number of distinct edge labels.
        positions: float32[nodes, 2].
        digits: whether edge labels are 0 to 9 (inference).
        scratch: room.
    """
    draw_distinct(rng, scratch, episodes.labels[row, :nodes])
    if digits:
        for label in range(EDGE_LABELS):
            scratch.pool[label] = label
        shuffle(rng, scratch.pool[:EDGE_LABELS])
    else:
        draw_distinct(rng, scratch, scratch.pool[:names])
    episodes.positions[row, :nodes] = positions
    episodes.names[row, :names] = scratch.pool[:names]
    offsets = episodes.offsets[row]
    offsets[: nodes + 1] = 0
    for edge in range(len(arcs)):
        episodes.sources[row, edge] = arcs[edge, 0]
        episodes.edges[row, edge] = scratch.pool[arcs[edge, 1]]
        episodes.targets[row, edge] = arcs[edge, 2]
        offsets[arcs[edge, 0] + 1] += 1
    for node in range(nodes):
        offsets[node + 1] += offsets[node]
    episodes.meta[row, NODES] = nodes
    episodes.meta[row, EDGES] = len(arcs)
    sort_edges(episodes, row)
    draw_order(rng, episodes, row)
