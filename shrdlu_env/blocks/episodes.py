"""Episodes in motion: n of them side by side, as arrays. Timeline, moves, rewards, planner; no Gymnasium.

An episode has L description steps, the go step, and ends after M + extra_moves acting steps. Its moving part
(`State`) is apart from its puzzle (`PuzzleBatch`) and says itself which puzzle and which of its goals it acts
out: several states can share one puzzle.
Source: Methods, 'Mini-SHRDLU'.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shrdlu_env._jit import njit_lean
from shrdlu_env.blocks.layout import write_observation, write_wanted
from shrdlu_env.blocks.planner import NO_TABLE, plan
from shrdlu_env.blocks.puzzles import CHOSEN, FIRST_ACTIONS, LESSON, LETTER, MIN_MOVES, STEPS, PuzzleBatch
from shrdlu_env.blocks.rules import apply_action, count_holding, legal_actions, measure
from shrdlu_env.blocks.tables import Tables

# Columns of State.clock.
(
    TIME,
    GO_TIME,
    END_TIME,
    DONE,
    MOVES,
    HOLDING,
    WANTED,
    FEWEST,
    LEGAL,
    OPTIMAL,
    PENDING,
    GOAL,
    PUZZLE,
    CHOSEN_LETTER,
    FROM_LESSON,
    LAST_ACTION,
    LAST_LEGAL,
    SOLVED_IN,
    NUM_FIELDS,
) = range(19)

# Entries of the rules vector.
CONSTRAINT_REWARD, INVALID_COST, UNDO_PENALTY = range(3)

PLANNED = -1
UNDONE = -1


class State(NamedTuple):
    """The moving part of n episodes.

    Attributes:
        clock: int32[n, NUM_FIELDS], columns as the constants of this module: observation index and those of
            the go step and of the end; whether the episode is over; moves attempted; constraints that hold and
            of how many; minimum moves; legal and optimal actions as bits; whether the latter are yet to be
            planned; goal acted out and row of its puzzle; the goal's letter; lesson; the last acting action (-1
            before the first) and whether it was legal; moves that satisfied the goal, 0 before it was satisfied
            and UNDONE once it was broken again.
        squares: int8[n, S*S], boards as squares (see `boards`).
        heights: int8[n, S], column heights.
        score: float64[n, 2], reward of the last step, sum of rewards so far.
    """

    clock: NDArray[np.int32]
    squares: NDArray[np.int8]
    heights: NDArray[np.int8]
    score: NDArray[np.float64]

    @classmethod
    def empty(cls, n: int, size: int) -> State:
        """Room for n episodes."""
        return cls(
            clock=np.zeros((n, NUM_FIELDS), np.int32),
            squares=np.zeros((n, size * size), np.int8),
            heights=np.zeros((n, size), np.int8),
            score=np.zeros((n, 2), np.float64),
        )


@njit_lean
def begin(
    state: State,
    puzzles: PuzzleBatch,
    row: int,
    puzzle: int,
    goal: int,
    extra_moves: int,
    size: int,
) -> None:
    """Set episode `row` to the first observation of a puzzle whose goal `goal` is going to be cued."""
    clock = state.clock[row]
    squares, heights = state.squares[row], state.heights[row]
    for square in range(size * size):
        squares[square] = puzzles.start[puzzle, square]
    measure(squares, size, heights)
    fewest = puzzles.goals[puzzle, goal, MIN_MOVES]
    clock[:] = 0
    clock[GO_TIME] = puzzles.meta[puzzle, STEPS]
    clock[END_TIME] = clock[GO_TIME] + fewest + extra_moves
    clock[WANTED] = puzzles.offsets[puzzle, goal + 1] - puzzles.offsets[puzzle, goal]
    clock[FEWEST] = fewest
    clock[LEGAL] = legal_actions(heights, size)
    clock[OPTIMAL] = puzzles.goals[puzzle, goal, FIRST_ACTIONS]
    clock[GOAL] = goal
    clock[PUZZLE] = puzzle
    clock[CHOSEN_LETTER] = puzzles.goals[puzzle, goal, LETTER]
    clock[FROM_LESSON] = puzzles.meta[puzzle, LESSON]
    clock[LAST_ACTION] = -1
    clock[LAST_LEGAL] = 1
    state.score[row] = 0.0


@njit_lean
def begin_rows(
    state: State, puzzles: PuzzleBatch, rows: NDArray[np.int64], extra_moves: int, size: int
) -> None:
    """Begin the given episodes, each from the puzzle of its own row with the goal chosen there."""
    for row in rows:
        begin(state, puzzles, row, row, puzzles.meta[row, CHOSEN], extra_moves, size)


@njit_lean
def plan_pending(
    tables: Tables,
    puzzles: PuzzleBatch,
    state: State,
    facts: NDArray[np.int64],
    size: int,
) -> int:
    """Plan by tables for all boards that have changed.

    Returns:
        PLANNED, or the first row for which there is no table.
    """
    for row in range(len(state.clock)):
        clock = state.clock[row]
        if clock[PENDING] == 0:
            continue
        puzzle, goal = clock[PUZZLE], clock[GOAL]
        first, end = puzzles.offsets[puzzle, goal], puzzles.offsets[puzzle, goal + 1]
        distance, bits = plan(
            tables,
            state.squares[row],
            state.heights[row],
            size,
            puzzles.steps[puzzle],
            first,
            end,
            facts,
        )
        if distance == NO_TABLE:
            return row
        clock[OPTIMAL] = bits
        clock[PENDING] = 0
    return PLANNED


@njit_lean
def advance(
    puzzles: PuzzleBatch,
    state: State,
    actions: NDArray[np.int64],
    rules: NDArray[np.float64],
    size: int,
    planning: bool,
) -> bool:
    """Advance all episodes by one step; whether `plan_pending` has something to do.

    Episodes that are over stay as they are, with reward 0.
    """
    pending = False
    for row in range(len(actions)):
        clock = state.clock[row]
        reward = 0.0
        if not clock[DONE]:
            if clock[TIME] >= clock[GO_TIME]:
                reward = _act(puzzles, state, row, actions[row], rules, size, planning)
                pending = pending or clock[PENDING] != 0
            clock[TIME] += 1
            clock[DONE] = clock[TIME] == clock[END_TIME]
        state.score[row, 0] = reward
        state.score[row, 1] += reward
    return pending


@njit_lean
def _act(
    puzzles: PuzzleBatch,
    state: State,
    row: int,
    action: int,
    rules: NDArray[np.float64],
    size: int,
    planning: bool,
) -> float:
    """Act in one episode; returns the reward."""
    clock = state.clock[row]
    squares, heights = state.squares[row], state.heights[row]
    legal = apply_action(squares, heights, size, action)
    clock[LAST_ACTION] = action
    clock[LAST_LEGAL] = legal
    before = clock[HOLDING]
    if action < size * (size - 1):
        clock[MOVES] += 1
        if legal:
            puzzle, goal = clock[PUZZLE], clock[GOAL]
            first, end = puzzles.offsets[puzzle, goal], puzzles.offsets[puzzle, goal + 1]
            clock[HOLDING] = count_holding(squares, size, puzzles.steps[puzzle], first, end)
            clock[LEGAL] = legal_actions(heights, size)
            clock[PENDING] = planning
    reward = rules[CONSTRAINT_REWARD] * clock[HOLDING]
    if not legal:
        reward -= rules[INVALID_COST]
    if clock[HOLDING] == clock[WANTED]:
        if clock[SOLVED_IN] == 0:
            clock[SOLVED_IN] = clock[MOVES]
    elif before == clock[WANTED]:
        clock[SOLVED_IN] = UNDONE
        reward -= rules[UNDO_PENALTY]
    return reward


@njit_lean
def observe(
    state: State,
    puzzles: PuzzleBatch,
    rows: NDArray[np.int64],
    blocks: int,
    full: bool,
    out: NDArray[np.float32],
) -> None:
    """Write the observations of the given episodes to out[row].

    Args:
        state: the episodes.
        puzzles: their puzzles.
        rows: which of them.
        blocks: the layout's B.
        full: whether the chosen goal's constraints are shown from the cue on.
        out: float32[n, X].
    """
    for row in rows:
        clock = state.clock[row]
        time, go_time = clock[TIME], clock[GO_TIME]
        if time < go_time:
            step = puzzles.steps[clock[PUZZLE], time]
            write_observation(out[row], state.squares[row], step[0], step[1], step[2], step[3], False, blocks)
        else:
            letter = clock[CHOSEN_LETTER] if time == go_time else -1
            write_observation(out[row], state.squares[row], letter, -1, 0, 0, True, blocks)
            if full:
                puzzle, goal = clock[PUZZLE], clock[GOAL]
                first, end = puzzles.offsets[puzzle, goal], puzzles.offsets[puzzle, goal + 1]
                write_wanted(out[row], puzzles.steps[puzzle], first, end, blocks)
