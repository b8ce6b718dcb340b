"""Where the nodes of a graph are drawn: the same graph always looks the same."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

_ROUNDS = 200


@lru_cache(maxsize=32)
def place_nodes(count: int, edges: frozenset[tuple[int, int]]) -> NDArray[np.float64]:
    """Positions in the unit square by springs along edges and repulsion, from a fixed circle.

    No chance is involved, and the result does not depend on the order of the edges.

    Args:
        count: number of nodes.
        edges: pairs of node indices.

    Returns:
        float64[count, 2], read-only, filling the square 0 to 1.
    """
    if count == 0:
        return np.zeros((0, 2))
    # A spiral, not a circle: no two nodes start in mirrored places, which springs would keep.
    turn = np.arange(count) * 2.399963
    radius = np.sqrt(np.arange(count) + 0.5) / np.sqrt(count)
    at = np.stack([np.cos(turn) * radius, np.sin(turn) * radius], 1)
    joined = np.zeros((count, count))
    for a, b in edges:
        if a != b:
            joined[a, b] = joined[b, a] = 1.0
    ideal = 1.6 / np.sqrt(count)
    for k in range(_ROUNDS):
        apart = at[:, None] - at[None]
        distance = np.maximum(np.sqrt((apart**2).sum(-1)), 1e-3)
        pull = joined * distance / ideal
        push = ideal**2 / distance**2
        np.fill_diagonal(push, 0.0)
        force = (apart * (push - pull)[..., None] / distance[..., None] * ideal).sum(1) - 0.05 * at
        length = np.maximum(np.sqrt((force**2).sum(-1, keepdims=True)), 1e-9)
        at = at + force / length * np.minimum(length, 0.12 * (1 - k / _ROUNDS))
    low, high = at.min(0), at.max(0)
    at = (at - low) / np.maximum(high - low, 1e-9)
    at[:, high - low < 1e-9] = 0.5
    at.flags.writeable = False
    return at


def part(
    places: NDArray[np.float64], low: tuple[float, float], high: tuple[float, float], gap: float
) -> None:
    """Move places that lie too near to each other apart, in place; where all have room they stay.

    Args:
        places: float64[count, 2], changed.
        low: no place goes below it.
        high: no place goes beyond it.
        gap: wanted between any two.
    """
    # Places on one another part in directions of their own, the same each time.
    turn = np.arange(len(places)) * 2.399963
    places += 1e-3 * np.stack([np.cos(turn), np.sin(turn)], 1)
    for _ in range(_ROUNDS):
        apart = places[:, None] - places[None]
        distance = np.sqrt((apart**2).sum(-1))
        np.fill_diagonal(distance, np.inf)
        near = np.maximum(gap - distance, 0.0)
        if not near.any():
            return
        places += 0.55 * (apart * (near / np.maximum(distance, 1e-9))[..., None]).sum(1)
        np.clip(places, low, high, out=places)
