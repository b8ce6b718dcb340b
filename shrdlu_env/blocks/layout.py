"""The observation as named slices of a float32 vector; one writer, used by every environment.

Place-coded: goal name (26), first block (B), relation (4), second block (B), go cue (1), board (S*S squares,
row-major from the bottom left, each B). B is 6, or the largest block number in range where that is larger;
97 features at S = 3. With full observability a unit per constraint that can be written (B x 4 x B) follows: those of
the chosen goal are on from the go cue to the end.
Source: Methods, 'Mini-SHRDLU'.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shrdlu_env._jit import njit_lean
from shrdlu_env.blocks.boards import Board, board_of, squares_of
from shrdlu_env.blocks.goals import LETTERS, Constraint, Relation, constraint_rows, parse_constraints
from shrdlu_env.blocks.lessons import check_board_size
from shrdlu_env.blocks.puzzles import NUM_BLOCKS, STEPS, PuzzleBatch
from shrdlu_env.blocks.rules import MAX_BLOCKS
from shrdlu_env.checks import check_array, check_choice, check_whole, shown
from shrdlu_env.task import OBSERVABILITY

NUM_LETTERS = len(LETTERS)
NUM_RELATIONS = len(Relation)
NOTHING = -1


@njit_lean
def write_observation(
    out: NDArray[np.float32],
    squares: NDArray[np.int8],
    letter: int,
    first: int,
    relation: int,
    second: int,
    go: bool,
    blocks: int,
) -> None:
    """Write an observation to out[X]; letter or first below 0 leave the goal or the constraint empty."""
    out[:] = 0.0
    if letter >= 0:
        out[letter] = 1.0
    if first >= 0:
        out[26 + first - 1] = 1.0
        out[26 + blocks + relation] = 1.0
        out[30 + blocks + second - 1] = 1.0
    if go:
        out[30 + 2 * blocks] = 1.0
    base = 31 + 2 * blocks - 1
    for square in range(len(squares)):
        block = int(squares[square])
        # An empty square writes the 0 that is there already: cheaper than a branch that is beyond guessing.
        out[base + max(block, 1)] = block > 0
        base += blocks


@njit_lean
def write_wanted(
    out: NDArray[np.float32], steps: NDArray[np.int8], first: int, end: int, blocks: int
) -> None:
    """Turn on the units of the constraints steps[first:end] in out[X], the last B x 4 x B of it."""
    base = len(out) - 4 * blocks * blocks
    for row in range(first, end):
        unit = (int(steps[row, 1] - 1) * 4 + int(steps[row, 2])) * blocks + int(steps[row, 3]) - 1
        out[base + unit] = 1.0


@njit_lean
def _write_descriptions(
    puzzles: PuzzleBatch,
    rows: NDArray[np.int64],
    begins: NDArray[np.int64],
    blocks: int,
    out: NDArray[np.float32],
) -> None:
    """Write the description of puzzle rows[i] to out[begins[i] : begins[i] + L, i]."""
    for i in range(len(rows)):
        row = rows[i]
        for time in range(puzzles.meta[row, STEPS]):
            step = puzzles.steps[row, time]
            write_observation(
                out[begins[i] + time, i],
                puzzles.start[row],
                step[0],
                step[1],
                step[2],
                step[3],
                False,
                blocks,
            )


@dataclass(frozen=True, slots=True)
class Decoded:
    """An observation in words.

    Attributes:
        letter: letter in the goal channel, None where it is empty.
        constraint: the constraint shown, None where there is none.
        go: whether the go cue is on.
        board: rows of block numbers, top row first, 0 = empty.
        wanted: with full observability the chosen goal's constraints, by unit; else none.
    """

    letter: str | None
    constraint: Constraint | None
    go: bool
    board: list[list[int]]
    wanted: tuple[Constraint, ...] = ()


@dataclass(frozen=True)
class Layout:
    """Where each part of an observation lies.

    Attributes:
        board_size: S, 2 to 5.
        blocks: B, width of a block code, 1 to 9.
        observability: "partial", or "full": what is asked for stays visible from the cue on.

    Raises:
        TypeError: one of them has the wrong type.
        ValueError: one of them is out of range.
    """

    board_size: int = 3
    blocks: int = 6
    observability: str = "partial"

    def __post_init__(self) -> None:
        check_board_size(self.board_size)
        check_whole("blocks", self.blocks, 1, MAX_BLOCKS)
        check_choice("observability", self.observability, OBSERVABILITY)

    @property
    def goal(self) -> slice:
        """Goal name, 26."""
        return slice(0, NUM_LETTERS)

    @property
    def first(self) -> slice:
        """First block, B."""
        return slice(NUM_LETTERS, NUM_LETTERS + self.blocks)

    @property
    def relation(self) -> slice:
        """Relation, 4: above, below, left of, right of."""
        return slice(self.first.stop, self.first.stop + NUM_RELATIONS)

    @property
    def second(self) -> slice:
        """Second block, B."""
        return slice(self.relation.stop, self.relation.stop + self.blocks)

    @property
    def go(self) -> slice:
        """Go cue, 1."""
        return slice(self.second.stop, self.second.stop + 1)

    @property
    def board(self) -> slice:
        """Board, S*S*B."""
        return slice(self.go.stop, self.go.stop + self.board_size**2 * self.blocks)

    @property
    def wanted(self) -> slice:
        """Constraints asked for, B*4*B: (first block, relation, second block) in row-major order; else empty."""
        width = NUM_RELATIONS * self.blocks**2 if self.observability == "full" else 0
        return slice(self.board.stop, self.board.stop + width)

    @property
    def size(self) -> int:
        """X, length of an observation."""
        return self.wanted.stop

    def encode(
        self,
        board: Board,
        *,
        letter: str | None = None,
        constraint: Constraint | None = None,
        go: bool = False,
        wanted: Sequence[Constraint] = (),
    ) -> NDArray[np.float32]:
        """Encode an observation, float32[X].

        Args:
            board: S rows of S block numbers, top row first, 0 = empty.
            letter: letter of the goal channel, or None.
            constraint: constraint shown, or None.
            go: go cue.
            wanted: constraints asked for; none where observability is partial.

        Raises:
            TypeError: an argument has the wrong type.
            ValueError: the board or a block does not fit this layout.
        """
        flat = squares_of(board, self.blocks)
        if len(flat) != self.board_size**2:
            raise ValueError(f"board={shown(board)}: must be {self.board_size} rows of {self.board_size}")
        if letter is not None:
            check_choice("letter", letter, LETTERS)
        shown_ones = [] if constraint is None else [("constraint", constraint)]
        for name, one in [*shown_ones, *(("wanted", one) for one in parse_constraints(wanted))]:
            if not isinstance(one, Constraint):
                raise TypeError(f"{name}={shown(one)}: must be a Constraint")
            if max(one.first, one.second) > self.blocks:
                raise ValueError(f"{name}={str(one)!r}: blocks go up to {self.blocks} in this layout")
        if len(wanted) and self.observability != "full":
            raise ValueError(f"wanted={shown(wanted)}: must be empty where observability is partial")
        out = np.empty(self.size, np.float32)
        index = NOTHING if letter is None else LETTERS.index(letter)
        if constraint is None:
            write_observation(out, flat, index, NOTHING, 0, 0, go, self.blocks)
        else:
            first, relation, second = constraint.first, int(constraint.relation), constraint.second
            write_observation(out, flat, index, first, relation, second, go, self.blocks)
        if len(wanted):
            write_wanted(out, constraint_rows(0, wanted), 0, len(wanted), self.blocks)
        return out

    def decode(self, observation: NDArray[np.float32]) -> Decoded:
        """Read an observation float32[X].

        Raises:
            TypeError: it does not hold numbers.
            ValueError: wrong length, or a part is not place-coded.
        """
        observation = check_array("observation", observation, "iuf", (self.size,))
        letter = _read("goal", observation[self.goal])
        first, second = _read("first", observation[self.first]), _read("second", observation[self.second])
        relation = _read("relation", observation[self.relation])
        if (first < 0) != (second < 0) or (first < 0) != (relation < 0):
            raise ValueError("observation: first block, relation and second block must be shown together")
        codes = observation[self.board].reshape(-1, self.blocks)
        squares = np.array([_read("board", code) + 1 for code in codes], np.int8)
        units = np.argwhere(observation[self.wanted].reshape(-1, NUM_RELATIONS, self.blocks) == 1).tolist()
        return Decoded(
            letter=None if letter < 0 else LETTERS[letter],
            constraint=None if first < 0 else Constraint(first + 1, Relation(relation), second + 1),
            go=bool(observation[self.go][0] == 1),
            board=board_of(squares),
            wanted=tuple(Constraint(a + 1, Relation(relation), b + 1) for a, relation, b in units),
        )

    def encode_descriptions(
        self, puzzles: PuzzleBatch, rows: NDArray[np.int64] | None = None, *, at_end: bool = False
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The descriptions of many puzzles as one block, time first.

        Args:
            puzzles: the puzzles.
            rows: int[B], which of them; None means all.
            at_end: all end together, instead of beginning together.

        Returns:
            float32[L_max, B, X], the observations of steps 0..L-1 of each, zero elsewhere; int64[B], each L.

        Raises:
            TypeError: an argument has the wrong type.
            ValueError: there is no such row, or the puzzles do not fit this layout.
        """
        if not isinstance(puzzles, PuzzleBatch):
            raise TypeError(f"puzzles={shown(puzzles)}: must be a PuzzleBatch")
        count = len(puzzles.start)
        chosen = np.arange(count) if rows is None else check_array("rows", rows, "iu", (None,))
        if len(chosen) and not 0 <= chosen.min() <= chosen.max() < count:
            raise ValueError(f"rows={shown(rows)}: must be from 0 to {count - 1}")
        chosen = chosen.astype(np.int64)
        if (
            puzzles.start.shape[1] != self.board_size**2
            or puzzles.meta[:, NUM_BLOCKS].max(initial=0) > self.blocks
        ):
            raise ValueError(
                f"puzzles of {puzzles.start.shape[1]} squares: this layout takes {self.board_size**2}, with at most "
                f"{self.blocks} blocks"
            )
        lengths = puzzles.meta[chosen, STEPS].astype(np.int64)
        longest = int(lengths.max(initial=0))
        out = np.zeros((longest, len(chosen), self.size), np.float32)
        _write_descriptions(puzzles, chosen, longest - lengths if at_end else 0 * lengths, self.blocks, out)
        return out, lengths

    def encode_description(self, puzzles: PuzzleBatch, row: int = 0) -> NDArray[np.float32]:
        """The whole description of a puzzle as one block float32[L, X]: the observations of steps 0..L-1."""
        return self.encode_descriptions(puzzles, np.array([row]))[0][:, 0]


def _read(name: str, code: NDArray[np.float32]) -> int:
    """Position of the 1 of a place code, -1 where all are 0."""
    ones = np.flatnonzero(code)
    if len(ones) > 1 or (code[ones] != 1).any():
        raise ValueError(
            f"observation: its part {name!r} must be all zero or a single 1, got {code.tolist()}"
        )
    return int(ones[0]) if len(ones) else NOTHING
