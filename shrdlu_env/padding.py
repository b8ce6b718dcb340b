"""Episodes of different lengths in one array, so that a step of all of them is a step of arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def with_room(array: NDArray[Any], steps: int, blank: int = 0) -> NDArray[Any]:
    """An array [n, L, ...] with room for so many steps: itself where L is enough, else a longer one.

    Args:
        array: the episodes, a row each.
        steps: how many are needed.
        blank: what new room is filled with. It is half as much again as was there, so that growing is rare.
    """
    longest = array.shape[1]
    if steps <= longest:
        return array
    longer = np.full((array.shape[0], max(steps, longest * 3 // 2), *array.shape[2:]), blank, array.dtype)
    longer[:, :longest] = array
    return longer
