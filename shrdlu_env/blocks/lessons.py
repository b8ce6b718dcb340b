"""The paper's 26 lessons as data, the gate between them, the share of earlier ones.

Source: Extended Data, Mini-SHRDLU curriculum. Three entries of our copy are smudged and follow the table's
pattern: lesson 7 blocks and depth, lesson 10 constraints and depth.
"""

from __future__ import annotations

import numbers
from dataclasses import dataclass, fields

from shrdlu_env.blocks.rules import MAX_BLOCKS, MAX_FACTS, MAX_SIZE, MIN_SIZE

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Ranges:
    """What puzzles are drawn from: inclusive ranges, sampled uniformly.

    Attributes:
        goals: goals per puzzle, 1 to 26.
        blocks: blocks on the board, 2 to 9.
        constraints: constraints per goal, 1 to 12.
        depth: minimum distance in moves from the start board to a goal's target board, at least 1.
    """

    goals: Range
    blocks: Range
    constraints: Range
    depth: Range

    def __post_init__(self) -> None:
        highest = {"goals": 26, "blocks": MAX_BLOCKS, "constraints": MAX_FACTS, "depth": 100}
        lowest = {"goals": 1, "blocks": 2, "constraints": 1, "depth": 1}
        for field in fields(self):
            name, value = field.name, getattr(self, field.name)
            try:
                low, high = (int(bound) for bound in value)
                whole = all(int(bound) == bound and not isinstance(bound, bool) for bound in value)
            except (TypeError, ValueError):
                whole = False
            if not whole or not lowest[name] <= low <= high <= highest[name]:
                raise ValueError(
                    f"{name}={value!r}: must be whole numbers (lowest, highest) with "
                    f"{lowest[name]} <= lowest <= highest <= {highest[name]}"
                )
            object.__setattr__(self, name, (low, high))


# goals, blocks, constraints, search depth
LESSONS: tuple[Ranges, ...] = tuple(
    Ranges(*row)
    for row in (
        ((2, 2), (3, 3), (1, 1), (1, 1)),
        ((2, 3), (3, 4), (1, 2), (1, 1)),
        ((3, 3), (4, 4), (1, 2), (1, 2)),
        ((3, 4), (4, 5), (2, 2), (1, 2)),
        ((4, 4), (5, 5), (2, 2), (2, 2)),
        ((4, 5), (5, 6), (2, 3), (2, 2)),
        ((5, 5), (6, 6), (2, 3), (2, 3)),
        ((5, 6), (6, 6), (3, 3), (2, 3)),
        ((6, 6), (6, 6), (3, 3), (3, 3)),
        ((6, 7), (6, 6), (3, 4), (3, 3)),
        ((7, 7), (6, 6), (3, 4), (3, 4)),
        ((7, 8), (6, 6), (4, 4), (3, 4)),
        ((8, 8), (6, 6), (4, 4), (4, 4)),
        ((8, 9), (6, 6), (4, 5), (4, 4)),
        ((9, 9), (6, 6), (4, 5), (4, 5)),
        ((9, 10), (6, 6), (5, 5), (4, 5)),
        ((10, 10), (6, 6), (5, 5), (5, 5)),
        ((10, 10), (6, 6), (5, 6), (5, 5)),
        ((10, 10), (6, 6), (5, 6), (5, 6)),
        ((10, 10), (6, 6), (6, 6), (5, 6)),
        ((10, 10), (6, 6), (6, 6), (6, 6)),
        ((10, 10), (6, 6), (6, 6), (6, 6)),
        ((10, 10), (6, 6), (6, 6), (6, 7)),
        ((10, 10), (6, 6), (6, 6), (6, 7)),
        ((10, 10), (6, 6), (6, 6), (7, 7)),
        ((10, 10), (6, 6), (1, 6), (1, 7)),
    )
)

GATE_SATISFIED = 0.85
"""A lesson is complete when this share of the chosen goals' constraints holds at the end, on average."""
GATE_EPISODES = 160
"""Evaluation episodes over which that average is taken."""
GATE_BATCHES = 400
"""Training batches between two such checks."""
EARLIER_SHARE = 0.1
"""Share of training episodes drawn uniformly from earlier lessons."""


def check_whole(name: str, value: object, lowest: int, highest: int | None = None) -> int:
    """A whole number in a range.

    Raises:
        ValueError: it is none, or lies outside; the message names the argument.
    """
    whole = isinstance(value, numbers.Real) and not isinstance(value, bool) and value == value // 1
    if not whole or not lowest <= int(value) <= (highest or int(value)):  # type: ignore[call-overload]
        allowed = f"of at least {lowest}" if highest is None else f"from {lowest} to {highest}"
        raise ValueError(f"{name}={value!r}: must be a whole number {allowed}")
    return int(value)  # type: ignore[call-overload]


def check_lesson(lesson: object) -> int:
    """The lesson's number.

    Raises:
        ValueError: it is not a whole number from 1 to 26.
    """
    return check_whole("lesson", lesson, 1, len(LESSONS))


def check_board_size(board_size: object) -> int:
    """The board's size S.

    Raises:
        ValueError: it is not a whole number from 2 to 5.
    """
    return check_whole("board_size", board_size, MIN_SIZE, MAX_SIZE)


def lesson_complete(satisfied: float, lesson: int) -> bool:
    """Whether the gate to a next lesson opens: the mean share of constraints satisfied is high enough."""
    return satisfied >= GATE_SATISFIED and check_lesson(lesson) < len(LESSONS)
