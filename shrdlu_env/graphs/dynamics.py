"""Episodes in motion: n of them side by side, as arrays. Timeline, answers, moves, rewards; no Gymnasium.

Source: Methods, 'Graph task'. Decisions are told in docs/reference/graphs.md.
"""

from __future__ import annotations

from typing import NamedTuple

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
    NAVIGATION,
    PLAN,
    ROUNDS,
    SHORTEST_PATH,
    SOURCE,
    TRAVERSAL,
    Episodes,
)
from shrdlu_env.graphs.coding import DIGITS
from shrdlu_env.graphs.planner import find_edge, is_optimal
from shrdlu_env.task import Phase

_DESCRIBE, _QUERY = int(Phase.DESCRIBE), int(Phase.QUERY)
_PLAN, _ANSWER = int(Phase.PLAN), int(Phase.ANSWER)

# Columns of State.clock.
(TIME, END, DONE, PHASE, FIRST, DUE, HERE, LAST, GIVEN, RIGHT, NUM_FIELDS) = range(11)

# Entries of the rewards vector.
RIGHT_REWARD, DIGIT_REWARD, ARRIVAL_REWARD, STEP_COST, ILLEGAL_COST, NUM_REWARDS = range(6)


class State(NamedTuple):
    """The moving part of n episodes.

    Attributes:
        clock: int32[n, NUM_FIELDS], columns as the constants of this module: observation index and that of the
            end; whether the episode is over; phase of the observation and whether it is the phase's first;
            index of the triple asked or due; node arrived at; last edge walked (-1 before); answers given;
            right ones among them.
        score: float64[n, 2], reward of the last step, sum of rewards so far.
        given: int16[n, A, 3], triples answered, in order; -1 throughout for a slot that shows no edge.
        marks: bool[n, A], which of them are right.
    """

    clock: NDArray[np.int32]
    score: NDArray[np.float64]
    given: NDArray[np.int16]
    marks: NDArray[np.bool_]

    @classmethod
    def empty(cls, n: int, answers: int) -> State:
        """Room for n episodes of up to so many answers."""
        return cls(
            clock=np.zeros((n, NUM_FIELDS), np.int32),
            score=np.zeros((n, 2), np.float64),
            given=np.full((n, answers, 3), -1, np.int16),
            marks=np.zeros((n, answers), np.bool_),
        )


@njit
def _place(meta: NDArray[np.int32], clock: NDArray[np.int32]) -> None:
    """Set phase, its first step and the triple due from the time; an episode that is over stays in its answer."""
    time = clock[TIME] - meta[EDGES]
    if clock[DONE]:
        clock[PHASE], clock[FIRST], clock[DUE] = _ANSWER, 0, -1
    elif time < 0:
        clock[PHASE], clock[FIRST], clock[DUE] = _DESCRIBE, 0, clock[TIME]
    else:
        period = meta[ASK] + meta[PLAN] + meta[ANSWER]
        turn = time // period
        step = time - turn * period
        if step < meta[ASK]:
            clock[PHASE], clock[DUE] = _QUERY, turn * meta[ASK] + step
        elif step < meta[ASK] + meta[PLAN]:
            step -= meta[ASK]
            clock[PHASE], clock[DUE] = _PLAN, -1
        else:
            step -= meta[ASK] + meta[PLAN]
            clock[PHASE], clock[DUE] = _ANSWER, turn * meta[ANSWER] + step
        clock[FIRST] = step == 0


@njit
def begin(state: State, episodes: Episodes, rows: NDArray[np.int64]) -> None:
    """Set the given rows to the first observation of their episodes."""
    for row in rows:
        clock, meta = state.clock[row], episodes.meta[row]
        clock[:] = 0
        clock[END] = meta[EDGES] + meta[ROUNDS] * (meta[ASK] + meta[PLAN] + meta[ANSWER])
        clock[HERE] = meta[SOURCE]
        clock[LAST] = -1
        state.score[row] = 0.0
        state.given[row] = -1
        state.marks[row] = False
        _place(meta, clock)


@njit
def _log(state: State, row: int, source: int, edge: int, target: int, right: bool) -> None:
    """Keep an answer that was given."""
    clock = state.clock[row]
    triple = state.given[row, clock[GIVEN]]
    triple[0], triple[1], triple[2] = source, edge, target
    state.marks[row, clock[GIVEN]] = right
    clock[GIVEN] += 1
    clock[RIGHT] += right


@njit
def _walk(state: State, episodes: Episodes, row: int, edge: int, rewards: NDArray[np.float64]) -> float:
    """Walk an edge, -1 for an illegal one; returns the reward. Arriving, and a dead end, end the episode."""
    clock, meta = state.clock[row], episodes.meta[row]
    if edge < 0:
        return -rewards[STEP_COST] - rewards[ILLEGAL_COST]
    here = episodes.targets[row, edge]
    clock[HERE], clock[LAST] = here, edge
    if here == meta[GOAL]:
        clock[DONE] = 1
        return rewards[ARRIVAL_REWARD] - rewards[STEP_COST]
    if episodes.offsets[row, here] == episodes.offsets[row, here + 1]:
        clock[DONE] = 1
    return -rewards[STEP_COST]


