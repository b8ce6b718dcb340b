"""A supervised agent in the viewer, step by step: what every task's own `act` shares."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dnc_agent.supervised import Answers, SupervisedAgent


class WatchedAnswers:
    """Carries an agent's state from step to step; a task's subclass makes actions of its answers.

    Args:
        agent: to watch.
        deterministic: the most probable answers instead of drawn ones.
        seed: of drawn answers.
    """

    def __init__(self, agent: SupervisedAgent, *, deterministic: bool = True, seed: int = 0) -> None:
        self._agent, self._deterministic = agent, deterministic
        self._rng = np.random.default_rng(seed)
        self._state = agent.initial_state(1)

    def _trace(self, obs: Any, episode_start: bool) -> tuple[Answers, dict[str, NDArray[np.float32]]]:
        """Answers [1, ...] to one input, and the core's internals [...]."""
        if episode_start:
            self._state = self._agent.initial_state(1)
        answers, self._state, inside = self._agent.trace(np.asarray(obs)[None], self._state)
        return answers, {name: part[0] for name, part in inside.items()}
