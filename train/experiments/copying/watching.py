"""A network that answers, in the viewer: its outputs, and what its memory did, step by step."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dnc_agent.supervised import SupervisedAgent


class WatchedNetwork:
    """The viewer's `act`: outputs as actions, and named arrays of what happened inside.

    Args:
        agent: to watch; its answers are bits.
        deterministic: the most probable bits instead of drawn ones.
        seed: of drawn bits.
    """

    def __init__(self, agent: SupervisedAgent, *, deterministic: bool = True, seed: int = 0) -> None:
        self._agent, self._deterministic = agent, deterministic
        self._rng = np.random.default_rng(seed)
        self._state = agent.initial_state(1)

    def __call__(
        self, obs: Any, info: dict[str, Any], episode_start: bool
    ) -> tuple[NDArray[np.int64], dict[str, NDArray[np.float32]]]:
        """The output [Y] for one input, and the core's internals with `probabilities` [Y], each that its bit is 1."""
        if episode_start:
            self._state = self._agent.initial_state(1)
        answers, self._state, inside = self._agent.trace(np.asarray(obs)[None], self._state)
        probabilities = answers.probabilities[0]
        bits = answers.choices[0]
        if not self._deterministic:
            bits = self._rng.random(len(probabilities)) < probabilities
        shown = {name: part[0] for name, part in inside.items()}
        return bits.astype(np.int64), {**shown, "probabilities": probabilities}
