"""The sampler: which puzzles to draw. Feeds the compiled generator the distance tables it asks for."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.blocks.generator import Scratch, fill
from shrdlu_env.blocks.lessons import LESSONS, Range, Ranges, check_board_size, check_lesson
from shrdlu_env.blocks.puzzles import PuzzleBatch
from shrdlu_env.blocks.rules import MAX_BLOCKS
from shrdlu_env.blocks.tables import LAYER_OFFSET, LAYERS, table_store
from shrdlu_env.checks import check_generator, check_number, check_whole, shown

MAX_PUZZLES = 1 << 24
"""The most puzzles drawn at once."""


class Sampler:
    """Draws puzzles for one board size, from a lesson (with a share of earlier ones) or from explicit ranges.

    Args:
        board_size: S, 2 to 5.
        lesson: lesson 1 to 26; None for explicit ranges.
        ranges: explicit ranges; None for a lesson.
        earlier: share of puzzles drawn uniformly from lessons 1..lesson-1, 0 to 1.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: an argument is out of range, or no such puzzle exists on this board.
    """

    def __init__(
        self, board_size: int = 3, lesson: int | None = 1, ranges: Ranges | None = None, earlier: float = 0.0
    ) -> None:
        self.board_size = check_board_size(board_size)
        self.ranges = ranges
        if not isinstance(ranges, Ranges | None):
            raise TypeError(f"ranges={shown(ranges)}: must be Ranges or None")
        if (lesson is None) == (ranges is None):
            raise ValueError(f"lesson={shown(lesson)} with ranges={shown(ranges)}: give one of the two")
        share = check_number("earlier", earlier, 0.0, 1.0)
        rows = LESSONS if ranges is None else (ranges,)
        self._rows = np.array(
            [
                (*r.goals, *r.blocks, *r.constraints, *r.depth, 0 if ranges else number)
                for number, r in enumerate(rows, start=1)
            ],
            np.int32,
        )
        # A lesson may change later on, so arrays and observations are sized for all lessons.
        self.max_goals = int(self._rows[:, 1].max())
        self.max_constraints = int(self._rows[:, 5].max())
        self.max_blocks = max(6, int(self._rows[:, 3].max()))
        if ranges is None:
            self.set_lesson(check_lesson(lesson), share)
        else:
            if share > 0:
                raise ValueError(
                    f"earlier={shown(share)}: must be 0 with explicit ranges, which have no earlier lessons"
                )
            check_feasible(self.board_size, ranges)
            self._index, self.earlier, self.lesson = 0, 0.0, 0

    def set_lesson(self, lesson: int, earlier: float | None = None) -> None:
        """Draw from another lesson from now on; `earlier=None` keeps the share of earlier lessons.

        Raises:
            TypeError: an argument has the wrong type.
            ValueError: an argument is out of range, the lesson does not fit the board, or this sampler draws
                from explicit ranges. Nothing is changed then.
        """
        if self.ranges is not None:
            raise ValueError(f"lesson={shown(lesson)}: explicit ranges were given, which know no lessons")
        number = check_lesson(lesson)
        share = self.earlier if earlier is None else check_number("earlier", earlier, 0.0, 1.0)
        check_feasible(self.board_size, LESSONS[number - 1])
        self._index, self.earlier, self.lesson = number - 1, share, number

    @property
    def most_goals(self) -> int:
        """The most goals that a puzzle drawn now may have."""
        first = 0 if self.earlier > 0 else self._index
        return int(self._rows[first : self._index + 1, 1].max())

    @property
    def block_range(self) -> Range:
        """Fewest and most blocks of a puzzle, whatever the lesson."""
        return int(self._rows[:, 2].min()), int(self._rows[:, 3].max())

    def fill(self, rng: np.random.Generator, out: PuzzleBatch, rows: NDArray[np.int64]) -> None:
        """Draw new puzzles into the given rows of a batch of this sampler (see `empty`)."""
        store = table_store(self.board_size)
        begin, resume, scratch = 0, False, Scratch.empty(self.board_size)
        while True:
            begin = fill(
                rng,
                store.tables,
                out,
                rows,
                begin,
                resume,
                self._rows,
                self._index,
                self.earlier,
                self.board_size,
                scratch,
            )
            if begin == len(rows):
                return
            store.ensure(out.start[rows[begin]], int(self._rows[: self._index + 1, 7].max()))
            resume = True

    def empty(self, n: int) -> PuzzleBatch:
        """Room for n puzzles of this sampler, whatever the lesson."""
        return PuzzleBatch.empty(n, self.board_size, self.max_goals, self.max_constraints)

    def generate(self, rng: np.random.Generator, n: int) -> PuzzleBatch:
        """Draw n puzzles.

        Args:
            rng: source of all chance.
            n: number of puzzles.

        Returns:
            The puzzles as arrays.

        Raises:
            TypeError: an argument has the wrong type.
            ValueError: n is out of range; or on a board too large for tables, a depth needs more than
                `search.MAX_BOARDS` boards.
        """
        check_generator("rng", rng)
        out = self.empty(check_whole("n", n, 0, MAX_PUZZLES))
        self.fill(rng, out, np.arange(len(out.meta)))
        return out


def check_feasible(size: int, ranges: Ranges) -> None:
    """Check that every number of blocks in the ranges allows at least one of the depths.

    Raises:
        ValueError: it does not; the message names the range at fault.
    """
    most = min(MAX_BLOCKS, size * size - 1)
    if ranges.blocks[1] > most:
        raise ValueError(
            f"blocks={shown(ranges.blocks)}: board_size={size} takes at most {most} blocks that can move"
        )
    store = table_store(size)
    for blocks in range(ranges.blocks[0], ranges.blocks[1] + 1):
        deepest = 0
        for heights in shapes(size, blocks):
            board = np.zeros((size, size), np.int8)
            for column, height in enumerate(heights):
                board[:height, column] = 1
            tables = store.ensure(board.reshape(-1), ranges.depth[1])
            table = tables.heads[tables.slots[_code(heights, size)]]
            layers = tables.layers[table[LAYER_OFFSET] : table[LAYER_OFFSET] + table[LAYERS]]
            useful = np.flatnonzero(layers[:, 1] > 0)
            deepest = max(deepest, int(useful.max(initial=0)))
            if ((useful >= ranges.depth[0]) & (useful <= ranges.depth[1])).any():
                break
        else:
            raise ValueError(
                f"depth={shown(ranges.depth)}: with blocks={blocks} on board_size={size} no board with a new fact "
                f"lies that far; the furthest lies {deepest} moves away"
            )


def _code(heights: tuple[int, ...], size: int) -> int:
    code = 0
    for height in heights:
        code = code * (size + 1) + height
    return code


def shapes(size: int, blocks: int) -> list[tuple[int, ...]]:
    """All column heights of k blocks, the flattest first: they reach the most boards."""
    shapes = [h for h in itertools.product(range(size + 1), repeat=size) if sum(h) == blocks]
    return sorted(shapes, key=lambda heights: sum(height * height for height in heights))
