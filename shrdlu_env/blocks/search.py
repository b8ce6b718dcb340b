"""Breadth-first search over boards, layer by layer, outwards from a given one.

Serves twice: run to the end it lists every reachable board for the distance tables; run towards a goal it is
the planner of boards too large for tables. A board is one integer key: its blocks column by column, bottom to
top, four bits each, then the column heights, three bits each (51 bits at most).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shrdlu_env._jit import njit
from shrdlu_env.blocks.rules import BELOW, MAX_BLOCKS, RIGHT, Heights, Squares, measure, move

MAX_BOARDS = 4_000_000
"""Boards that one search may visit (about 30 bytes each) before it gives up."""

MOST_BOARDS = 1 << 30
"""The most that can be asked for: boards are numbered by 32 bits."""

UNREACHABLE = -1
TOO_MANY_BOARDS = -2

NO_LIMIT = 1 << 30
MAX_DEPTH = 512
_OTHER = 15


@njit
def encode(squares: Squares, heights: Heights, size: int) -> int:
    """Key of a board."""
    key = 0
    for column in range(size):
        for row in range(heights[column]):
            key = (key << 4) | int(squares[row * size + column])
    for column in range(size):
        key = (key << 3) | int(heights[column])
    return key


@njit
def decode(key: int, size: int, squares: Squares, heights: Heights) -> None:
    """Write the board of a key to squares[S*S] and heights[S]."""
    for column in range(size - 1, -1, -1):
        heights[column] = key & 7
        key >>= 3
    for column in range(size - 1, -1, -1):
        for row in range(size - 1, -1, -1):
            if row < heights[column]:
                squares[row * size + column] = key & 15
                key >>= 4
            else:
                squares[row * size + column] = 0


@njit
def _slot(key: int, keys: NDArray[np.int64], slots: NDArray[np.int32]) -> int:
    """Where a key lies, or would lie, in the open-addressing hash table `slots` of indices into keys."""
    mask = len(slots) - 1
    place = (key ^ (key >> 13) ^ (key >> 29)) * 40503 & mask
    place ^= place >> 7
    while slots[place] >= 0 and keys[slots[place]] != key:
        place = (place + 1) & mask
    return place


@njit
def _moves_needed(squares: Squares, size: int, steps: NDArray[np.int8], begin: int, end: int) -> int:
    """A lower bound on the moves to steps[begin:end]; 0 only where all hold.

    A block comes to lie on another by its own move alone, so the upper block of a vertical constraint that
    does not hold has to move, and before it all that lies on it. A horizontal one needs a move of either
    block: those that share no block with one another, nor with the blocks counted already, need one each.
    """
    where = 0
    for square in range(size * size):
        block = int(squares[square])
        if 0 < block < _OTHER:
            where |= square << (5 * block)
    counted = 0
    count = 0
    for row in range(begin, end):
        relation = int(steps[row, 2])
        if relation <= BELOW:
            upper, lower = int(steps[row, 1]), int(steps[row, 3])
            if relation == BELOW:
                upper, lower = lower, upper
            square = (where >> (5 * upper)) & 31
            if square != ((where >> (5 * lower)) & 31) + size:
                while square < size * size and squares[square] != 0:
                    count += 1 - ((counted >> square) & 1)
                    counted |= 1 << square
                    square += size
    for row in range(begin, end):
        relation = int(steps[row, 2])
        if relation > BELOW:
            left, right = int(steps[row, 1]), int(steps[row, 3])
            if relation == RIGHT:
                left, right = right, left
            left, right = (where >> (5 * left)) & 31, (where >> (5 * right)) & 31
            both = (1 << left) | (1 << right)
            if (right != left + 1 or right % size == 0) and not counted & both:
                counted |= both
                count += 1
    return count


@njit
def explore(
    squares: Squares,
    size: int,
    steps: NDArray[np.int8],
    begin: int,
    end: int,
    max_depth: int,
    max_length: int,
    max_boards: int,
) -> tuple[int, int, NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """List boards by their distance from a start board.

    Args:
        squares: the start board, int8[S*S].
        size: S.
        steps: constraint rows, int8[n, 4].
        begin: first row of the goal.
        end: one past its last row; `end == begin` means no goal.
        max_depth: last layer that is listed.
        max_length: boards which no path of this length to the goal can pass are left out.
        max_boards: gives up when more boards have been listed.

    Returns:
        (status, first_actions, keys, first, layers): status is the distance to the goal, UNREACHABLE where
        the listed boards hold no goal, TOO_MANY_BOARDS where it gave up; first_actions are the bits of the
        actions which begin a shortest path to the goal; keys int64[n] in order of distance; first int32[n],
        such bits for every board; layers int32[d + 2], where each distance begins, the last entry being n.
    """
    board = squares.copy()
    heights = np.zeros(size, np.int8)
    measure(board, size, heights)
    keys = np.empty(1024, np.int64)
    first = np.empty(1024, np.int32)
    slots = np.full(4096, -1, np.int32)
    max_depth = min(max_depth, MAX_DEPTH)
    layers = np.zeros(max_depth + 2, np.int32)
    keys[0] = encode(board, heights, size)
    first[0] = 0
    slots[_slot(int(keys[0]), keys, slots)] = 0
    count = 1
    layers[1] = 1
    depth = 0
    while depth < max_depth and layers[depth] < layers[depth + 1]:
        hits = 0
        for index in range(layers[depth], layers[depth + 1]):
            decode(int(keys[index]), size, board, heights)
            action = -1
            for source in range(size):
                for target in range(size):
                    if source == target:
                        continue
                    action += 1
                    if heights[source] == 0 or heights[target] >= size:
                        continue
                    move(board, heights, size, source, target)
                    key = encode(board, heights, size)
                    bits = 1 << action if depth == 0 else int(first[index])
                    place = _slot(key, keys, slots)
                    known = slots[place]
                    if known >= 0:
                        if known >= layers[depth + 1]:
                            first[known] |= bits
                            if end > begin and _moves_needed(board, size, steps, begin, end) == 0:
                                hits |= bits
                    else:
                        needed = _moves_needed(board, size, steps, begin, end)
                        if depth + 1 + needed <= max_length:
                            if end > begin and needed == 0:
                                hits |= bits
                            if count == max_boards:
                                return TOO_MANY_BOARDS, 0, keys[:count], first[:count], layers[: depth + 2]
                            if count == len(keys):
                                grown_keys = np.empty(2 * count, np.int64)
                                grown_keys[:count] = keys
                                keys = grown_keys
                                grown_first = np.empty(2 * count, np.int32)
                                grown_first[:count] = first
                                first = grown_first
                                slots = np.full(8 * count, -1, np.int32)
                                for old in range(count):
                                    slots[_slot(int(keys[old]), keys, slots)] = old
                                place = _slot(key, keys, slots)
                            keys[count] = key
                            first[count] = bits
                            slots[place] = count
                            count += 1
                    move(board, heights, size, target, source)
        depth += 1
        layers[depth + 1] = count
        if hits:
            return depth, hits, keys[:count], first[:count], layers[: depth + 2]
    if layers[depth] == layers[depth + 1]:
        depth -= 1
    return UNREACHABLE, 0, keys[:count], first[:count], layers[: depth + 2]


@njit
def search(
    squares: Squares, size: int, steps: NDArray[np.int8], begin: int, end: int, max_boards: int
) -> tuple[int, int]:
    """Distance from a board to a goal, and the bits of the actions that begin a shortest path.

    Widens the longest path allowed one by one, so that boards which cannot lie on a shortest path are never
    listed. Blocks that the goal does not mention are taken for equal.

    Returns:
        (distance, first_actions); the distance is UNREACHABLE or TOO_MANY_BOARDS where there is none to tell.
    """
    mentioned = 0
    for row in range(begin, end):
        mentioned |= (1 << int(steps[row, 1])) | (1 << int(steps[row, 3]))
    board = squares.copy()
    for square in range(size * size):
        if board[square] > 0 and not (mentioned >> int(board[square])) & 1:
            board[square] = _OTHER
    length = _moves_needed(board, size, steps, begin, end)
    if length == 0:
        return 0, 1 << (size * (size - 1))
    while True:
        status, bits, _, _, layers = explore(board, size, steps, begin, end, length, length, max_boards)
        if status != UNREACHABLE:
            return status, bits
        # Left-out boards lie one move past a listed one and need at most k more: here nothing was left out.
        if len(layers) - 1 + MAX_BLOCKS <= length:
            return UNREACHABLE, 0
        length += 1
