"""What a sequence task draws: inputs, wanted outputs, and what each step is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.checks import check_generator, check_whole, shown
from shrdlu_env.task import Phase

#: Whole numbers (lowest, highest), both included.
Range = tuple[int, int]


class SequenceStep(IntEnum):
    """What a step of a sequence is."""

    START = 0
    ITEM = 1
    END = 2
    QUERY_START = 3
    QUERY = 4
    QUERY_END = 5
    ANSWER = 6
    ANSWER_END = 7


#: Each kind of step in words.
LABELS: dict[SequenceStep, str] = {
    SequenceStep.START: "a sequence or item begins",
    SequenceStep.ITEM: "a vector to remember",
    SequenceStep.END: "the sequence is over",
    SequenceStep.QUERY_START: "the query begins",
    SequenceStep.QUERY: "a vector of the query",
    SequenceStep.QUERY_END: "the query is over",
    SequenceStep.ANSWER: "a vector is asked for",
    SequenceStep.ANSWER_END: "the end marker is asked for",
}


def phase_of(step: SequenceStep) -> Phase:
    """The phase that a step belongs to."""
    if step >= SequenceStep.ANSWER:
        return Phase.ANSWER
    return Phase.QUERY if step >= SequenceStep.QUERY_START else Phase.DESCRIBE


@dataclass(frozen=True, eq=False)
class Sequences:
    """B sequences of T steps that differ in nothing but their bits.

    Attributes:
        inputs: float32 [T, B, X].
        targets: float32 [T, B, Y], the bits wanted, 0 where nothing is asked for.
        labels: int8 [T], a `SequenceStep` each; those from `ANSWER` on want an output.
    """

    inputs: NDArray[np.float32]
    targets: NDArray[np.float32]
    labels: NDArray[np.int8]

    @property
    def answer(self) -> NDArray[np.bool_]:
        """[T, B], where outputs are wanted."""
        return np.repeat((self.labels >= SequenceStep.ANSWER)[:, None], self.inputs.shape[1], axis=1)


class SequenceTask(Protocol):
    """A task on sequences of bits; a frozen dataclass whose fields are what can be chosen about it.

    A class that inherits from it gets the sizes of vectors in, vectors out.
    """

    name: ClassVar[str]
    #: Names of the last columns of the input, past those of the vectors.
    channels: ClassVar[tuple[str, ...]]
    #: Bits of a vector.
    width: int

    @property
    def input_size(self) -> int:
        """X."""
        return self.width + len(self.channels)

    @property
    def output_size(self) -> int:
        """Y."""
        return self.width

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest input."""
        return (0.0, 1.0)

    @property
    def most_told(self) -> int:
        """The most steps of a sequence at which nothing is wanted."""
        ...

    def draw(self, rng: np.random.Generator, batch_size: int) -> Sequences:
        """Sequences of lengths drawn once for the whole batch."""
        ...

    def solve(self, inputs: NDArray[np.floating]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """What is wanted, worked out from the inputs [T, B, X] alone: targets [T, B, Y] and answer [T, B]."""
        ...


#: Of lengths, widths and sequences side by side; nobody asks for more, and more would be gigabytes.
MOST = 100_000


def check_draw(rng: Any, batch_size: Any) -> None:
    """Refuse what sequences cannot be drawn with.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: it is out of range.
    """
    check_generator("rng", rng)
    check_whole("batch_size", batch_size, 1, MOST)


def check_range(name: str, value: Any, lowest: int) -> Range:
    """A range of whole numbers from `lowest` on; a list will do, since JSON has no tuples.

    Raises:
        TypeError: it is not two numbers.
        ValueError: it is not two whole numbers, lowest first, of at least `lowest`.
    """
    message = (
        f"{name}={shown(value)}: must be whole numbers (lowest, highest) with "
        f"{lowest} <= lowest <= highest <= {MOST}"
    )
    try:
        low, high = (check_whole(name, bound, lowest, MOST) for bound in value)
    except TypeError:
        raise TypeError(message) from None
    except ValueError:
        raise ValueError(message) from None
    if low > high:
        raise ValueError(message)
    return low, high


def draw_from(rng: np.random.Generator, between: Range) -> int:
    """A whole number of a range, each as likely."""
    return int(rng.integers(between[0], between[1] + 1))


def draw_bits(rng: np.random.Generator, *shape: int) -> NDArray[np.float32]:
    """Fair random bits."""
    return rng.integers(0, 2, shape).astype(np.float32)


class Tape:
    """Sequences being put together, stretch by stretch.

    Args:
        batch_size: B.
        width: of the vectors; inputs have the special channels after them.
        input_size: X.
        output_size: Y.
    """

    def __init__(self, batch_size: int, width: int, input_size: int, output_size: int) -> None:
        self._batch, self._width = batch_size, width
        self._sizes = (input_size, output_size)
        self._inputs: list[NDArray[np.float32]] = []
        self._targets: list[NDArray[np.float32]] = []
        self._labels: list[NDArray[np.int8]] = []

    def mark(self, label: SequenceStep, channels: dict[int, float]) -> None:
        """A step with nothing but values in special channels."""
        inputs, _ = self._blank(label, 1)
        for channel, value in channels.items():
            inputs[..., self._width + channel] = value

    def show(self, label: SequenceStep, vectors: NDArray[np.float32]) -> None:
        """As many steps as there are vectors, [K, B, width], one shown at each."""
        inputs, _ = self._blank(label, len(vectors))
        inputs[..., : self._width] = vectors

    def ask(self, label: SequenceStep, wanted: NDArray[np.float32]) -> None:
        """As many blank steps as there are vectors, [K, B, Y], one wanted at each."""
        _, targets = self._blank(label, len(wanted))
        targets[:] = wanted

    def _blank(self, label: SequenceStep, steps: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        inputs, targets = (np.zeros((steps, self._batch, size), np.float32) for size in self._sizes)
        self._inputs.append(inputs)
        self._targets.append(targets)
        self._labels.append(np.full(steps, label, np.int8))
        return inputs, targets

    def sequences(self) -> Sequences:
        """All steps so far."""
        inputs, targets = (np.concatenate(part) for part in (self._inputs, self._targets))
        return Sequences(inputs, targets, np.concatenate(self._labels))
