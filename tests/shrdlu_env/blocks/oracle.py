"""Mini-SHRDLU once more, written independently and slowly: a board is a tuple of columns, bottom to top."""

from collections import deque
from functools import cache, lru_cache
from itertools import pairwise

import numpy as np
from hypothesis import strategies as st

Board = tuple[tuple[int, ...], ...]
Fact = tuple[str, int, int]

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def from_squares(squares: np.ndarray) -> Board:
    flat = [int(block) for block in np.asarray(squares).reshape(-1)]
    size = round(len(flat) ** 0.5)
    columns = ([flat[row * size + column] for row in range(size)] for column in range(size))
    return tuple(tuple(block for block in column if block) for column in columns)


def to_squares(board: Board) -> np.ndarray:
    size = len(board)
    squares = np.zeros((size, size), np.int8)
    for column, stack in enumerate(board):
        squares[: len(stack), column] = stack
    return squares.reshape(-1)


def from_rows(rows) -> Board:
    """The board of rows as people write them, top row first."""
    return from_squares(np.array(rows)[::-1])


def to_rows(board: Board) -> list[list[int]]:
    size = len(board)
    return to_squares(board).reshape(size, size)[::-1].tolist()


def pairs(size: int) -> list[tuple[int, int]]:
    return [(a, b) for a in range(size) for b in range(size) if a != b]


def act(board: Board, action: int) -> Board | None:
    """The board after an action, None where it is illegal."""
    size = len(board)
    if action == size * (size - 1):
        return board
    a, b = pairs(size)[action]
    if not board[a] or len(board[b]) == size:
        return None
    columns = list(board)
    columns[b] = (*columns[b], columns[a][-1])
    columns[a] = columns[a][:-1]
    return tuple(columns)


def legal(board: Board) -> list[bool]:
    return [act(board, action) is not None for action in range(len(pairs(len(board))) + 1)]


@cache
def facts(board: Board) -> frozenset[Fact]:
    """("on", x, y): x directly on top of y; ("left", x, y): x directly left of y, in the same row."""
    found: set[Fact] = set()
    for stack in board:
        found |= {("on", upper, lower) for lower, upper in pairwise(stack)}
    for left, right in pairwise(board):
        found |= {("left", x, y) for x, y in zip(left, right, strict=False)}
    return frozenset(found)


def fact(text: str) -> Fact:
    """The fact behind "6b2"."""
    x, relation, y = int(text[0]), text[1], int(text[2])
    return {"a": ("on", x, y), "b": ("on", y, x), "l": ("left", x, y), "r": ("left", y, x)}[relation]


@lru_cache(maxsize=64)
def distances(board: Board) -> dict[Board, int]:
    """Distance to every board that can be reached, nearest first."""
    known = {board: 0}
    queue = deque([board])
    while queue:
        here = queue.popleft()
        for action in range(len(pairs(len(board)))):
            there = act(here, action)
            if there is not None and there not in known:
                known[there] = known[here] + 1
                queue.append(there)
    return known


_groups: dict[Board, list[Board]] = {}


def reachable(board: Board) -> list[Board]:
    """All boards that moves lead to; moves can be undone, so these boards share one list."""
    if board not in _groups:
        group = list(distances(board))
        _groups.update(dict.fromkeys(group, group))
    return _groups[board]


def fewest_moves(board: Board, goal: frozenset[Fact]) -> int:
    return _moves_to_goal(goal, reachable(board)[0])[board]


@lru_cache(maxsize=64)
def _moves_to_goal(goal: frozenset[Fact], anywhere: Board) -> dict[Board, int]:
    """Distance of every board to the goal, searched backwards from all boards that satisfy it."""
    known = {board: 0 for board in reachable(anywhere) if goal <= facts(board)}
    queue = deque(known)
    while queue:
        here = queue.popleft()
        for action in range(len(pairs(len(here)))):
            there = act(here, action)
            if there is not None and there not in known:
                known[there] = known[here] + 1
                queue.append(there)
    return known


def optimal_actions(board: Board, goal: frozenset[Fact]) -> list[bool]:
    """Actions on a shortest path; the pass alone where the goal holds."""
    left = _moves_to_goal(goal, reachable(board)[0])
    actions = len(pairs(len(board))) + 1
    if left[board] == 0:
        return [False] * (actions - 1) + [True]
    after = [act(board, action) for action in range(actions)]
    return [there is not None and left[there] == left[board] - 1 for there in after]


def observation(
    board: Board, blocks: int, letter: str | None = None, text: str | None = None, go: bool = False
) -> np.ndarray:
    """One observation, part after part."""
    goal, first, relation, second = np.zeros(26), np.zeros(blocks), np.zeros(4), np.zeros(blocks)
    if letter is not None:
        goal[LETTERS.index(letter)] = 1
    if text is not None:
        first[int(text[0]) - 1] = 1
        relation["ablr".index(text[1])] = 1
        second[int(text[2]) - 1] = 1
    squares = np.zeros((len(board) ** 2, blocks))
    for square, block in enumerate(to_squares(board)):
        if block:
            squares[square, block - 1] = 1
    return np.concatenate([goal, first, relation, second, [float(go)], squares.reshape(-1)]).astype(
        np.float32
    )


@st.composite
def boards(draw: st.DrawFn, sizes: tuple[int, ...] = (2, 3, 4, 5), most: int = 9) -> Board:
    """Any board with a free square."""
    size = draw(st.sampled_from(sizes))
    blocks = draw(st.integers(1, min(most, size * size - 1)))
    columns: list[tuple[int, ...]] = [()] * size
    for block in draw(st.permutations(range(1, blocks + 1))):
        free = [column for column in range(size) if len(columns[column]) < size]
        column = draw(st.sampled_from(free))
        columns[column] = (*columns[column], block)
    return tuple(columns)
