"""Shortest paths step by step, for learners by imitation: what is seen, what the planner would answer there.

Source: Methods, 'Shortest path': the planner starts from where the network stands.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.graphs.arrays import Episodes
from shrdlu_env.graphs.coding import WIDTH
from shrdlu_env.graphs.pool import EpisodePool
from shrdlu_env.graphs.simulation import ShortestPath


class PathTurn(NamedTuple):
    """One step of B episodes, before its answers are given.

    Attributes:
        inputs: float32[B, 92].
        targets: int64[B, 9], digits of a triple on a shortest path; -1 where none is due, or no way leads.
        answer: bool[B], where an answer is wanted.
        live: bool[B], episodes that are not over.
    """

    inputs: NDArray[np.float32]
    targets: NDArray[np.int64]
    answer: NDArray[np.bool_]
    live: NDArray[np.bool_]


class PathTurns:
    """Acts out batches of shortest-path episodes, those of a batch about equally long.

    Args:
        pool: batches drawn at once, see `EpisodePool`.
        **arguments: those of `shrdlu_env.graphs.simulation.ShortestPath`.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: an argument is out of range, or no such episode exists.
    """

    def __init__(self, pool: int = 16, **arguments: Any) -> None:
        self._arguments = arguments
        #: The batch under way: `simulation.leaving()` lists the triples among which a learner may choose.
        self.simulation = ShortestPath(1, **arguments)
        self._pool = EpisodePool(self.simulation.sampler, pool)

    def begin(self, rng: np.random.Generator, batch_size: int) -> PathTurn:
        """The first step of B new episodes; `rng` is the only source of chance."""
        return self.begin_with(self._pool.draw(rng, batch_size))

    def begin_with(self, episodes: Episodes) -> PathTurn:
        """The first step of given episodes."""
        count = len(episodes.meta)
        if count != self.simulation.num_envs:
            self.simulation = ShortestPath(count, **self._arguments)
        # Nothing is left to chance: the episodes are given.
        self.simulation.begin(np.random.default_rng(0), np.arange(count), {"episodes": episodes})
        return self._turn()

    def advance(self, choices: NDArray[np.int64]) -> PathTurn | None:
        """Take answers [B, 9], which mean nothing where none was wanted, and go on; None: all are over."""
        self.simulation.advance(np.maximum(choices, 0))
        return None if self.simulation.over.all() else self._turn()

    def set_lesson(self, lesson: int, earlier: float | None = None) -> None:
        """Draw from another lesson from the next batch on.

        Raises:
            TypeError: an argument has the wrong type.
            ValueError: an argument is out of range. Nothing is changed then.
        """
        self._pool.set_lesson(lesson, earlier)

    def state(self) -> dict[str, Any]:
        """Where the drawing stands between two batches, as JSON has it; with `set_state` the same ones follow."""
        return self._pool.state()

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from what `state` gave, drawing batches of the same size."""
        self._pool.set_state(state)

    def _turn(self) -> PathTurn:
        simulation = self.simulation
        inputs = np.empty((simulation.num_envs, WIDTH), np.float32)
        simulation.observe(np.arange(simulation.num_envs), inputs)
        infos = simulation.infos()
        return PathTurn(inputs, infos["answer"].astype(np.int64), infos["acting"], ~simulation.over)
