"""Goals in words: a relation, a constraint such as "6b2", a named set of constraints."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.blocks.rules import MAX_BLOCKS, holds

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
            if not 1 <= getattr(self, name) <= MAX_BLOCKS:
                raise ValueError(
                    f"{name}={getattr(self, name)!r}: must be a block number from 1 to {MAX_BLOCKS}"
                )
        if self.first == self.second:
            raise ValueError(f"second={self.second!r}: must differ from first={self.first!r}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "6b2": 6 directly below 2.

        Raises:
            ValueError: the text is not a digit, one of a, b, l, r and a digit.
        """
        if len(text) != 3 or not (text[0] + text[2]).isdigit() or text[1] not in "ablr":
            raise ValueError(f'text={text!r}: must be block, one of a, b, l, r, block, as in "6b2"')
        return cls(int(text[0]), Relation("ablr".index(text[1])), int(text[2]))

    def __str__(self) -> str:
        return f"{self.first}{self.relation.letter}{self.second}"

    @property
    def fact(self) -> Constraint:
        """The same fact written with above or left of; equal for the two orientations of one fact."""
        if self.relation in (Relation.ABOVE, Relation.LEFT):
            return self
        return Constraint(self.second, self.relation.opposite, self.first)

    def holds(self, squares: NDArray[np.int8]) -> bool:
        """Whether it holds on a board given as S*S squares, row-major from the bottom left."""
        flat = np.ascontiguousarray(squares, dtype=np.int8).reshape(-1)
        size = round(len(flat) ** 0.5)
        return bool(holds(flat, size, self.first, int(self.relation), self.second))


@dataclass(frozen=True, slots=True)
class Goal:
    """A named set of constraints, in the order in which they are told."""

    letter: str
    constraints: tuple[Constraint, ...]

    def satisfied(self, squares: NDArray[np.int8]) -> float:
        """Share of the constraints that hold on a board of S*S squares, 0 to 1."""
        return sum(constraint.holds(squares) for constraint in self.constraints) / len(self.constraints)

    @classmethod
    def from_rows(cls, rows: NDArray[np.int8]) -> Self:
        """Goal of rows (letter index, first, relation, second): int8[n, 4]."""
        constraints = tuple(Constraint(int(r[1]), Relation(int(r[2])), int(r[3])) for r in rows)
        return cls(LETTERS[int(rows[0, 0])], constraints)


def constraint_rows(letter: int, constraints: list[str] | tuple[str, ...]) -> NDArray[np.int8]:
    """Rows (letter index, first, relation, second), int8[n, 4], of constraints written like "6b2"."""
    parsed = [Constraint.parse(text) for text in constraints]
    rows = [(letter, c.first, int(c.relation), c.second) for c in parsed]
    return np.array(rows, dtype=np.int8).reshape(-1, 4)
