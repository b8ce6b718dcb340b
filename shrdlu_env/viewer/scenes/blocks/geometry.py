"""Where blocks lie on a board: cells, columns under the mouse, the way of a block that moves."""

from __future__ import annotations

from dataclasses import dataclass

from shrdlu_env.viewer._pygame import pygame


@dataclass(frozen=True)
class Move:
    """A block on its way.

    Attributes:
        source: column it leaves, from 0.
        target: column it goes to, from 0.
        progress: 0 (not yet lifted) to 1 (put down).
    """

    source: int
    target: int
    progress: float


@dataclass(frozen=True)
class Marks:
    """What is drawn over a board besides its blocks; columns count from 0.

    Attributes:
        chosen: column whose top block is picked up.
        hover: column under the mouse.
        legal: moves (source, target) shown as thin arrows.
        hint: moves shown as the planner's.
        wrong: column to flash after an illegal move.
    """

    chosen: int | None = None
    hover: int | None = None
    legal: tuple[tuple[int, int], ...] = ()
    hint: tuple[tuple[int, int], ...] = ()
    wrong: int | None = None


@dataclass(frozen=True)
class BoardGeometry:
    """Where the cells of an S x S board lie inside a rectangle, in pixels."""

    size: int
    cell: int
    left: int
    top: int

    @classmethod
    def fit(cls, rect: pygame.Rect, size: int) -> BoardGeometry:
        """The largest board in `rect` that leaves room above for a lifted block and below for labels."""
        cell = max(4, int(min(rect.width / (size + 0.2), rect.height / (size + 1.3))))
        left = rect.centerx - cell * size // 2
        spare = rect.height - round(cell * (size + 1.3))
        return cls(size, cell, left, rect.top + spare // 2 + round(0.95 * cell))

    def column_at(self, position: tuple[int, int]) -> int | None:
        """Column under a pixel (from the lifted row to the labels), None outside the board."""
        x, y = position
        column = (x - self.left) // self.cell
        inside = self.top - self.cell <= y <= self.top + round(self.cell * (self.size + 0.35))
        return int(column) if 0 <= column < self.size and inside else None

    def cell_center(self, column: float, row: float) -> tuple[float, float]:
        """Middle of a cell; `row` counts from the bottom."""
        return (
            self.left + (column + 0.5) * self.cell,
            self.top + (self.size - 0.5 - row) * self.cell,
        )


def board_rect(rect: pygame.Rect, u: float) -> pygame.Rect:
    """The room for a board inside its panel."""
    return rect.inflate(-round(24 * u), -round(16 * u))


def heights(board: list[list[int]]) -> list[int]:
    """Blocks in each column of a board given top row first."""
    return [sum(1 for row in board if row[column]) for column in range(len(board[0]))]


def _ease(f: float) -> float:
    return f * f * (3 - 2 * f)


def moving_position(move: Move, start: int, end: int, size: int) -> tuple[float, float]:
    """Column and row of a moving block: up to above the board, across, down.

    Args:
        move: the move.
        start: row it leaves, from the bottom.
        end: row it lands on.
        size: S.
    """
    over = size - 0.1
    legs = (over - start, abs(move.target - move.source), over - end)
    along = _ease(min(1.0, max(0.0, move.progress))) * sum(legs)
    if along <= legs[0]:
        return float(move.source), start + along
    if along <= legs[0] + legs[1]:
        way = 1 if move.target > move.source else -1
        return move.source + way * (along - legs[0]), over
    return float(move.target), over - (along - legs[0] - legs[1])
