"""Copy: vectors are shown, then asked for in the same order.

Source: Graves et al. 2014 (Neural Turing Machines), 4.1; several sequences in a row: Graves et al. 2016, memory reuse.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.checks import check_whole
from shrdlu_env.sequences.sequences import (
    MOST,
    Range,
    Sequences,
    SequenceStep,
    SequenceTask,
    Tape,
    check_draw,
    check_range,
    draw_bits,
    draw_from,
)

START, END = 0, 1


@dataclass(frozen=True, kw_only=True)
class Copy(SequenceTask):
    """Copy of random vectors, as often as there are `sequences`, each time:

    - a step with the channel `start` on;
    - L steps with a vector of random bits each;
    - a step with the channel `end` on;
    - L blank steps, at which the vectors are wanted in the order shown.

    T is the sum of 2 L + 2 over the sequences. L is drawn for every sequence of an episode, once per batch.

    Args:
        width: bits of a vector.
        lengths: range of L.
        sequences: how many are copied in one episode.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: an argument is out of range.
    """

    name: ClassVar[str] = "copy"
    channels: ClassVar[tuple[str, ...]] = ("start", "end")

    width: int = 8
    lengths: Range = (1, 20)
    sequences: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "width", check_whole("width", self.width, 1, MOST))
        object.__setattr__(self, "lengths", check_range("lengths", self.lengths, 1))
        object.__setattr__(self, "sequences", check_whole("sequences", self.sequences, 1, MOST))

    @property
    def most_told(self) -> int:
        """The most steps of a sequence at which nothing is wanted."""
        return self.sequences * (self.lengths[1] + 2)

    def draw(self, rng: np.random.Generator, batch_size: int) -> Sequences:
        """Sequences of lengths drawn once for the whole batch."""
        check_draw(rng, batch_size)
        tape = Tape(batch_size, self.width, self.input_size, self.output_size)
        for _ in range(self.sequences):
            vectors = draw_bits(rng, draw_from(rng, self.lengths), batch_size, self.width)
            tape.mark(SequenceStep.START, {START: 1.0})
            tape.show(SequenceStep.ITEM, vectors)
            tape.mark(SequenceStep.END, {END: 1.0})
            tape.ask(SequenceStep.ANSWER, vectors)
        return tape.sequences()

    def solve(self, inputs: NDArray[np.floating]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """What is wanted, worked out from the inputs [T, B, X] alone: targets [T, B, Y] and answer [T, B]."""
        steps, batch = inputs.shape[:2]
        targets = np.zeros((steps, batch, self.width), np.float32)
        answer = np.zeros((steps, batch), np.bool_)
        for b in range(batch):
            shown: list[NDArray[np.floating]] = []
            answering = False
            for t, x in enumerate(inputs[:, b]):
                if x[self.width + START] > 0:
                    shown, answering = [], False
                elif x[self.width + END] > 0:
                    answering = True
                elif not answering:
                    shown.append(x[: self.width])
                elif shown:
                    targets[t, b], answer[t, b] = shown.pop(0), True
        return targets, answer
