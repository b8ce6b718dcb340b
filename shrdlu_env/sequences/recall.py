"""Associative recall: a list of items is shown, then one of them again; the item after it is wanted.

Source: Graves et al. 2014 (Neural Turing Machines), 4.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.checks import check_whole, shown
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

ITEM, QUERY = 0, 1


@dataclass(frozen=True, kw_only=True)
class AssociativeRecall(SequenceTask):
    """Recall of the item after a given one:

    - for each of n items: a step with the channel `item` on, then its vectors, a step each;
    - a step with the channel `query` on, the vectors of one of the first n - 1 items, and `query` once more;
    - as many blank steps as an item has vectors, at which those of the item after it are wanted.

    With V vectors an item, T = n (V + 1) + 2 V + 2. n is drawn once per batch, items and query for every
    sequence; the items of a sequence are all different, so that there is one answer.

    Args:
        width: bits of a vector.
        item_length: V.
        items: range of n, at least 2.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: an argument is out of range.
    """

    name: ClassVar[str] = "associative-recall"
    channels: ClassVar[tuple[str, ...]] = ("item", "query")

    width: int = 6
    item_length: int = 3
    items: Range = (2, 6)

    def __post_init__(self) -> None:
        object.__setattr__(self, "width", check_whole("width", self.width, 1, MOST))
        object.__setattr__(self, "item_length", check_whole("item_length", self.item_length, 1, MOST))
        object.__setattr__(self, "items", check_range("items", self.items, 2))
        # Lists longer than 2^20 items are not asked for.
        different = 2 ** min(self.width * self.item_length, 20)
        if self.items[1] > different:
            raise ValueError(
                f"items={shown(self.items)}: there are only {different} different items "
                f"of {self.item_length} vectors of {self.width} bits"
            )

    @property
    def most_told(self) -> int:
        """The most steps of a sequence at which nothing is wanted."""
        return self.items[1] * (self.item_length + 1) + self.item_length + 2

    def draw(self, rng: np.random.Generator, batch_size: int) -> Sequences:
        """Sequences of a number of items drawn once for the whole batch."""
        check_draw(rng, batch_size)
        count = draw_from(rng, self.items)
        items = self._different_items(rng, count, batch_size)
        queried = rng.integers(0, count - 1, batch_size)
        everyone = np.arange(batch_size)
        tape = Tape(batch_size, self.width, self.input_size, self.output_size)
        for item in items:
            tape.mark(SequenceStep.START, {ITEM: 1.0})
            # [V, B, width], as the query and what is asked for are.
            tape.show(SequenceStep.ITEM, item)
        tape.mark(SequenceStep.QUERY_START, {QUERY: 1.0})
        tape.show(SequenceStep.QUERY, items[queried, :, everyone].swapaxes(0, 1))
        tape.mark(SequenceStep.QUERY_END, {QUERY: 1.0})
        tape.ask(SequenceStep.ANSWER, items[queried + 1, :, everyone].swapaxes(0, 1))
        return tape.sequences()

    def solve(self, inputs: NDArray[np.floating]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """What is wanted, worked out from the inputs [T, B, X] alone: targets [T, B, Y] and answer [T, B]."""
        steps, batch = inputs.shape[:2]
        targets = np.zeros((steps, batch, self.width), np.float32)
        answer = np.zeros((steps, batch), np.bool_)
        for b in range(batch):
            flags = inputs[:, b, self.width :]
            starts = np.flatnonzero(flags[:, ITEM] > 0)
            opened, closed = np.flatnonzero(flags[:, QUERY] > 0)
            parts = [
                inputs[start + 1 : stop, b, : self.width]
                for start, stop in zip(starts, [*starts[1:], opened], strict=True)
            ]
            query = inputs[opened + 1 : closed, b, : self.width]
            after = parts[[np.array_equal(part, query) for part in parts].index(True) + 1]
            targets[closed + 1 : closed + 1 + len(after), b] = after
            answer[closed + 1 : closed + 1 + len(after), b] = True
        return targets, answer

    def _different_items(self, rng: np.random.Generator, count: int, batch_size: int) -> NDArray[np.float32]:
        """[n, V, B, width]; whatever equals an earlier item of its sequence is drawn again."""
        items = draw_bits(rng, count, self.item_length, batch_size, self.width)
        for k in range(1, count):
            while True:
                same = (items[:k] == items[k]).all((1, 3)).any(0)
                if not same.any():
                    break
                items[k][:, same] = draw_bits(rng, self.item_length, int(same.sum()), self.width)
        return items
