"""Draws for story rules: uniform numbers taken from a NumPy generator in blocks, because single draws are slow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")

_BLOCK = 64


class Chance:
    """All chance of one story.

    Args:
        rng: where blocks of uniform numbers come from; what is left of a block at the story's end is dropped.
    """

    __slots__ = ("_draws", "_rng")

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._draws: list[float] = []

    def uniform(self) -> float:
        """A number in [0, 1)."""
        if not self._draws:
            self._draws = self._rng.random(_BLOCK).tolist()
        return self._draws.pop()

    def below(self, count: int) -> int:
        """A whole number from 0 to count - 1."""
        return int(self.uniform() * count)

    def pick(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[int(self.uniform() * len(items))]

    def happens(self, probability: float) -> bool:
        """Whether something of this probability happens."""
        return self.uniform() < probability

    def other(self, items: Sequence[T], *taken: T) -> T:
        """One of the items that is none of those taken; at least one must be free."""
        while True:
            item = items[int(self.uniform() * len(items))]
            if item not in taken:
                return item

    def sample(self, items: Sequence[T], count: int) -> list[T]:
        """Different items in a drawn order."""
        left = list(items)
        return [left.pop(int(self.uniform() * len(left))) for _ in range(count)]

    def cycle(self, items: list[T]) -> None:
        """Shuffle in place so that no item stays where it was: one cycle through all positions (Sattolo)."""
        for i in range(len(items) - 1, 0, -1):
            j = int(self.uniform() * i)
            items[i], items[j] = items[j], items[i]
