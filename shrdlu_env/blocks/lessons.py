"""The paper's 26 lessons as data.

Source: Extended Data, Mini-SHRDLU curriculum. Three entries of our copy are smudged and follow the table's
pattern: lesson 7 blocks and depth, lesson 10 constraints and depth.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from shrdlu_env.blocks.rules import MAX_BLOCKS, MAX_FACTS, MAX_SIZE, MIN_SIZE
from shrdlu_env.checks import check_whole, shown

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Ranges:
    """What puzzles are drawn from: inclusive ranges, sampled uniformly.

    Attributes:
        goals: goals per puzzle, 1 to 26.
        blocks: blocks on the board, 2 to 9.
        constraints: constraints per goal, 1 to 12.
        depth: minimum distance in moves from the start board to a goal's target board, 1 to 100.

    Raises:
        TypeError: a range is not two numbers.
        ValueError: a range is not two whole numbers, lowest first, within these bounds.
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
            message = (
                f"{name}={shown(value)}: must be whole numbers (lowest, highest) with "
                f"{lowest[name]} <= lowest <= highest <= {highest[name]}"
            )
            try:
                low, high = (check_whole(name, bound, lowest[name], highest[name]) for bound in value)
            except TypeError:
                raise TypeError(message) from None
            except ValueError:
                raise ValueError(message) from None
            if low > high:
                raise ValueError(message)
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


def check_lesson(lesson: object) -> int:
    """The lesson's number.

    Raises:
        TypeError: it is no number.
        ValueError: it is not a whole number from 1 to 26.
    """
    return check_whole("lesson", lesson, 1, len(LESSONS))


def check_board_size(board_size: object) -> int:
    """The board's size S.

    Raises:
        TypeError: it is no number.
        ValueError: it is not a whole number from 2 to 5.
    """
    return check_whole("board_size", board_size, MIN_SIZE, MAX_SIZE)
