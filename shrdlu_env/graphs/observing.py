"""What an agent sees of an episode, and what the infos tell beyond that; compiled.

Source: Methods, 'Graph task'. Layout: `shrdlu_env.graphs.coding`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shrdlu_env._jit import njit
from shrdlu_env.graphs.arrays import ANSWER as ANSWERS
from shrdlu_env.graphs.arrays import (
    GOAL,
    LENGTH,
    NAVIGATION,
    ROUNDS,
    SHORTEST_PATH,
    Episodes,
)
from shrdlu_env.graphs.coding import (
    ANSWER,
    BLANK,
    LABEL_WIDTH,
    TRANSITION,
    WIDTH,
    write_digits,
    write_label,
    write_triple,
)
from shrdlu_env.graphs.dynamics import (
    DONE,
    DUE,
    FIRST,
    GIVEN,
    HERE,
    LAST,
    PHASE,
    State,
    is_success,
    satisfied_share,
)
from shrdlu_env.graphs.planner import is_optimal
from shrdlu_env.task import Phase

_DESCRIBE, _QUERY, _ANSWER = int(Phase.DESCRIBE), int(Phase.QUERY), int(Phase.ANSWER)

# Rows of the numbers and flags that `fill_infos` writes.
NUMBER_KEYS = ("phase", "min_moves", "moves")
FLAG_KEYS = ("acting", "success", "perfect")


@njit
def write_edge(episodes: Episodes, row: int, edge: int, out: NDArray[np.float32]) -> None:
    """Write an edge as a triple to out[:90], which is zero before."""
    labels = episodes.labels[row]
    write_triple(
        out,
        labels[episodes.sources[row, edge]],
        episodes.edges[row, edge],
        labels[episodes.targets[row, edge]],
    )


@njit
def observe(
    state: State, episodes: Episodes, rows: NDArray[np.int64], task: int, slots: int, out: NDArray[np.float32]
) -> None:
    """Write the observations of the given rows to out[row], float32[n, 92 + 30 slots]."""
    for row in rows:
        clock, labels, seen = state.clock[row], episodes.labels[row], out[row]
        seen[:] = 0.0
        phase = clock[PHASE]
        if phase == _DESCRIBE:
            write_edge(episodes, row, episodes.order[row, clock[DUE]], seen)
            continue
        seen[TRANSITION] = clock[FIRST]
        if phase == _QUERY:
            query = episodes.query[row, clock[DUE]]
            write_triple(seen, query[0], query[1], query[2])
        elif phase == _ANSWER:
            seen[ANSWER] = 1.0
            here = clock[HERE]
            if task == SHORTEST_PATH and clock[LAST] >= 0:
                write_edge(episodes, row, clock[LAST], seen)
            elif task == NAVIGATION:
                write_triple(seen, labels[here], BLANK, labels[episodes.meta[row, GOAL]])
                first = episodes.offsets[row, here]
                for slot in range(min(slots, episodes.offsets[row, here + 1] - first)):
                    write_label(seen, WIDTH + slot * LABEL_WIDTH, episodes.edges[row, first + slot])


@njit
def fill_infos(
    state: State,
    episodes: Episodes,
    task: int,
    numbers: NDArray[np.int64],
    flags: NDArray[np.bool_],
    satisfied: NDArray[np.float64],
    answer: NDArray[np.int8],
    action_mask: NDArray[np.int8],
    optimal_actions: NDArray[np.bool_],
) -> None:
    """Fill the infos of all episodes.

    Args:
        state: the moving part.
        episodes: the rest.
        task: TRAVERSAL, SHORTEST_PATH, INFERENCE or NAVIGATION.
        numbers: int64[3, n], out, as NUMBER_KEYS.
        flags: bool[3, n], out, as FLAG_KEYS.
        satisfied: float64[n], out.
        answer: int8[n, 9], out: digits of a right triple where the next action answers, else -1.
        action_mask: int8[n, slots], out; no columns but in navigation.
        optimal_actions: bool[n, slots], out; likewise.
    """
    path = task in (SHORTEST_PATH, NAVIGATION)
    for row in range(len(state.clock)):
        clock, meta, offsets = state.clock[row], episodes.meta[row], episodes.offsets[row]
        acting = clock[PHASE] == _ANSWER and not clock[DONE]
        success = is_success(clock, meta, task)
        numbers[0, row] = clock[PHASE]
        numbers[1, row] = meta[LENGTH] if path else meta[ROUNDS] * meta[ANSWERS]
        numbers[2, row] = clock[GIVEN]
        flags[0, row] = acting
        flags[1, row] = success
        flags[2, row] = success and clock[GIVEN] == numbers[1, row]
        satisfied[row] = satisfied_share(state, episodes, row, task)
        answer[row] = -1
        if acting and not path:
            due = episodes.answer[row, clock[DUE]]
            write_digits(answer[row], due[0], due[1], due[2])
        if path:
            first, end = offsets[clock[HERE]], offsets[clock[HERE] + 1]
            if acting:
                for edge in range(first, end):
                    if is_optimal(episodes, row, edge):
                        labels = episodes.labels[row]
                        target = labels[episodes.targets[row, edge]]
                        write_digits(answer[row], labels[clock[HERE]], episodes.edges[row, edge], target)
                        break
            for slot in range(action_mask.shape[1]):
                shown = slot < end - first
                action_mask[row, slot] = shown or clock[PHASE] != _ANSWER
                optimal_actions[row, slot] = shown and is_optimal(episodes, row, first + slot)


@njit
def fill_leaving(
    state: State,
    episodes: Episodes,
    triples: NDArray[np.int16],
    optimal: NDArray[np.bool_],
) -> None:
    """List the triples that leave the node where each episode stands, by label.

    Args:
        state: the moving part.
        episodes: the rest; path tasks.
        triples: int16[n, K, 3], out; -1 past the last one.
        optimal: bool[n, K], out: whether a triple lies on a shortest path.
    """
    triples[:] = BLANK
    optimal[:] = False
    for row in range(len(state.clock)):
        here, labels = state.clock[row, HERE], episodes.labels[row]
        first = episodes.offsets[row, here]
        for k in range(episodes.offsets[row, here + 1] - first):
            triples[row, k, 0] = labels[here]
            triples[row, k, 1] = episodes.edges[row, first + k]
            triples[row, k, 2] = labels[episodes.targets[row, first + k]]
            optimal[row, k] = is_optimal(episodes, row, first + k)
