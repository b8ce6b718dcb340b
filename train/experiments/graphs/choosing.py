"""The next edge of a path out of nine digits: the most probable of those that leave where the network stands.

Source: Methods, 'Shortest path': the network's distribution is renormalised over the leaving triples.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.graphs.coding import DIGITS
from shrdlu_env.graphs.coding import digits as digits_of

TINY = 1e-30
"""Keeps the logarithm of a probability finite."""


def leaving_weights(probabilities: NDArray[np.float32], triples: NDArray[np.int16]) -> NDArray[np.float64]:
    """Log-probabilities float64[B, K] of triples, up to a constant; -inf past the last one.

    Args:
        probabilities: [B, 90] of the digits, ten for each.
        triples: int16[B, K, 3], -1 past the last one.
    """
    numbers = digits_of(triples)
    logs = np.log(probabilities.astype(np.float64).reshape(len(triples), 1, DIGITS, 10) + TINY)
    picked = np.take_along_axis(logs, np.maximum(numbers, 0)[..., None], -1)[..., 0].sum(-1)
    weights: NDArray[np.float64] = np.where((triples < 0).any(-1), -np.inf, picked)
    return weights


def most_probable(probabilities: NDArray[np.float32], triples: NDArray[np.int16]) -> NDArray[np.int64]:
    """Digits int64[B, 9] of the most probable leaving triple; -1 where none leaves. Arguments: `leaving_weights`."""
    best = leaving_weights(probabilities, triples).argmax(1)
    return digits_of(triples[np.arange(len(triples)), best])


def drawn(
    probabilities: NDArray[np.float32], triples: NDArray[np.int16], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Digits int64[B, 9] of a leaving triple drawn by its renormalised probability; -1 where none leaves."""
    noise = rng.gumbel(size=triples.shape[:2])
    best = (leaving_weights(probabilities, triples) + noise).argmax(1)
    return digits_of(triples[np.arange(len(triples)), best])
