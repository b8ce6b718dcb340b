"""A network that answers questions, in the viewer: the word it would say, and what its memory does."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from train.experiments.babi.reader import Reader


class WatchedReader:
    """The viewer's `act`: the word said for the word shown, and named arrays of what happened inside.

    Args:
        reader: that is told the story.
        deterministic: the most probable word instead of a drawn one.
        seed: of drawn words.
    """

    def __init__(self, reader: Reader, *, deterministic: bool = True, seed: int = 0) -> None:
        self._reader, self._deterministic = reader, deterministic
        self._rng = np.random.default_rng(seed)

    def __call__(
        self, obs: Any, info: dict[str, Any], episode_start: bool
    ) -> tuple[int, dict[str, NDArray[np.float32]]]:
        """The word said for one observation [159], and the core's internals with `probabilities` [159]."""
        if episode_start:
            self._reader.begin()
        heard = self._reader.hear(np.asarray(obs, np.float32))
        word = heard.word
        if not self._deterministic:
            share = heard.probabilities.astype(np.float64)
            word = int(self._rng.choice(len(share), p=share / share.sum()))
        return word, {**heard.inside, "probabilities": heard.probabilities}
