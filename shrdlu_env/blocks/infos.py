"""Infos: derived once, in one compiled loop; handed out as arrays, or the first episode's as numbers."""

from __future__ import annotations

from typing import Any, NamedTuple

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
from shrdlu_env.task import Phase

FLAGS = ("acting", "success", "perfect")
NUMBERS = ("phase", "chosen", "min_moves", "moves", "lesson", "num_constraints")
_DESCRIBE, _ACT = int(Phase.DESCRIBE), int(Phase.ACT)


class Filled(NamedTuple):
    """Infos as the loop fills them: a row of `flags` per name in FLAGS, of `numbers` per name in NUMBERS."""

    action_mask: NDArray[np.int8]
    optimal_actions: NDArray[np.bool_]
    satisfied: NDArray[np.float64]
    flags: NDArray[np.bool_]
    numbers: NDArray[np.int64]


@njit
def _fill(
    clock: NDArray[np.int32],
    actions: int,
    action_mask: NDArray[np.int8],
    optimal_actions: NDArray[np.bool_],
    satisfied: NDArray[np.float64],
    flags: NDArray[np.bool_],
    numbers: NDArray[np.int64],
) -> None:
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


def fill(state: State, actions: int, planning: bool) -> Filled:
    """Infos of all episodes.

    Args:
        state: the episodes.
        actions: number of actions.
        planning: whether there are optimal actions to tell; else `optimal_actions` has no rows.
    """
    n = len(state.clock)
    filled = Filled(
        np.empty((n, actions), np.int8),
        np.empty((n if planning else 0, actions), np.bool_),
        np.empty(n),
        np.empty((len(FLAGS), n), np.bool_),
        np.empty((len(NUMBERS), n), np.int64),
    )
    _fill(state.clock, actions, *filled)
    return filled


def as_arrays(filled: Filled) -> dict[str, NDArray[Any]]:
    """Infos of all episodes: an array per key."""
    infos: dict[str, NDArray[Any]] = {"action_mask": filled.action_mask, "satisfied": filled.satisfied}
    infos.update(zip(FLAGS, filled.flags, strict=True))
    infos.update(zip(NUMBERS, filled.numbers, strict=True))
    if len(filled.optimal_actions):
        infos["optimal_actions"] = filled.optimal_actions
    return infos


def as_numbers(filled: Filled) -> dict[str, Any]:
    """Infos of the first episode: Python's numbers, and an array of its own per mask."""
    infos: dict[str, Any] = {"action_mask": filled.action_mask[0], "satisfied": float(filled.satisfied[0])}
    infos.update(zip(FLAGS, filled.flags[:, 0].tolist(), strict=True))
    infos.update(zip(NUMBERS, filled.numbers[:, 0].tolist(), strict=True))
    if len(filled.optimal_actions):
        infos["optimal_actions"] = filled.optimal_actions[0]
    return infos
