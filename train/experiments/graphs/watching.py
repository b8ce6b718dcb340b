"""A network that answers in triples, in the viewer: its digits, and what its memory did, step by step."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dnc_agent.supervised import SupervisedAgent
from shrdlu_env.graphs.coding import DIGITS
from shrdlu_env.graphs.simulation import GraphSimulation
from train.answering import WatchedAnswers
from train.experiments.graphs.choosing import drawn, most_probable
from train.experiments.graphs.evaluating import locations_of
from train.room import grown


class WatchedNetwork(WatchedAnswers):
    """The viewer's `act`: nine digits as actions, and named arrays of what happened inside.

    Args:
        agent: to watch.
        simulation: of the task: its episodes say how much memory they take.
        walks: whether the leaving triples are the choice; else every digit is free.
        deterministic: the most probable digits or triple instead of drawn ones.
        seed: of drawn ones.
    """

    def __init__(
        self,
        agent: SupervisedAgent,
        simulation: GraphSimulation,
        *,
        walks: bool,
        deterministic: bool = True,
        seed: int = 0,
    ) -> None:
        super().__init__(agent, deterministic=deterministic, seed=seed)
        self._simulation, self._walks = simulation, walks

    def __call__(
        self, obs: Any, info: dict[str, Any], episode_start: bool
    ) -> tuple[NDArray[np.int64], dict[str, NDArray[np.float32]]]:
        """The digits [9] for one input, and the core's internals with `probabilities` [90], ten for each digit."""
        if episode_start:
            self._make_room()
        answers, shown = self._trace(obs, episode_start)
        digits = self._choose(answers.choices, answers.probabilities, bool(info["acting"]))
        return digits, {**shown, "probabilities": answers.probabilities[0]}

    def _make_room(self) -> None:
        core = self._agent.network.core
        locations = grown(core.memory_size, locations_of(self._simulation.episodes))
        if locations is not None and locations != core.memory_size:
            core.resize(locations)

    def _choose(
        self, choices: NDArray[Any], probabilities: NDArray[np.float32], acting: bool
    ) -> NDArray[np.int64]:
        if self._walks and acting:
            leaving = self._simulation.leaving()[0]
            if self._deterministic:
                found = most_probable(probabilities, leaving)
            else:
                found = drawn(probabilities, leaving, self._rng)
            return np.maximum(found[0], 0)
        if self._deterministic:
            return choices[0].astype(np.int64)
        noise = self._rng.gumbel(size=probabilities.size)
        logs = np.log(probabilities[0] + np.finfo(np.float32).tiny)
        return (logs + noise).reshape(DIGITS, 10).argmax(-1)
