"""What a probe may ask of a step on a graph."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.graphs.coding import BLANK, digits

PARTS = ("source", "edge", "target")
PLACES = ("hundreds", "tens", "ones")


def digits_by_name(
    shown: tuple[int | None, int | None, int | None] | None, due: NDArray[np.integer]
) -> dict[str, int]:
    """Digits of two triples by name; -1 where there is none.

    Args:
        shown: the triple that the agent sees, None for a blank.
        due: the digits [9] of the triple to answer.

    Returns:
        `source_hundreds`, `source_tens` and so on of what is shown, `due_source_hundreds` and so on.
    """
    numbers = [BLANK if part is None else part for part in shown or (None,) * 3]
    names = [f"{part}_{place}" for part in PARTS for place in PLACES]
    seen = digits(np.array([numbers]))[0].tolist()
    found = dict(zip(names, seen, strict=True))
    return found | {f"due_{name}": int(digit) for name, digit in zip(names, due, strict=True)}
