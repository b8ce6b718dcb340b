"""Infos of the vector environment: one array per key, filled in one compiled loop."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shrdlu_env._jit import njit
from shrdlu_env.blocks.episodes import (
    CHOSEN_LETTER,
    DONE,
    FEWEST,
    FROM_LESSON,
    GO_TIME,
    HOLDING,
    LEGAL,
    MOVES,
    OPTIMAL,
    SOLVED_IN,
    TIME,
    WANTED,
    State,
)

PHASES = np.array(["describe", "act"])


@njit
def fill_infos(
    clock: NDArray[np.int32],
    actions: int,
    action_mask: NDArray[np.int8],
    optimal_actions: NDArray[np.bool_],
    flags: NDArray[np.bool_],
    numbers: NDArray[np.int64],
    satisfied: NDArray[np.float64],
) -> None:
    """Fill the infos of all episodes from their clocks.

    Args:
        clock: int32[n, NUM_FIELDS].
        actions: number of actions.
        action_mask: int8[n, actions], out.
        optimal_actions: bool[n, actions], out; nothing is written where it has no rows.
        flags: bool[4, n], out: go cue on, acting, success, perfect.
        numbers: int64[5, n], out: chosen, min_moves, moves, lesson, num_constraints.
        satisfied: float64[n], out.
    """
    planning = len(optimal_actions) > 0
    for row in range(len(clock)):
        c = clock[row]
        go = c[TIME] >= c[GO_TIME]
        legal = c[LEGAL] if go else (1 << actions) - 1
        for action in range(actions):
            action_mask[row, action] = (legal >> action) & 1
        if planning:
            optimal = c[OPTIMAL]
            for action in range(actions):
                optimal_actions[row, action] = (optimal >> action) & 1
        success = c[HOLDING] == c[WANTED]
        flags[0, row] = go
        flags[1, row] = go and not c[DONE]
        flags[2, row] = success
        flags[3, row] = success and c[SOLVED_IN] == c[FEWEST]
        numbers[0, row] = c[CHOSEN_LETTER] if go else -1
        numbers[1, row] = c[FEWEST]
        numbers[2, row] = c[MOVES]
        numbers[3, row] = c[FROM_LESSON]
        numbers[4, row] = c[WANTED]
        satisfied[row] = c[HOLDING] / c[WANTED]


def make_infos(
    state: State, actions: int, planning: bool, present: NDArray[np.bool_] | None = None
) -> dict[str, Any]:
    """Infos of all episodes in Gymnasium's vector form: per key an array and a mask `_key`.

    Args:
        state: the episodes.
        actions: number of actions.
        planning: whether there are optimal actions to tell.
        present: bool[n], rows that have infos; None means all. The other rows are zero (phase: empty text).
    """
    n = len(state.clock)
    action_mask = np.empty((n, actions), np.int8)
    optimal_actions = np.empty((n if planning else 0, actions), np.bool_)
    flags = np.empty((4, n), np.bool_)
    numbers = np.empty((5, n), np.int64)
    satisfied = np.empty(n, np.float64)
    fill_infos(state.clock, actions, action_mask, optimal_actions, flags, numbers, satisfied)
    values: dict[str, Any] = {
        "action_mask": action_mask,
        "phase": PHASES[flags[0].view(np.int8)],
        "acting": flags[1],
        "chosen": numbers[0],
        "satisfied": satisfied,
        "min_moves": numbers[1],
        "moves": numbers[2],
        "success": flags[2],
        "perfect": flags[3],
        "lesson": numbers[3],
        "num_constraints": numbers[4],
    }
    if planning:
        values["optimal_actions"] = optimal_actions
    if present is not None:
        for value in values.values():
            value[~present] = np.zeros(1, value.dtype)[0]
    infos: dict[str, Any] = {}
    for key, value in values.items():
        infos[key] = value
        infos["_" + key] = np.ones(n, np.bool_) if present is None else present.copy()
    return infos
