"""Episodes dealt out in batches of like length, so that few steps of a batch are padding."""

from __future__ import annotations

from typing import Any

import numpy as np

from shrdlu_env.checks import check_whole
from shrdlu_env.graphs.arrays import Episodes
from shrdlu_env.graphs.sampling import GraphSampler


class EpisodePool:
    """Deals out a sampler's episodes.

    So many batches are drawn at once (the pool), all their episodes sorted by length and dealt out; the
    batches come in random order. Every episode of a lesson is as likely as in single draws.

    Args:
        sampler: draws them.
        batches: drawn at once.

    Raises:
        TypeError: `batches` is no whole number.
        ValueError: the pool is empty.
    """

    def __init__(self, sampler: GraphSampler, batches: int = 16) -> None:
        self.sampler = sampler
        self.batches = check_whole("pool", batches, 1)
        self._seed: int | None = None  # of the pool; None: there is none
        self._given = 0
        self._drawn: list[Episodes] = []

    def draw(self, rng: np.random.Generator, batch_size: int) -> Episodes:
        """The next batch.

        Args:
            rng: source of all chance.
            batch_size: B, the same from one `set_lesson` to the next.
        """
        if self._seed is None or self._given == self.batches:
            # From a seed of its own, so that a resumed run can draw the same pool again.
            self._seed, self._given, self._drawn = int(rng.integers(2**62)), 0, []
        if not self._drawn:
            own = np.random.default_rng(self._seed)
            episodes = self.sampler.generate(own, check_whole("batch_size", batch_size, 1) * self.batches)
            rows = np.argsort(episodes.lengths, kind="stable").reshape(self.batches, batch_size)
            self._drawn = [episodes.take(part) for part in rows[own.permutation(self.batches)]]
        self._given += 1
        return self._drawn[self._given - 1]

    def set_lesson(self, lesson: int, earlier: float | None = None) -> None:
        """Draw from another lesson from the next batch on; what is left of the pool is dropped.

        Raises:
            TypeError: an argument has the wrong type.
            ValueError: an argument is out of range. Nothing is changed then.
        """
        before = self.sampler.lesson, self.sampler.earlier
        self.sampler.set_lesson(lesson, earlier)
        if before != (self.sampler.lesson, self.sampler.earlier):
            self._seed, self._drawn = None, []

    def state(self) -> dict[str, Any]:
        """Where the drawing stands, as JSON has it; with `set_state` the same batches follow."""
        return {"lesson": self.sampler.lesson, "seed": self._seed, "given": self._given}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from what `state` gave, drawing batches of the same size."""
        if state["lesson"]:
            self.set_lesson(state["lesson"])
        self._seed, self._given, self._drawn = state["seed"], state["given"], []