@njit
def _tell(
    state: State, episodes: Episodes, row: int, digits: NDArray[np.int64], rewards: NDArray[np.float64]
) -> float:
    """Answer a triple of a walk or a relation; returns the reward."""
    answer = episodes.answer[row, state.clock[row, DUE]]
    hits = 0
    for i in range(DIGITS):
        hits += digits[i] == answer[i // 3] // (100, 10, 1)[i % 3] % 10
    source, edge, target = _numbers(digits)
    right = hits == DIGITS
    _log(state, row, source, edge, target, right)
    return rewards[RIGHT_REWARD] * right + rewards[DIGIT_REWARD] * hits / DIGITS


@njit
def _numbers(digits: NDArray[np.int64]) -> tuple[int, int, int]:
    """The three labels that nine digits stand for."""
    return (
        digits[0] * 100 + digits[1] * 10 + digits[2],
        digits[3] * 100 + digits[4] * 10 + digits[5],
        digits[6] * 100 + digits[7] * 10 + digits[8],
    )


@njit
def _step_path(
    state: State, episodes: Episodes, row: int, digits: NDArray[np.int64], rewards: NDArray[np.float64]
) -> float:
    """Answer the next triple of a path; returns the reward. Only a triple that leaves the node moves."""
    here, labels = state.clock[row, HERE], episodes.labels[row]
    source, label, target = _numbers(digits)
    edge = find_edge(episodes, row, here, label)
    if edge >= 0 and (source != labels[here] or target != labels[episodes.targets[row, edge]]):
        edge = -1
    _log(state, row, source, label, target, edge >= 0 and is_optimal(episodes, row, edge))
    return _walk(state, episodes, row, edge, rewards)


@njit
def _step_slot(state: State, episodes: Episodes, row: int, slot: int, rewards: NDArray[np.float64]) -> float:
    """Leave by the edge in a slot; returns the reward. A slot that shows none does not move."""
    here, labels = state.clock[row, HERE], episodes.labels[row]
    edge = int(episodes.offsets[row, here]) + slot
    if edge >= episodes.offsets[row, here + 1]:
        _log(state, row, -1, -1, -1, False)
        return _walk(state, episodes, row, -1, rewards)
    target = episodes.targets[row, edge]
    _log(state, row, labels[here], episodes.edges[row, edge], labels[target], is_optimal(episodes, row, edge))
    return _walk(state, episodes, row, edge, rewards)


@njit
def advance(
    state: State, episodes: Episodes, actions: NDArray[np.int64], rewards: NDArray[np.float64], task: int
) -> None:
    """Advance all episodes by one step; rewards are in `state.score[:, 0]`.

    Episodes that are over stay as they are, with reward 0.

    Args:
        state: the moving part.
        episodes: the rest.
        actions: int64[n, 9], digits of a triple; navigation: int64[n, 1], a slot.
        rewards: float64[NUM_REWARDS].
        task: TRAVERSAL, SHORTEST_PATH, INFERENCE or NAVIGATION.
    """
    for row in range(len(actions)):
        clock = state.clock[row]
        reward = 0.0
        if not clock[DONE]:
            if clock[PHASE] == _ANSWER:
                if task == NAVIGATION:
                    reward = _step_slot(state, episodes, row, actions[row, 0], rewards)
                elif task == SHORTEST_PATH:
                    reward = _step_path(state, episodes, row, actions[row], rewards)
                else:
                    reward = _tell(state, episodes, row, actions[row], rewards)
            clock[TIME] += 1
            if clock[TIME] == clock[END]:
                clock[DONE] = 1
            _place(episodes.meta[row], clock)
        state.score[row, 0] = reward
        state.score[row, 1] += reward


@njit
def is_success(clock: NDArray[np.int32], meta: NDArray[np.int32], task: int) -> bool:
    """Whether the destination is reached, or all triples due have been answered right."""
    if task in (TRAVERSAL, INFERENCE):
        return clock[RIGHT] == meta[ROUNDS] * meta[ANSWER]
    return clock[HERE] == meta[GOAL]


@njit
def satisfied_share(state: State, episodes: Episodes, row: int, task: int) -> float:
    """Share of the triples due that have been answered right; of a path: share of the way that is done."""
    clock, meta = state.clock[row], episodes.meta[row]
    if task in (TRAVERSAL, INFERENCE):
        return clock[RIGHT] / (meta[ROUNDS] * meta[ANSWER])
    left = episodes.distance[row, clock[HERE]]
    return 0.0 if left < 0 else max(0.0, (meta[LENGTH] - left) / meta[LENGTH])
