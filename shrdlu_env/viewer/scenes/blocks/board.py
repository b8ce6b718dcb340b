"""The board itself: lanes, blocks, a block on its way, arrows."""

from __future__ import annotations

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.fonts import pixels, text, width
from shrdlu_env.viewer.drawing.paint import arrow, box
from shrdlu_env.viewer.drawing.theme import (
    EDGE,
    FAINT,
    GREEN,
    MUTED,
    PANEL_RAISED,
    RED,
    TEXT,
    WELL,
    YELLOW,
    Colour,
    mix,
)
from shrdlu_env.viewer.scenes.blocks.geometry import BoardGeometry, Marks, Move, heights, moving_position
from shrdlu_env.viewer.scenes.blocks.tiles import tile


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
        _draw_arrows(surface, place, stand, marks, u)


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


def _draw_arrows(
    surface: pygame.Surface, place: BoardGeometry, stand: list[int], marks: Marks, u: float
) -> None:
    """Legal moves as the columns a block may go to, for the column in hand as arrows; the hint thick."""
    in_hand = marks.chosen if marks.chosen is not None else marks.hover
    for source in sorted({source for source, _ in marks.legal}):
        targets = [target for start, target in marks.legal if start == source]
        if source == in_hand:
            for target in targets:
                _draw_arrow(surface, place, stand, (source, target), MUTED, 0.025)
            continue
        words = " ".join(str(target + 1) for target in targets)
        size = pixels(min(15 * u, place.cell * 0.2))
        bar = pygame.Rect(0, 0, width(words, size) + size, round(size * 1.5))
        x, y = place.cell_center(source, stand[source] - 0.5)
        bar.midbottom = (round(x), round(y - 0.02 * place.cell))
        box(surface, bar, bar.height / 2, PANEL_RAISED, MUTED)
        text(surface, words, bar.center, size, TEXT, anchor="center")
    for move in marks.hint:
        _draw_arrow(surface, place, stand, move, GREEN, 0.06)


def _draw_arrow(
    surface: pygame.Surface,
    place: BoardGeometry,
    stand: list[int],
    move: tuple[int, int],
    colour: Colour,
    share: float,
) -> None:
    """An arc from one column's top to another's; `share` is its thickness in cells."""
    (source, target), cell = move, place.cell
    x0, y0 = place.cell_center(source, stand[source] - 0.45)
    x1, y1 = place.cell_center(target, stand[target] - 0.3)
    way = 1 if target > source else -1
    start, end = (x0 + way * 0.14 * cell, y0), (x1 - way * 0.08 * cell, y1)
    bend = 0.32 * way
    (x0, y0), (x1, y1) = start, end
    control = ((x0 + x1) / 2 + (y1 - y0) * bend, (y0 + y1) / 2 - (x1 - x0) * bend)
    arrow(surface, start, control, end, max(1.5, cell * share), colour)
