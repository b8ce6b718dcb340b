"""Repeat copy: vectors are shown with a number, then asked for that many times over, then an end marker.

Source: Graves et al. 2014 (Neural Turing Machines), 4.2.
"""

from __future__ import annotations

import math
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

START, END, COUNT = 0, 1, 2


@dataclass(frozen=True, kw_only=True)
class RepeatCopy(SequenceTask):
    """Copy of random vectors several times in a row:

    - a step with the channel `start` on;
    - L steps with a vector of random bits each;
    - a step with the channel `end` on and the number R of repeats on the channel `count`, scaled to mean 0 and
      variance 1 over the range of `normalised_over`;
    - R L blank steps, at which the vectors are wanted in the order shown, R times over;
    - a blank step, at which the last output, the end marker, is wanted and no bit; it is not wanted before.

    T = L + R L + 3. L and R are drawn once per batch.

    Args:
        width: bits of a vector; outputs have the end marker besides.
        lengths: range of L.
        repeats: range of R.
        normalised_over: range of R by which the count is scaled; None: `repeats`. It is what makes a count beyond
            the range of training mean the same as in training.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: an argument is out of range.
    """

    name: ClassVar[str] = "repeat-copy"
    channels: ClassVar[tuple[str, ...]] = ("start", "end", "count")

    width: int = 8
    lengths: Range = (1, 10)
    repeats: Range = (1, 10)
    normalised_over: Range | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "width", check_whole("width", self.width, 1, MOST))
        object.__setattr__(self, "lengths", check_range("lengths", self.lengths, 1))
        object.__setattr__(self, "repeats", check_range("repeats", self.repeats, 1))
        if self.normalised_over is not None:
            object.__setattr__(
                self, "normalised_over", check_range("normalised_over", self.normalised_over, 1)
            )

    @property
    def output_size(self) -> int:
        """Y."""
        return self.width + 1

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest input."""
        low, high = (self.scaled(count) for count in self.repeats)
        return min(low, 0.0), max(high, 1.0)

    def scaled(self, repeats: float) -> float:
        """A number of repeats as the network sees it."""
        mean, deviation = self._moments()
        return (repeats - mean) / deviation

    @property
    def most_told(self) -> int:
        """The most steps of a sequence at which nothing is wanted."""
        return self.lengths[1] + 2

    def draw(self, rng: np.random.Generator, batch_size: int) -> Sequences:
        """Sequences of a length and a number of repeats drawn once for the whole batch."""
        check_draw(rng, batch_size)
        tape = Tape(batch_size, self.width, self.input_size, self.output_size)
        length, repeats = draw_from(rng, self.lengths), draw_from(rng, self.repeats)
        vectors = draw_bits(rng, length, batch_size, self.width)
        tape.mark(SequenceStep.START, {START: 1.0})
        tape.show(SequenceStep.ITEM, vectors)
        tape.mark(SequenceStep.END, {END: 1.0, COUNT: self.scaled(repeats)})
        unmarked = np.concatenate([vectors, np.zeros((length, batch_size, 1), np.float32)], 2)
        tape.ask(SequenceStep.ANSWER, np.tile(unmarked, (repeats, 1, 1)))
        marked = np.zeros((1, batch_size, self.output_size), np.float32)
        marked[..., -1] = 1.0
        tape.ask(SequenceStep.ANSWER_END, marked)
        return tape.sequences()

    def solve(self, inputs: NDArray[np.floating]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """What is wanted, worked out from the inputs [T, B, X] alone: targets [T, B, Y] and answer [T, B]."""
        steps, batch = inputs.shape[:2]
        targets = np.zeros((steps, batch, self.output_size), np.float32)
        answer = np.zeros((steps, batch), np.bool_)
        mean, deviation = self._moments()
        for b in range(batch):
            end = int(np.argmax(inputs[:, b, self.width + END] > 0))
            start = int(np.argmax(inputs[:, b, self.width + START] > 0))
            shown = inputs[start + 1 : end, b, : self.width]
            repeats = round(float(inputs[end, b, self.width + COUNT]) * deviation + mean)
            wanted = np.tile(shown, (repeats, 1))
            stop = end + 1 + len(wanted)
            targets[end + 1 : stop, b, : self.width] = wanted
            targets[stop, b, -1] = 1.0
            answer[end + 1 : stop + 1, b] = True
        return targets, answer

    def _moments(self) -> tuple[float, float]:
        low, high = self.repeats if self.normalised_over is None else self.normalised_over
        # Of a uniform distribution over whole numbers; a single one has no deviation to divide by.
        return (low + high) / 2, math.sqrt(((high - low + 1) ** 2 - 1) / 12) or 1.0
