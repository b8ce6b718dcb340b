"""Goals in words: a relation, a constraint such as "6b2", a named set of constraints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.blocks.boards import Board, squares_of
from shrdlu_env.blocks.rules import MAX_BLOCKS, holds, locate
from shrdlu_env.checks import check_choice, check_whole, shown

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Relation(IntEnum):
    """How a first block lies to a second one; the order is that of the observation's relation channel."""

    ABOVE = 0
    BELOW = 1
    LEFT = 2
    RIGHT = 3

    @property
    def letter(self) -> str:
        """The letter in "6b2": a, b, l or r."""
        return "ablr"[self]

    @property
    def opposite(self) -> Relation:
        """The relation that says the same with the blocks exchanged."""
        return Relation(self ^ 1)


@dataclass(frozen=True, slots=True)
class Constraint:
    """`first` lies directly above / below / left of / right of `second`; blocks are numbered from 1."""

    first: int
    relation: Relation
    second: int

    def __post_init__(self) -> None:
        for name in ("first", "second"):
            object.__setattr__(self, name, check_whole(name, getattr(self, name), 1, MAX_BLOCKS))
        object.__setattr__(self, "relation", Relation(check_whole("relation", self.relation, 0, 3)))
        if self.first == self.second:
            raise ValueError(f"second={shown(self.second)}: must differ from first={shown(self.first)}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "6b2": 6 directly below 2.

        Raises:
            TypeError: it is no text.
            ValueError: the text is not a digit, one of a, b, l, r and a digit.
        """
        message = f'constraint={shown(text)}: must be block, one of a, b, l, r, block, as in "6b2"'
        if not isinstance(text, str):
            raise TypeError(message)
        if (
            len(text) != 3
            or not (text[0] + text[2]).isdecimal()
            or not text.isascii()
            or text[1] not in "ablr"
        ):
            raise ValueError(message)
        return cls(int(text[0]), Relation("ablr".index(text[1])), int(text[2]))

    def __str__(self) -> str:
        return f"{self.first}{self.relation.letter}{self.second}"

    @property
    def fact(self) -> Constraint:
        """The same fact written with above or left of; equal for the two orientations of one fact."""
        if self.relation in (Relation.ABOVE, Relation.LEFT):
            return self
        return Constraint(self.second, self.relation.opposite, self.first)

    def holds(self, board: Board) -> bool:
        """Whether it holds on a board: S rows of S block numbers, top row first, 0 = empty.

        Raises:
            TypeError: the board does not hold whole numbers.
            ValueError: it is not S rows of S block numbers.
        """
        squares = squares_of(board)
        size = round(len(squares) ** 0.5)
        return bool(holds(locate(squares, size), self.first, int(self.relation), self.second))


@dataclass(frozen=True, slots=True)
class Goal:
    """A named set of constraints, in the order in which they are told.

    Raises:
        TypeError: the letter is no text, or a constraint no `Constraint`.
        ValueError: there is no such letter, or no constraint.
    """

    letter: str
    constraints: tuple[Constraint, ...]

    def __post_init__(self) -> None:
        check_choice("letter", self.letter, LETTERS)
        message = f"constraints={shown(self.constraints)}: must be a tuple of Constraints, one at least"
        if not isinstance(self.constraints, tuple) or any(
            type(c) is not Constraint for c in self.constraints
        ):
            raise TypeError(message)
        if not self.constraints:
            raise ValueError(message)

    def satisfied(self, board: Board) -> float:
        """Share of the constraints that hold on a board (top row first), 0 to 1."""
        return sum(constraint.holds(board) for constraint in self.constraints) / len(self.constraints)

    @classmethod
    def from_rows(cls, rows: NDArray[np.int8]) -> Self:
        """Goal of rows (letter index, first, relation, second): int8[n, 4]."""
        constraints = tuple(Constraint(int(r[1]), Relation(int(r[2])), int(r[3])) for r in rows)
        return cls(LETTERS[int(rows[0, 0])], constraints)


def parse_constraints(goal: Goal | Sequence[str | Constraint]) -> list[Constraint]:
    """The constraints of a goal, written like "6b2" or not.

    Raises:
        TypeError: it is neither a goal nor a list of texts and constraints.
        ValueError: a text is no constraint.
    """
    if isinstance(goal, Goal):
        return list(goal.constraints)
    if isinstance(goal, str | bytes) or not isinstance(goal, Iterable):
        raise TypeError(
            f'goal={shown(goal)}: must be a Goal, or a list of constraints such as ["6b2", "1l4"]'
        )
    return [c if isinstance(c, Constraint) else Constraint.parse(c) for c in goal]


def constraint_rows(letter: int, constraints: Sequence[str | Constraint]) -> NDArray[np.int8]:
    """Rows (letter index, first, relation, second), int8[n, 4], of constraints, as texts like "6b2" or not."""
    parsed = parse_constraints(constraints)
    rows = [(letter, c.first, int(c.relation), c.second) for c in parsed]
    return np.array(rows, dtype=np.int8).reshape(-1, 4)
