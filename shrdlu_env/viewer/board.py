"""The board and the picture `render()` returns: banner, board, goals, drawn off-screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.banner import draw_banner
from shrdlu_env.viewer.fonts import text
from shrdlu_env.viewer.goals_panel import draw_goals
from shrdlu_env.viewer.paint import arrow, box, panel
from shrdlu_env.viewer.theme import (
    BACKGROUND,
    EDGE,
    FAINT,
    GREEN,
    MUTED,
    RED,
    WELL,
    YELLOW,
    Colour,
    mix,
    unit,
)
from shrdlu_env.viewer.tiles import tile

SMALLEST = (240, 180)
_REFERENCE = (800, 600)


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


def draw_board(
    surface: pygame.Surface,
    rect: pygame.Rect,
    board: list[list[int]],
    u: float,
    *,
    move: Move | None = None,
    marks: Marks | None = None,
) -> None:
    """Draw a board into `rect`.

    Args:
        surface: what to draw on.
        rect: the room for it, labels and a lifted block included.
        board: rows of block numbers, top row first, 0 = empty; the board *before* `move`.
        u: pixels per layout unit.
        move: a legal move in progress.
        marks: highlights.
    """
    marks = marks or Marks()
    size = len(board)
    place = BoardGeometry.fit(rect, size)
    cell, gap = place.cell, max(2, round(place.cell * 0.05))
    for column in range(size):
        _draw_lane(surface, place, column, marks, u)
    stand = heights(board)
    floor = place.top + size * cell
    thick = max(2, round(4 * u))
    bar = pygame.Rect(place.left, floor, size * cell, thick)
    box(surface, bar, thick / 2, FAINT)
    side = cell - 2 * gap
    lifted: tuple[int, tuple[float, float]] | None = None
    for row_index, row in enumerate(board):
        level = size - 1 - row_index
        for column, block in enumerate(row):
            if not block:
                continue
            top_block = level == stand[column] - 1
            column_f, row_f = float(column), float(level)
            if move is not None and top_block and column == move.source:
                column_f, row_f = moving_position(move, level, stand[move.target], size)
                lifted = (block, (column_f, row_f))
                continue
            if marks.chosen == column and top_block and move is None:
                row_f += 0.14
            _draw_block(surface, place, block, (column_f, row_f), side)
    if lifted is not None:
        _draw_block(surface, place, lifted[0], lifted[1], side)
    if move is None:
        _draw_arrows(surface, place, stand, marks)


def _draw_lane(surface: pygame.Surface, place: BoardGeometry, column: int, marks: Marks, u: float) -> None:
    """The well of one column, its grid and its number."""
    cell = place.cell
    lane = pygame.Rect(place.left + column * cell, place.top, cell, cell * place.size)
    fill: Colour = WELL
    edge: Colour = mix(WELL, EDGE, 0.7)
    if marks.wrong == column:
        fill, edge = mix(WELL, RED, 0.3), RED
    elif marks.chosen == column:
        edge = YELLOW
    elif marks.hover == column:
        fill = mix(WELL, EDGE, 0.45)
    box(surface, lane.inflate(-max(2, round(cell * 0.03)), 0), 8 * u, fill, edge)
    for level in range(1, place.size):
        y = lane.top + level * cell
        line = (lane.left + round(cell * 0.12), y), (lane.right - round(cell * 0.12), y)
        pygame.draw.line(surface, mix(fill, EDGE, 0.45), *line)
    label = (lane.centerx, lane.bottom + round(cell * 0.18) + round(3 * u))
    colour = YELLOW if marks.chosen == column else MUTED
    text(surface, str(column + 1), label, min(18 * u, cell * 0.26), colour, anchor="center")


def _draw_block(
    surface: pygame.Surface, place: BoardGeometry, block: int, at: tuple[float, float], side: int
) -> None:
    picture = tile(block, max(6, side))
    x, y = place.cell_center(*at)
    surface.blit(picture, picture.get_rect(center=(round(x), round(y))))


def _draw_arrows(surface: pygame.Surface, place: BoardGeometry, stand: list[int], marks: Marks) -> None:
    """Legal moves as thin arrows above the columns, the planner's move as a thick one."""
    cell = place.cell
    for moves, colour, share in ((marks.legal, MUTED, 0.025), (marks.hint, GREEN, 0.06)):
        for source, target in moves:
            x0, y0 = place.cell_center(source, stand[source] - 0.45)
            x1, y1 = place.cell_center(target, stand[target] - 0.3)
            side = 0.14 if target > source else -0.14
            bend = 0.32 if target > source else -0.32
            start, end = (x0 + side * cell, y0), (x1 - side * cell * 0.6, y1)
            arrow(surface, start, end, max(1.5, cell * share), colour, bend)


def draw_scene(
    surface: pygame.Surface,
    rect: pygame.Rect,
    view: Mapping[str, Any],
    u: float,
    *,
    move: Move | None = None,
    marks: Marks | None = None,
    hidden: bool = False,
    sizes: Mapping[str, int] | None = None,
) -> None:
    """Draw banner, board and goals into `rect`; arguments as for the three parts."""
    gap = round(10 * u)
    banner = pygame.Rect(rect.left, rect.top, rect.width, round(58 * u))
    draw_banner(surface, banner, view, u, hidden=hidden)
    body, goals = scene_rects(rect, u)
    panel(surface, body, u)
    draw_board(surface, body.inflate(-gap * 2, -gap * 2), view["board"], u, move=move, marks=marks)
    draw_goals(surface, goals, view, u, hidden=hidden, sizes=sizes)


def scene_rects(rect: pygame.Rect, u: float) -> tuple[pygame.Rect, pygame.Rect]:
    """Rectangles of the board's and the goals' panel inside a scene's `rect`."""
    gap = round(10 * u)
    top = rect.top + round(58 * u) + gap
    height = rect.bottom - top
    wide = round(min(rect.width * 0.62, height * 1.05))
    board = pygame.Rect(rect.left, top, max(wide, rect.width - round(360 * u) - gap), height)
    goals = pygame.Rect(board.right + gap, top, rect.right - board.right - gap, height)
    return board, goals


def draw_frame(view: Mapping[str, Any], size: tuple[int, int] = _REFERENCE) -> np.ndarray:
    """Draw one picture of an episode, as `render()` returns it. Needs no display.

    Args:
        view: a `shrdlu_env.view.View`.
        size: width and height in pixels, at least 240 x 180.

    Returns:
        uint8[h, w, 3], a new array.

    Raises:
        ValueError: `size` is too small.
    """
    wide, high = int(size[0]), int(size[1])
    if wide < SMALLEST[0] or high < SMALLEST[1]:
        raise ValueError(f"size must be at least {SMALLEST[0]} x {SMALLEST[1]} pixels, got {size}")
    surface = pygame.Surface((wide, high), 0, 32)
    surface.fill(BACKGROUND)
    u = unit((wide, high), _REFERENCE)
    margin = round(12 * u)
    draw_scene(surface, surface.get_rect().inflate(-2 * margin, -2 * margin), view, u)
    return to_array(surface)


def to_array(surface: pygame.Surface) -> np.ndarray:
    """The pixels of a surface as a new uint8[h, w, 3]."""
    return np.ascontiguousarray(pygame.surfarray.array3d(surface).swapaxes(0, 1))
