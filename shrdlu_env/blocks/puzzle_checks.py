"""Puzzles that come from outside: compiled code takes them without asking, so all of it is asked here."""

from __future__ import annotations

from typing import Any

import numpy as np

from shrdlu_env.blocks.goals import LETTERS
from shrdlu_env.blocks.puzzles import (
    CHOSEN,
    FIRST_ACTIONS,
    LETTER,
    MIN_MOVES,
    NUM_BLOCKS,
    NUM_GOALS,
    STEPS,
    PuzzleBatch,
)
from shrdlu_env.checks import shown

MOST_MOVES = 1000
"""The most moves that a puzzle may say it needs."""


def check_puzzles(puzzles: Any, room: PuzzleBatch, count: int, blocks: int) -> PuzzleBatch:
    """Check that `count` puzzles are whole, and fit into `room` and observations of `blocks` blocks.

    Raises:
        TypeError: they are not a `PuzzleBatch` of the right types.
        ValueError: they do not fit, or break the rules.
    """
    if not isinstance(puzzles, PuzzleBatch):
        raise TypeError(f"puzzles={shown(puzzles)}: must be a PuzzleBatch")
    parts: tuple[Any, ...] = puzzles
    expected: tuple[Any, ...] = room
    for name, part, like in zip(puzzles._fields, parts, expected, strict=True):
        if not isinstance(part, np.ndarray) or part.dtype != like.dtype:
            raise TypeError(f"puzzles.{name}={shown(part)}: must be an array of {like.dtype}")
        if part.ndim != like.ndim or len(part) != len(puzzles.start):
            raise ValueError(
                f"puzzles.{name} has shape {part.shape}: must be like {like.shape}, a row a puzzle"
            )
    if len(puzzles.start) != count:
        raise ValueError(f"puzzles: {len(puzzles.start)} were given for {count} episodes")
    if puzzles.start.shape[1] != room.start.shape[1]:
        raise ValueError(
            f"puzzles: boards have {puzzles.start.shape[1]} squares, expected {room.start.shape[1]}"
        )
    if (
        puzzles.meta.shape[1] != room.meta.shape[1]
        or puzzles.steps.shape[2] != 4
        or puzzles.goals.shape[2] != 4
    ):
        raise ValueError(f"puzzles.meta has shape {puzzles.meta.shape}: must be like {room.meta.shape}")
    _check_sizes(puzzles, room, blocks)
    _require(_boards_are_whole(puzzles), "start", "blocks must be 1..k once each and must not float")
    _check_goals(puzzles)
    return puzzles


def _require(good: Any, part: str, must: str) -> None:
    if not good.all():
        raise ValueError(f"puzzles.{part}[{int(np.flatnonzero(~good)[0])}]: {must}")


def _check_sizes(puzzles: PuzzleBatch, room: PuzzleBatch, blocks: int) -> None:
    meta = puzzles.meta
    most = min(puzzles.goals.shape[1], puzzles.offsets.shape[1] - 1)
    _require((meta[:, NUM_GOALS] >= 1) & (meta[:, NUM_GOALS] <= most), "meta", f"must have 1 to {most} goals")
    chosen = (meta[:, CHOSEN] >= 0) & (meta[:, CHOSEN] < meta[:, NUM_GOALS])
    _require(chosen, "meta", "the chosen goal must be one of its goals")
    longest = puzzles.steps.shape[1]
    _require(
        (meta[:, STEPS] >= 1) & (meta[:, STEPS] <= longest),
        "meta",
        f"must have 1 to {longest} description steps",
    )
    steps, goals = int(meta[:, STEPS].max()), int(meta[:, NUM_GOALS].max())
    if steps > room.steps.shape[1] or goals > room.goals.shape[1]:
        raise ValueError(
            f"puzzles: up to {goals} goals told in {steps} steps do not fit; there is room for "
            f"{room.goals.shape[1]} goals in {room.steps.shape[1]} steps"
        )
    if int(meta[:, NUM_BLOCKS].max()) > blocks:
        raise ValueError(
            f"puzzles: {int(meta[:, NUM_BLOCKS].max())} blocks do not fit observations of {blocks} blocks"
        )


def _boards_are_whole(puzzles: PuzzleBatch) -> np.ndarray:
    n, squares = puzzles.start.shape
    size = round(squares**0.5)
    ranks = np.arange(squares) - squares + 1 + puzzles.meta[:, NUM_BLOCKS, None]
    numbered = (np.sort(puzzles.start, axis=1) == np.maximum(ranks, 0)).all(axis=1)
    filled = puzzles.start.reshape(n, size, size) != 0
    floating = (filled[:, 1:] & ~filled[:, :-1]).any(axis=(1, 2))
    return numbered & ~floating & (puzzles.meta[:, NUM_BLOCKS] >= 2)


def _check_goals(puzzles: PuzzleBatch) -> None:
    meta, steps, offsets, goals = puzzles.meta, puzzles.steps, puzzles.offsets, puzzles.goals
    places = np.arange(offsets.shape[1])
    asked = places[:-1] < meta[:, NUM_GOALS, None]
    ends = offsets[np.arange(len(meta)), meta[:, NUM_GOALS]]
    rising = (np.diff(offsets, axis=1) >= 1) | ~asked
    whole = rising.all(axis=1) & (offsets[:, 0] == 0) & (ends == meta[:, STEPS])
    _require(whole, "offsets", "must rise from 0 to the number of description steps")
    told = np.arange(steps.shape[1]) < meta[:, STEPS, None]
    letter, first, relation, second = np.moveaxis(steps, 2, 0)
    highest = meta[:, NUM_BLOCKS, None]
    good = (letter >= 0) & (letter < len(LETTERS)) & (relation >= 0) & (relation <= 3) & (first != second)
    good &= (first >= 1) & (first <= highest) & (second >= 1) & (second <= highest)
    _require((good | ~told).all(axis=1), "steps", "must be (letter, block, relation, another block)")
    asked = np.arange(goals.shape[1]) < meta[:, NUM_GOALS, None]
    good = (goals[..., LETTER] >= 0) & (goals[..., LETTER] < len(LETTERS)) & (goals[..., FIRST_ACTIONS] >= 0)
    good &= (goals[..., MIN_MOVES] >= 0) & (goals[..., MIN_MOVES] <= MOST_MOVES)
    _require((good | ~asked).all(axis=1), "goals", "must be (letter, depth, moves, first actions)")
