"""The observation as named slices of a float32 vector; one writer, used by every environment.

Place-coded: goal name (26), first block (B), relation (4), second block (B), go cue (1), board (S*S squares,
row-major from the bottom left, each B). B is 6, or the largest block number in range where that is larger;
97 features at S = 3.
Source: Methods, 'Mini-SHRDLU'.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shrdlu_env._jit import njit
from shrdlu_env.blocks.goals import LETTERS, Constraint, Relation
from shrdlu_env.blocks.puzzles import STEPS, PuzzleBatch

NUM_LETTERS = len(LETTERS)
NUM_RELATIONS = len(Relation)
NOTHING = -1


@njit
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
        if block > 0:
            out[base + block] = 1.0
        base += blocks


@njit
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
        squares: int8[S*S], block numbers row-major from the bottom left, 0 = empty.
    """

    letter: str | None
    constraint: Constraint | None
    go: bool
    squares: NDArray[np.int8]


@dataclass(frozen=True)
class Layout:
    """Where each part of an observation lies.

    Attributes:
        board_size: S.
        blocks: B, width of a block code.
    """

    board_size: int = 3
    blocks: int = 6

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
    def size(self) -> int:
        """X, length of an observation."""
        return self.board.stop

    def encode(
        self,
        squares: NDArray[np.int8],
        *,
        letter: str | None = None,
        constraint: Constraint | None = None,
        go: bool = False,
    ) -> NDArray[np.float32]:
        """Encode an observation, float32[X].

        Args:
            squares: int[S*S] or int[S, S], row-major from the bottom left.
            letter: letter of the goal channel, or None.
            constraint: constraint shown, or None.
            go: go cue.

        Raises:
            ValueError: the board or a block does not fit this layout.
        """
        flat = np.ascontiguousarray(squares, dtype=np.int8).reshape(-1)
        if len(flat) != self.board_size**2 or flat.min() < 0 or flat.max() > self.blocks:
            raise ValueError(
                f"squares={flat.tolist()}: must be {self.board_size**2} block numbers from 0 to {self.blocks}"
            )
        if letter is not None and (len(letter) != 1 or letter not in LETTERS):
            raise ValueError(f"letter={letter!r}: must be one of {LETTERS}")
        if constraint is not None and max(constraint.first, constraint.second) > self.blocks:
            raise ValueError(f"constraint={str(constraint)!r}: blocks go up to {self.blocks} in this layout")
        out = np.empty(self.size, np.float32)
        index = NOTHING if letter is None else LETTERS.index(letter)
        if constraint is None:
            write_observation(out, flat, index, NOTHING, 0, 0, go, self.blocks)
        else:
            first, relation, second = constraint.first, int(constraint.relation), constraint.second
            write_observation(out, flat, index, first, relation, second, go, self.blocks)
        return out

    def decode(self, observation: NDArray[np.float32]) -> Decoded:
        """Read an observation float32[X].

        Raises:
            ValueError: wrong length, or a part is not place-coded.
        """
        observation = np.asarray(observation)
        if observation.shape != (self.size,):
            raise ValueError(f"observation has shape {observation.shape}: must be ({self.size},)")
        letter = _read("goal", observation[self.goal])
        first, second = _read("first", observation[self.first]), _read("second", observation[self.second])
        relation = _read("relation", observation[self.relation])
        if (first < 0) != (second < 0) or (first < 0) != (relation < 0):
            raise ValueError("observation: first block, relation and second block must be shown together")
        codes = observation[self.board].reshape(-1, self.blocks)
        squares = np.array([_read("board", code) + 1 for code in codes], np.int8)
        return Decoded(
            letter=None if letter < 0 else LETTERS[letter],
            constraint=None if first < 0 else Constraint(first + 1, Relation(relation), second + 1),
            go=bool(observation[self.go][0] == 1),
            squares=squares,
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
        """
        chosen = np.arange(len(puzzles.start)) if rows is None else np.asarray(rows, np.int64)
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
