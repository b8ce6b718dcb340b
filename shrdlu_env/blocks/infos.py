"""Infos of many episodes in one compiled loop, and of one in plain Python: calling the loop takes longer than that."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shrdlu_env._jit import njit_lean
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
from shrdlu_env.task import Phase

FLAGS = ("acting", "success", "perfect")
NUMBERS = ("phase", "chosen", "min_moves", "moves", "lesson", "num_constraints")
_DESCRIBE, _ACT = int(Phase.DESCRIBE), int(Phase.ACT)


@njit_lean
def _fill(
    clock: NDArray[np.int32],
    actions: int,
    action_mask: NDArray[np.int8],
    optimal_actions: NDArray[np.bool_],
    satisfied: NDArray[np.float64],
    flags: NDArray[np.bool_],
    numbers: NDArray[np.int64],
) -> None:
    """Fill a row of `flags` per name in FLAGS, of `numbers` per name in NUMBERS, a column per episode."""
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
        flags[0, row] = go and not c[DONE]
        flags[1, row] = success
        flags[2, row] = success and c[SOLVED_IN] == c[FEWEST]
        numbers[0, row] = _ACT if go else _DESCRIBE
        numbers[1, row] = c[CHOSEN_LETTER] if go else -1
        numbers[2, row] = c[FEWEST]
        numbers[3, row] = c[MOVES]
        numbers[4, row] = c[FROM_LESSON]
        numbers[5, row] = c[WANTED]
        satisfied[row] = c[HOLDING] / c[WANTED]


def make_infos(state: State, actions: int, planning: bool) -> dict[str, NDArray[Any]]:
    """Infos of all episodes: an array per key.

    Args:
        state: the episodes.
        actions: number of actions.
        planning: whether there are optimal actions to tell.
    """
    n = len(state.clock)
    action_mask = np.empty((n, actions), np.int8)
    optimal_actions = np.empty((n if planning else 0, actions), np.bool_)
    satisfied = np.empty(n)
    flags = np.empty((len(FLAGS), n), np.bool_)
    numbers = np.empty((len(NUMBERS), n), np.int64)
    _fill(state.clock, actions, action_mask, optimal_actions, satisfied, flags, numbers)
    infos: dict[str, NDArray[Any]] = {"action_mask": action_mask, "satisfied": satisfied}
    infos.update(zip(FLAGS, flags, strict=True))
    infos.update(zip(NUMBERS, numbers, strict=True))
    if planning:
        infos["optimal_actions"] = optimal_actions
    return infos


@lru_cache(maxsize=4096)
def _bits(bits: int, actions: int) -> NDArray[np.int8]:
    """Action bits as int8[actions]; to be copied."""
    return np.array([bits >> action & 1 for action in range(actions)], np.int8)


def make_info(state: State, actions: int, planning: bool) -> dict[str, Any]:
    """Infos of the first episode, as Python's numbers and arrays of its own: row 0 of `make_infos`, only sooner."""
    c = state.clock[0].tolist()
    go = c[TIME] >= c[GO_TIME]
    success = c[HOLDING] == c[WANTED]
    info = {
        "action_mask": _bits(c[LEGAL] if go else (1 << actions) - 1, actions).copy(),
        "satisfied": c[HOLDING] / c[WANTED],
        "acting": go and not c[DONE],
        "success": success,
        "perfect": success and c[SOLVED_IN] == c[FEWEST],
        "phase": _ACT if go else _DESCRIBE,
        "chosen": c[CHOSEN_LETTER] if go else -1,
        "min_moves": c[FEWEST],
        "moves": c[MOVES],
        "lesson": c[FROM_LESSON],
        "num_constraints": c[WANTED],
    }
    if planning:
        info["optimal_actions"] = _bits(c[OPTIMAL], actions).astype(np.bool_)
    return info
