"""A network that answers, in the viewer: its outputs, and what its memory did, step by step."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from train.answering import WatchedAnswers


class WatchedNetwork(WatchedAnswers):
    """The viewer's `act`: outputs as actions, and named arrays of what happened inside."""

    def __call__(
        self, obs: Any, info: dict[str, Any], episode_start: bool
    ) -> tuple[NDArray[np.int64], dict[str, NDArray[np.float32]]]:
        """The output [Y] for one input, and the core's internals with `probabilities` [Y], each that its bit is 1."""
        answers, shown = self._trace(obs, episode_start)
        probabilities = answers.probabilities[0]
        bits = answers.choices[0]
        if not self._deterministic:
            bits = self._rng.random(len(probabilities)) < probabilities
        return bits.astype(np.int64), {**shown, "probabilities": probabilities}
