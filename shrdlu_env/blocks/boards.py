"""Boards as people write them, and as arrays hold them; two shapes, so that the two orders cannot be confused.

A *board* is S rows of S block numbers, **top row first**, as on a screen: everything public takes and gives this.
*Squares* are a flat int8[S*S], row-major from the **bottom** left: what arrays and observations hold.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.blocks.rules import MAX_BLOCKS, MAX_SIZE, MIN_SIZE
from shrdlu_env.checks import check_array, shown

Board = Sequence[Sequence[int]] | NDArray[np.integer]


def board_of(squares: NDArray[np.int8]) -> list[list[int]]:
    """The board of squares: rows of block numbers, top row first."""
    size = round(len(squares) ** 0.5)
    return squares.reshape(size, size)[::-1].tolist()


def squares_of(board: Board, highest: int = MAX_BLOCKS) -> NDArray[np.int8]:
    """The squares of a board, int8[S*S], row-major from the bottom left.

    Args:
        board: S rows of S block numbers, top row first, 0 = empty.
        highest: the highest block number allowed.

    Raises:
        TypeError: it does not hold whole numbers.
        ValueError: not S rows of S, or a number is out of range.
    """
    array = check_array("board", board, "iu")
    size = len(array) if array.ndim == 2 else 0
    if array.shape != (size, size) or not MIN_SIZE <= size <= MAX_SIZE:
        raise ValueError(
            f"board has shape {array.shape}: must be S rows of S block numbers, top row first, S from "
            f"{MIN_SIZE} to {MAX_SIZE}"
        )
    if array.min() < 0 or array.max() > highest:
        raise ValueError(f"board={shown(array.tolist())}: block numbers go from 0 (empty) to {highest}")
    return np.ascontiguousarray(array[::-1], np.int8).reshape(-1)


def check_board(board: Board) -> tuple[NDArray[np.int8], int]:
    """Squares and size of a board that keeps to the rules.

    Raises:
        TypeError: it does not hold whole numbers.
        ValueError: not S rows of S, a block floats, or the blocks are not 1..k once each.
    """
    squares = squares_of(board)
    size = round(len(squares) ** 0.5)
    filled = squares.reshape(size, size) != 0
    if (filled[1:] & ~filled[:-1]).any():
        raise ValueError(
            f"board={shown(board_of(squares))}: a block floats above an empty square; the top row comes first"
        )
    present = sorted(squares[squares != 0].tolist())
    if not 1 <= len(present) <= MAX_BLOCKS or present != list(range(1, len(present) + 1)):
        raise ValueError(
            f"board={shown(board_of(squares))}: blocks must be 1..k once each, k from 1 to {MAX_BLOCKS}"
        )
    return squares, size
