"""The planner: exact distance from a board to a goal, and every action on a shortest path.

Where tables are complete a look-up answers, else the search does; they agree (tested).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shrdlu_env._jit import njit_lean
from shrdlu_env.blocks.boards import Board, check_board
from shrdlu_env.blocks.goals import Constraint, Goal, constraint_rows, parse_constraints
from shrdlu_env.blocks.rules import MAX_FACTS, Heights, Squares, fact_number, measure, num_actions
from shrdlu_env.blocks.search import MAX_BOARDS, MOST_BOARDS, TOO_MANY_BOARDS, UNREACHABLE, search
from shrdlu_env.blocks.tables import (
    BIT_OFFSET,
    FIRST_ACTIONS,
    LAYER_OFFSET,
    MOVES,
    SLOT_OFFSET,
    WORD,
    WORDS,
    Tables,
    shape_code,
    table_store,
)
from shrdlu_env.checks import check_flag, check_whole, shown

NO_TABLE = -3


# The powers of two below 2**63 leave different remainders when divided by 67.
_POSITION = np.zeros(67, np.int64)
for _position in range(63):
    _POSITION[(1 << _position) % 67] = _position


@njit_lean
def lowest_bit(word: int) -> int:
    """Position of the lowest set bit of a positive word below 2**63."""
    return _POSITION[(word & -word) % 67]


@njit_lean
def scan(tables: Tables, table: int, facts: NDArray[np.int64], count: int, size: int) -> tuple[int, int]:
    """Nearest boards of a table that carry all of facts[:count].

    Returns:
        (distance, first_actions) or (UNREACHABLE, 0) where no board of the table carries them.
    """
    words = tables.heads[table, WORDS]
    bit_offset = tables.heads[table, BIT_OFFSET]
    board_offset = tables.heads[table, SLOT_OFFSET]
    row0 = bit_offset + facts[0] * words
    distance = UNREACHABLE
    actions = 0
    end = words * WORD
    for word in range(words):
        if word * WORD >= end:
            break
        hits = tables.bits[row0 + word]
        for i in range(1, count):
            hits &= tables.bits[bit_offset + facts[i] * words + word]
        while hits != 0:
            board = word * WORD + lowest_bit(int(hits))
            if distance == UNREACHABLE:
                distance = int(tables.paths[board_offset + board, MOVES])
                end = tables.layers[tables.heads[table, LAYER_OFFSET] + distance + 1, 0]
            if board >= end:
                break
            actions |= tables.paths[board_offset + board, FIRST_ACTIONS]
            hits &= hits - 1
    if distance == 0:
        actions = 1 << (size * (size - 1))
    return distance, actions


@njit_lean
def canonical_facts(
    squares: Squares,
    size: int,
    blocks: int,
    steps: NDArray[np.int8],
    begin: int,
    end: int,
    facts: NDArray[np.int64],
) -> None:
    """Write the fact numbers of steps[begin:end] to facts, in the numbering of the distance tables.

    There blocks are numbered column by column, bottom to top.
    Four bits per block of one integer hold the renumbering, which saves an array.
    """
    ranks = 0
    rank = 0
    for column in range(size):
        for row in range(size):
            # An empty square writes to the bits of block 0, which nobody reads: cheaper than leaving it out.
            block = int(squares[row * size + column])
            rank += block > 0
            ranks |= rank << (4 * block)
    for row in range(begin, end):
        first = (ranks >> (4 * int(steps[row, 1]))) & 15
        second = (ranks >> (4 * int(steps[row, 3]))) & 15
        facts[row - begin] = fact_number(first, int(steps[row, 2]), second, blocks)


@njit_lean
def plan(
    tables: Tables,
    squares: Squares,
    heights: Heights,
    size: int,
    steps: NDArray[np.int8],
    begin: int,
    end: int,
    facts: NDArray[np.int64],
) -> tuple[int, int]:
    """Distance to the goal steps[begin:end] and the bits of the optimal actions, by tables; at 0 the pass alone.

    Returns:
        (distance, first_actions); the distance is NO_TABLE where there is no complete table of this shape, else
        UNREACHABLE where there is none to tell. `facts` is scratch space.
    """
    blocks = 0
    for column in range(size):
        blocks += int(heights[column])
    table = tables.slots[shape_code(heights, size)]
    if table < 0 or not tables.tabled[blocks]:
        return NO_TABLE, 0
    canonical_facts(squares, size, blocks, steps, begin, end, facts)
    return scan(tables, table, facts, end - begin, size)


class Plan(NamedTuple):
    """Exact minimum number of moves, and the actions bool[S(S-1)+1] that begin a shortest path."""

    min_moves: int
    optimal_actions: NDArray[np.bool_]


def action_flags(bits: int, size: int) -> NDArray[np.bool_]:
    """Action bits as bool[S(S-1)+1]."""
    return np.array([bool(bits >> action & 1) for action in range(num_actions(size))])


def find_plan(
    board: Board | Mapping[str, Any],
    goal: Goal | Sequence[str | Constraint],
    *,
    use_tables: bool = True,
    max_boards: int = MAX_BOARDS,
) -> Plan:
    """Plan from any board to a goal.

    Args:
        board: S rows of S block numbers, *top row first*, 0 = empty; or what `view()` and `dict_observation()`
            give, which has such a board. Flat squares are refused: their order is another one.
        goal: a `Goal`, or a list of constraints, as texts such as "6b2" or not.
        use_tables: False searches even where tables are complete.
        max_boards: boards that a search may visit.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: the board breaks the rules, no board reachable from it satisfies the goal, or the search
            visits more than `max_boards` boards.
    """
    if isinstance(board, Mapping) and "board" not in board:
        raise ValueError(f"board={shown(board)}: a dict must have a 'board', as view() has")
    rows: Board = board["board"] if isinstance(board, Mapping) else board
    squares, size = check_board(rows)
    wanted = parse_constraints(goal)
    check_flag("use_tables", use_tables)
    check_whole("max_boards", max_boards, 1, MOST_BOARDS)
    blocks = int(squares.max())
    if not wanted or any(max(c.first, c.second) > blocks for c in wanted):
        raise ValueError(
            f"goal={shown([str(c) for c in wanted])}: must name blocks from 1 to {blocks}, one constraint at least"
        )
    steps = constraint_rows(0, wanted)
    heights = np.zeros(size, np.int8)
    measure(squares, size, heights)
    store = table_store(size)
    scratch = np.zeros(max(MAX_FACTS, len(steps)), np.int64)
    if use_tables and store.tables.tabled[blocks]:
        tables = store.ensure(squares, 0)
        distance, bits = plan(tables, squares, heights, size, steps, 0, len(steps), scratch)
    else:
        distance, bits = search(squares, size, steps, 0, len(steps), max_boards)
    if distance == TOO_MANY_BOARDS:
        raise ValueError(search_exceeded(size, blocks, max_boards))
    if distance == UNREACHABLE:
        raise ValueError(f"goal={shown([str(c) for c in wanted])}: no board that can be reached satisfies it")
    return Plan(int(distance), action_flags(int(bits), size))


def search_exceeded(size: int, blocks: int, max_boards: int) -> str:
    """The message for a search that had to give up."""
    return (
        f"max_boards={max_boards}: the search for a shortest path on board_size={size} with blocks={blocks} "
        "visits more boards than that; use fewer blocks, or planner_info=False where the optimal actions are "
        "not needed"
    )
