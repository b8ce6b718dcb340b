"""What is asked about a graph: walks, pairs of nodes, relations; and whole episodes in one compiled loop.

Source: Methods, 'Traversal', 'Shortest path', 'Inference'. Decisions are told in docs/reference/graphs.md.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shrdlu_env._jit import njit
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
    Episodes,
    Scratch,
    below,
    between,
    shuffle,
)
from shrdlu_env.graphs.coding import BLANK
from shrdlu_env.graphs.generator import draw_graph, label_graph
from shrdlu_env.graphs.planner import (
    distances_to,
    draw_walk,
    find_relations,
    index_back,
    is_optimal,
    walk_lengths,
)
from shrdlu_env.graphs.relations import LONGEST, Trie

MAX_TRIES = 2000

# Entries of the rules vector.
TASK, QUERIES, PLAN_LOW, PLAN_HIGH, EXTRA, NUM_RULES = range(6)


@njit
def _set(triple: NDArray[np.int16], source: int, edge: int, target: int) -> None:
    triple[0], triple[1], triple[2] = source, edge, target


@njit
def _ask_walk(
    rng: np.random.Generator, out: Episodes, row: int, low: int, high: int, scratch: Scratch
) -> bool:
    most = walk_lengths(out, row, high, scratch.depth)
    if most < low:
        return False
    length = between(rng, low, most)
    draw_walk(rng, out, row, length, scratch.depth)
    for step in range(length):
        answer = out.answer[row, step]
        _set(out.query[row, step], answer[0] if step == 0 else BLANK, answer[1], BLANK)
    meta = out.meta[row]
    meta[LENGTH] = meta[ASK] = meta[ANSWER] = length
    meta[ROUNDS] = 1
    meta[SOURCE] = meta[GOAL] = -1
    for node in range(meta[NODES]):
        if out.labels[row, node] == out.answer[row, 0, 0]:
            meta[SOURCE] = node
        if out.labels[row, node] == out.answer[row, length - 1, 2]:
            meta[GOAL] = node
    return True


@njit
def _set_path(out: Episodes, row: int, source: int, goal: int, extra: int) -> None:
    """Ask for the way from `source` to `goal`, whose distances are in `out.distance`."""
    meta, labels = out.meta[row], out.labels[row]
    length = int(out.distance[row, source])
    meta[LENGTH] = length
    meta[ASK] = meta[ROUNDS] = 1
    meta[ANSWER] = length + extra
    meta[SOURCE], meta[GOAL] = source, goal
    _set(out.query[row, 0], labels[source], BLANK, labels[goal])
    node = source
    for step in range(length):
        edge = int(out.offsets[row, node])
        while not is_optimal(out, row, edge):
            edge += 1
        following = out.targets[row, edge]
        _set(out.answer[row, step], labels[node], out.edges[row, edge], labels[following])
        node = following


@njit
def ask_pairs(out: Episodes, pairs: NDArray[np.int64], extra: int, scratch: Scratch) -> None:
    """Ask each episode for the way between its pair (source, goal), int64[n, 2], instead of what was drawn."""
    out.query[:] = BLANK
    out.answer[:] = BLANK
    for row in range(len(pairs)):
        meta = out.meta[row]
        index_back(out.sources[row], out.targets[row], meta[NODES], meta[EDGES], scratch)
        distances_to(pairs[row, 1], meta[NODES], scratch, out.distance[row])
        _set_path(out, row, pairs[row, 0], pairs[row, 1], extra)


@njit
def _ask_path(
    rng: np.random.Generator, out: Episodes, row: int, low: int, high: int, extra: int, scratch: Scratch
) -> bool:
    meta, distance = out.meta[row], out.distance[row]
    nodes = meta[NODES]
    index_back(out.sources[row], out.targets[row], nodes, meta[EDGES], scratch)
    goals = scratch.pool[:nodes]
    for node in range(nodes):
        goals[node] = node
    shuffle(rng, goals)
    count = high - low + 1
    first = below(rng, count)
    for turn in range(count):
        length = low + (first + turn) % count
        for goal in goals:
            distances_to(goal, nodes, scratch, distance)
            starts = 0
            for node in range(nodes):
                starts += distance[node] == length
            if starts == 0:
                continue
            nth = below(rng, starts)
            source = 0
            while distance[source] != length or nth > 0:
                nth -= distance[source] == length
                source += 1
            _set_path(out, row, source, goal, extra)
            return True
    return False


@njit
def _ask_relations(
    rng: np.random.Generator,
    out: Episodes,
    row: int,
    low: int,
    high: int,
    queries: int,
    trie: Trie,
    scratch: Scratch,
) -> bool:
    found = find_relations(out, row, low, high, trie, scratch.found)
    if found == 0:
        return False
    offered = np.zeros(LONGEST + 1, np.int64)
    for i in range(found):
        offered[scratch.found[i, 3]] += 1
    meta, labels = out.meta[row], out.labels[row]
    for query in range(queries):
        length = between(rng, low, high)
        while offered[length] == 0:
            length = between(rng, low, high)
        nth = below(rng, offered[length])
        i = 0
        while scratch.found[i, 3] != length or nth > 0:
            nth -= scratch.found[i, 3] == length
            i += 1
        node, relation, end = scratch.found[i, 0], scratch.found[i, 1], scratch.found[i, 2]
        _set(out.query[row, query], labels[node], relation, BLANK)
        _set(out.answer[row, query], labels[node], relation, labels[end])
        if query == 0:
            meta[LENGTH], meta[SOURCE], meta[GOAL] = length, node, -1
    meta[ROUNDS] = queries
    meta[ASK] = meta[ANSWER] = 1
    return True


@njit
def _ask(
    rng: np.random.Generator,
    out: Episodes,
    row: int,
    low: int,
    high: int,
    rules: NDArray[np.int64],
    per_triple: float,
    trie: Trie,
    scratch: Scratch,
) -> bool:
    """Draw what is asked; False where the graph offers nothing of that length."""
    out.query[row] = BLANK
    out.answer[row] = BLANK
    task = rules[TASK]
    if task == TRAVERSAL:
        fine = _ask_walk(rng, out, row, low, high, scratch)
    elif task == INFERENCE:
        fine = _ask_relations(rng, out, row, low, high, rules[QUERIES], trie, scratch)
    else:
        fine = _ask_path(rng, out, row, low, high, rules[EXTRA], scratch)
    meta = out.meta[row]
    if per_triple >= 0.0:
        meta[PLAN] = round(per_triple * meta[EDGES])
    else:
        meta[PLAN] = between(rng, rules[PLAN_LOW], rules[PLAN_HIGH])
    return fine


@njit
def fill_random(
    rng: np.random.Generator,
    out: Episodes,
    rows: NDArray[np.int64],
    lessons: NDArray[np.int64],
    lesson: int,
    earlier: float,
    rules: NDArray[np.int64],
    per_triple: float,
    trie: Trie,
    scratch: Scratch,
) -> bool:
    """Draw episodes on nearest-neighbour graphs into out[rows].

    Draws from row `lesson` of `lessons` or, with chance `earlier`, from a row above it. Such a row, int64[7],
    holds the ranges of nodes, out-degree and path, then the lesson's number. A graph that offers nothing of a
    wanted length is drawn anew.

    Returns:
        Whether all were drawn; False after MAX_TRIES graphs for one of them.
    """
    for row in rows:
        drawn = lesson
        if lesson > 0 and earlier > 0.0 and rng.random() < earlier:
            drawn = below(rng, lesson)
        ranges = lessons[drawn]
        for trial in range(MAX_TRIES):
            nodes = between(rng, ranges[0], ranges[1])
            digits = rules[TASK] == INFERENCE
            draw_graph(rng, out, row, nodes, ranges[2], ranges[3], digits, scratch)
            if _ask(rng, out, row, ranges[4], ranges[5], rules, per_triple, trie, scratch):
                break
            if trial == MAX_TRIES - 1:
                return False
        out.meta[row, LESSON] = ranges[6]
    return True


@njit
def fill_fixed(
    rng: np.random.Generator,
    out: Episodes,
    rows: NDArray[np.int64],
    arcs: NDArray[np.int16],
    nodes: int,
    names: int,
    positions: NDArray[np.float32],
    path: NDArray[np.int64],
    rules: NDArray[np.int64],
    per_triple: float,
    trie: Trie,
    scratch: Scratch,
) -> bool:
    """Draw episodes on one fixed graph into out[rows], with new labels each; False where none is possible."""
    for row in rows:
        digits = rules[TASK] == INFERENCE
        for trial in range(MAX_TRIES):
            label_graph(rng, out, row, arcs, nodes, names, positions, digits, scratch)
            if _ask(rng, out, row, path[0], path[1], rules, per_triple, trie, scratch):
                break
            # Other labels can only help where they are what is followed.
            if not digits or trial == MAX_TRIES - 1:
                return False
        out.meta[row, LESSON] = 0
    return True
