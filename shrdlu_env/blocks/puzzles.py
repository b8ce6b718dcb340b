"""A puzzle: start board, named goals, the chosen one. In bulk as arrays, singly in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.blocks.boards import board_of
from shrdlu_env.blocks.goals import Goal

# Columns of PuzzleBatch.meta and PuzzleBatch.goals.
NUM_GOALS, NUM_BLOCKS, CHOSEN, LESSON, STEPS = range(5)
LETTER, DEPTH, MIN_MOVES, FIRST_ACTIONS = range(4)


class PuzzleBatch(NamedTuple):
    """n puzzles as arrays; everything there is to know about an episode before its first action.

    Attributes:
        start: int8[n, S*S], squares of the start boards, row-major from the bottom left.
        steps: int8[n, L_max, 4], the description, a row (letter index, first block, relation, second block)
            per step, goal after goal. Rows past a puzzle's own L are meaningless.
        offsets: int64[n, G_max + 1], goal g's rows are steps[offsets[g]:offsets[g + 1]]; L = offsets[G].
        goals: int32[n, G_max, 4], per goal its letter index, search depth D, minimum moves M, and the bits of
            the optimal actions on the start board.
        meta: int32[n, 5], number of goals G, of blocks k, index of the chosen goal, lesson (0 = explicit
            ranges), L.
    """

    start: NDArray[np.int8]
    steps: NDArray[np.int8]
    offsets: NDArray[np.int64]
    goals: NDArray[np.int32]
    meta: NDArray[np.int32]

    @classmethod
    def empty(cls, n: int, size: int, max_goals: int, max_constraints: int) -> PuzzleBatch:
        """Room for n puzzles."""
        return cls(
            start=np.zeros((n, size * size), np.int8),
            steps=np.zeros((n, max_goals * max_constraints, 4), np.int8),
            offsets=np.zeros((n, max_goals + 1), np.int64),
            goals=np.zeros((n, max_goals, 4), np.int32),
            meta=np.zeros((n, 5), np.int32),
        )

    @property
    def num_puzzles(self) -> int:
        """n."""
        return len(self.meta)

    def select(self, rows: NDArray[np.int64]) -> PuzzleBatch:
        """The puzzles of the given rows, copied."""
        return PuzzleBatch(
            self.start[rows], self.steps[rows], self.offsets[rows], self.goals[rows], self.meta[rows]
        )

    def put(self, rows: NDArray[np.int64], puzzles: PuzzleBatch) -> None:
        """Copy puzzles that fit (see `puzzle_checks.check_puzzles`) into the given rows."""
        steps = int(puzzles.meta[:, STEPS].max())
        goals = int(puzzles.meta[:, NUM_GOALS].max())
        self.start[rows] = puzzles.start
        self.steps[rows, :steps] = puzzles.steps[:, :steps]
        self.offsets[rows, : goals + 1] = puzzles.offsets[:, : goals + 1]
        # Offsets past the last goal stay at the end of the description, as the generator leaves them.
        self.offsets[rows, goals + 1 :] = puzzles.meta[:, STEPS, None]
        self.goals[rows, :goals] = puzzles.goals[:, :goals]
        self.meta[rows] = puzzles.meta

    @staticmethod
    def join(batches: Iterable[PuzzleBatch]) -> PuzzleBatch:
        """All puzzles of several batches of the same shapes, in order."""
        start, steps, offsets, goals, meta = (
            np.concatenate(fields) for fields in zip(*(tuple(b) for b in batches), strict=True)
        )
        return PuzzleBatch(start, steps, offsets, goals, meta)

    def puzzle(self, row: int) -> Puzzle:
        """One of the puzzles, as an object of its own."""
        count, _, chosen, lesson, _ = (int(value) for value in self.meta[row])
        offsets = self.offsets[row]
        goals = tuple(Goal.from_rows(self.steps[row, offsets[g] : offsets[g + 1]]) for g in range(count))
        table = self.goals[row, :count]
        return Puzzle(
            board=tuple(map(tuple, board_of(self.start[row]))),
            goals=goals,
            chosen=chosen,
            min_moves=int(table[chosen, MIN_MOVES]),
            depths=tuple(int(depth) for depth in table[:, DEPTH]),
            goal_moves=tuple(int(moves) for moves in table[:, MIN_MOVES]),
            lesson=lesson,
        )


@dataclass(frozen=True, slots=True)
class Puzzle:
    """One puzzle in words.

    Attributes:
        board: the start board, rows of block numbers, top row first, 0 = empty.
        goals: the goals in the order told.
        chosen: index of the goal that will be cued.
        min_moves: M, the fewest moves that satisfy the chosen goal.
        depths: per goal, the distance D of the board it was read off.
        goal_moves: per goal, the fewest moves that satisfy it.
        lesson: lesson it was drawn from, 0 for explicit ranges.
    """

    board: tuple[tuple[int, ...], ...]
    goals: tuple[Goal, ...]
    chosen: int
    min_moves: int
    depths: tuple[int, ...]
    goal_moves: tuple[int, ...]
    lesson: int

    @property
    def letters(self) -> tuple[str, ...]:
        """The goals' letters, in the order told."""
        return tuple(goal.letter for goal in self.goals)
