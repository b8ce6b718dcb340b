"""The rules on boards: what stands where, which moves are legal, which relations hold. The only copy.

A board of size S is an int8 array of S*S squares, row-major from the bottom left: square `row * S + column`
holds a block's number (1..k) or 0. Columns are stacks, so an int8 array of S column heights goes with it.
Source: Methods, 'Mini-SHRDLU'.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from shrdlu_env._jit import njit_lean

MIN_SIZE = 2
MAX_SIZE = 5
MAX_BLOCKS = 9

ABOVE, BELOW, LEFT, RIGHT = 0, 1, 2, 3

Squares = NDArray[np.int8]
Heights = NDArray[np.int8]


def num_actions(size: int) -> int:
    """Number of actions on a board of this size: one per ordered pair of columns, and the pass."""
    return size * (size - 1) + 1


@njit_lean
def move_columns(action: int, size: int) -> tuple[int, int]:
    """Source and target column of action < S(S-1), pairs (a, b) in row-major order without a = b."""
    source = action // (size - 1)
    target = action % (size - 1)
    if target >= source:
        target += 1
    return source, target


@njit_lean
def measure(squares: Squares, size: int, heights: Heights) -> None:
    """Write the column heights of a board to heights[S]."""
    for column in range(size):
        height = 0
        while height < size and squares[height * size + column] != 0:
            height += 1
        heights[column] = height


@njit_lean
def legal_actions(heights: Heights, size: int) -> int:
    """Legal actions as bits: bit i is set where action i is legal. The pass (bit S(S-1)) always is."""
    bits = 1 << (size * (size - 1))
    action = 0
    for source in range(size):
        for target in range(size):
            if source != target:
                # Without a branch: which moves are legal is beyond guessing, and a wrong guess costs more.
                bits |= ((heights[source] > 0) & (heights[target] < size)) << action
                action += 1
    return bits


@njit_lean
def move(squares: Squares, heights: Heights, size: int, source: int, target: int) -> None:
    """Move the top block of one column to the top of another, in place; the caller knows that it is legal."""
    heights[source] -= 1
    top = heights[source] * size + source
    squares[heights[target] * size + target] = squares[top]
    squares[top] = 0
    heights[target] += 1


@njit_lean
def apply_action(squares: Squares, heights: Heights, size: int, action: int) -> bool:
    """Apply an action in place; False, and no change, where it is illegal. The pass changes nothing."""
    if action >= size * (size - 1):
        return True
    source, target = move_columns(action, size)
    if heights[source] == 0 or heights[target] >= size:
        return False
    move(squares, heights, size, source, target)
    return True


@njit_lean
def locate(squares: Squares, size: int) -> int:
    """Where all blocks lie, six bits for each: 8 column + row + 2; 0 for a block that is not there.

    Rows of 8 for columns of at most 5, so that neither a neighbour past the edge nor the neighbour of a block
    that is not there has a place that any block can have.
    """
    places = 0
    for square in range(size * size):
        # An empty square writes to the bits of block 0, which nobody reads: cheaper than leaving it out.
        places |= (8 * (square % size) + square // size + 2) << (6 * int(squares[square]))
    return places


@njit_lean
def holds(places: int, first: int, relation: int, second: int) -> int:
    """Whether block `first` is directly above / below / left of / right of block `second`, 1 or 0; see `locate`."""
    if relation in (BELOW, RIGHT):
        first, second = second, first
    a, b = (places >> (6 * int(first))) & 63, (places >> (6 * int(second))) & 63
    return int(a == b + 1) if relation <= BELOW else int(b == a + 8)


@njit_lean
def count_holding(squares: Squares, size: int, steps: NDArray[np.int8], begin: int, end: int) -> int:
    """How many of the constraints steps[begin:end] hold; a row is (letter, first, relation, second)."""
    places = locate(squares, size)
    count = 0
    for row in range(begin, end):
        count += holds(places, steps[row, 1], steps[row, 2], steps[row, 3])
    return count


@njit_lean
def fact_number(first: int, relation: int, second: int, blocks: int) -> int:
    """Number of the fact that a constraint states; the two orientations of one fact share it.

    Facts (x directly on top of y) come first, then (x directly left of y): `(x-1) * k + (y-1)` within each
    kind.
    """
    if relation in (BELOW, RIGHT):
        first, second = second, first
    kind = 0 if relation <= BELOW else 1
    return (kind * blocks + first - 1) * blocks + second - 1


@njit_lean
def list_facts(squares: Squares, size: int, blocks: int, facts: NDArray[np.int64]) -> int:
    """Write the numbers of all facts that hold to facts[:count] and return count."""
    count = 0
    for square in range(size * size):
        # Without numba an int8 stays one and overflows in the arithmetic to come.
        block = int(squares[square])
        if block != 0:
            if square >= size:
                facts[count] = fact_number(block, ABOVE, int(squares[square - size]), blocks)
                count += 1
            if square % size < size - 1 and squares[square + 1] != 0:
                facts[count] = fact_number(block, LEFT, int(squares[square + 1]), blocks)
                count += 1
    return count


def max_facts(blocks: int) -> int:
    """The most facts that k blocks can make: neighbouring pairs in the squarest heap, 2k - ceil(2 sqrt k)."""
    return 2 * blocks - math.ceil(2 * math.sqrt(blocks))


MAX_FACTS = max_facts(MAX_BLOCKS)
