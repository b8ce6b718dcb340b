"""All boards of a few numbers of blocks as one table: what every action leads to, what holds, what is seen.

Small boards are few (S = 3 with 3 to 6 blocks: 8,988), so an episode's moves, rewards and observations can be
look-ups, which any array library does for thousands of episodes at once, on any device. Every entry is what
the rules of `blocks` and the writer of `layout` say of that board.
"""

from __future__ import annotations

import itertools
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shrdlu_env._jit import njit
from shrdlu_env.blocks import (
    MAX_FACTS,
    apply_action,
    fact_number,
    legal_actions,
    list_facts,
    measure,
    num_actions,
)
from shrdlu_env.curriculum import Range
from shrdlu_env.layout import NOTHING, Layout, write_observation
from shrdlu_env.puzzles import PuzzleBatch
from shrdlu_env.sampling import shapes
from shrdlu_env.search import encode
from shrdlu_env.tables import WORD, boards_per_shape

MAX_TABLE_BOARDS = 100_000
"""Boards in one table at most: the lessons' boards of S = 3 and S = 4 (56,160) are fewer."""

NEVER = WORD
"""The bit of a word of facts that is never set; goals with fewer constraints than others ask for it."""


class BoardTable(NamedTuple):
    """Every board of a size and of a range of numbers of blocks; n boards, A actions, W words.

    Attributes:
        keys: int64[n], ascending: `search.encode` of each board.
        squares: int8[n, S*S].
        next: int64[n, A], the board that an action leads to; an illegal one leads nowhere.
        legal: bool[n, A].
        facts: int64[n, W], the facts that hold as bits, `WORD` to a word, numbered by
            `blocks.fact_number` for the layout's B blocks.
        observations: float32[n, X], what an acting agent sees after the go step.
    """

    keys: NDArray[np.int64]
    squares: NDArray[np.int8]
    next: NDArray[np.int64]
    legal: NDArray[np.bool_]
    facts: NDArray[np.int64]
    observations: NDArray[np.float32]

    def rows(self, squares: NDArray[np.int8]) -> NDArray[np.int64]:
        """Rows int64[m] of boards int8[m, S*S].

        Raises:
            ValueError: a board is not in the table.
        """
        keys = np.empty(len(squares), np.int64)
        _encode_all(np.ascontiguousarray(squares, np.int8), round(squares.shape[1] ** 0.5), keys)
        found = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        wrong = np.flatnonzero(self.keys[found] != keys)
        if len(wrong):
            raise ValueError(f"squares={squares[wrong[0]].tolist()}: no board of this table")
        return found


@cache
def board_table(layout: Layout, blocks: Range) -> BoardTable:
    """The table of all boards with a number of blocks in a range (lowest, highest).

    Args:
        layout: of the observations.
        blocks: both included.

    Raises:
        ValueError: there are more than `MAX_TABLE_BOARDS` such boards.
    """
    size = layout.board_size
    counts = range(blocks[0], blocks[1] + 1)
    total = sum(boards_per_shape(size, count) for count in counts)
    if total > MAX_TABLE_BOARDS:
        raise ValueError(
            f"board_size={size} with blocks={blocks!r} has {total:,} boards; a table takes at most "
            f"{MAX_TABLE_BOARDS:,}"
        )
    squares = np.concatenate([_arrangements(size, count) for count in counts])
    keys = np.empty(total, np.int64)
    _encode_all(squares, size, keys)
    order = np.argsort(keys)
    keys, squares = keys[order], squares[order]
    actions = num_actions(size)
    table = BoardTable(
        keys=keys,
        squares=squares,
        next=np.empty((total, actions), np.int64),
        legal=np.empty((total, actions), np.bool_),
        facts=np.zeros((total, -(-2 * layout.blocks**2 // WORD)), np.int64),
        observations=np.empty((total, layout.size), np.float32),
    )
    _tabulate(table, size, layout.blocks)
    return table


def goal_bits(
    puzzles: PuzzleBatch, rows: NDArray[np.int64], goals: NDArray[np.int64], layout: Layout
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where a table's `facts` tell of the constraints of goals: goal goals[i] of puzzle rows[i].

    Returns:
        (word, bit), both int64[m, C] with C the most constraints of these goals: constraint c of goal i holds
        where bit bit[i, c] of word word[i, c] is set. Goals with fewer ask for the bit `NEVER`.
    """
    counts = puzzles.offsets[rows, goals + 1] - puzzles.offsets[rows, goals]
    numbers = np.full((len(rows), int(counts.max(initial=0))), NEVER, np.int64)
    _number_constraints(puzzles, rows, goals, layout.blocks, numbers)
    asked = np.arange(numbers.shape[1]) < counts[:, None]
    return np.where(asked, numbers // WORD, 0), np.where(asked, numbers % WORD, NEVER)


def _arrangements(size: int, blocks: int) -> NDArray[np.int8]:
    """All boards int8[n, S*S] of some blocks: every order, cut into columns in every way."""
    orders = np.array(list(itertools.permutations(range(1, blocks + 1))), np.int8)
    columns = shapes(size, blocks)
    boards = np.zeros((len(columns), len(orders), size * size), np.int8)
    for board, heights in zip(boards, columns, strict=True):
        places = [row * size + column for column in range(size) for row in range(heights[column])]
        board[:, places] = orders
    return boards.reshape(-1, size * size)


@njit
def _encode_all(squares: NDArray[np.int8], size: int, keys: NDArray[np.int64]) -> None:
    heights = np.zeros(size, np.int8)
    for row in range(len(squares)):
        measure(squares[row], size, heights)
        keys[row] = encode(squares[row], heights, size)


@njit
def _tabulate(table: BoardTable, size: int, blocks: int) -> None:
    """Fill a table whose boards are there already, sorted by key."""
    heights = np.zeros(size, np.int8)
    listed = np.zeros(2 * MAX_FACTS, np.int64)
    for row in range(len(table.keys)):
        measure(table.squares[row], size, heights)
        legal = legal_actions(heights, size)
        for action in range(table.next.shape[1]):
            after = table.squares[row].copy()
            measure(after, size, heights)
            apply_action(after, heights, size, action)
            table.next[row, action] = np.searchsorted(table.keys, encode(after, heights, size))
            table.legal[row, action] = (legal >> action) & 1
        for i in range(list_facts(table.squares[row], size, blocks, listed)):
            table.facts[row, listed[i] // WORD] |= 1 << (listed[i] % WORD)
        write_observation(table.observations[row], table.squares[row], NOTHING, NOTHING, 0, 0, True, blocks)


@njit
def _number_constraints(
    puzzles: PuzzleBatch,
    rows: NDArray[np.int64],
    goals: NDArray[np.int64],
    blocks: int,
    numbers: NDArray[np.int64],
) -> None:
    for i in range(len(rows)):
        first = puzzles.offsets[rows[i], goals[i]]
        for step in range(first, puzzles.offsets[rows[i], goals[i] + 1]):
            told = puzzles.steps[rows[i], step]
            numbers[i, step - first] = fact_number(int(told[1]), int(told[2]), int(told[3]), blocks)
