"""How sure a share of episodes is."""

from __future__ import annotations

import math


def wilson_interval(hits: int, episodes: int) -> tuple[float, float]:
    """95 % confidence interval of a share (Wilson score); (0, 1) without episodes."""
    if episodes == 0:
        return 0.0, 1.0
    z, share = 1.959964, hits / episodes
    centre = (share + z * z / (2 * episodes)) / (1 + z * z / episodes)
    spread = (
        z / (1 + z * z / episodes) * math.sqrt(share * (1 - share) / episodes + (z / (2 * episodes)) ** 2)
    )
    return max(0.0, centre - spread), min(1.0, centre + spread)
