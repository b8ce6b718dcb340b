"""What a core tells of its insides at one step: arrays by any name, and which names are known.

A known name with its shape gets a panel of its own; every other number, row or table is shown as a strip or a
heat map under its name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Names with a panel made for them: name -> shape, in the paper's letters. A actions, N locations, W width of a
# location, R read heads. Read modes are ordered backward, content, forward.
KNOWN: dict[str, tuple[str | int, ...]] = {
    "probabilities": ("A",),
    "value": (),
    "write_weighting": ("N",),
    "read_weightings": ("R", "N"),
    "read_modes": ("R", 3),
    "write_gate": (),
    "allocation_gate": (),
    "free_gates": ("R",),
    "usage": ("N",),
    "memory": ("N", "W"),
    "link": ("N", "N"),
}

# The most numbers of one array at one step that are kept, a link matrix of 512 locations; what is larger is
# left out and its name remembered.
MOST_NUMBERS = 2**18
#: The most bytes of all arrays of an episode that a file may hold.
MOST_BYTES = 2**29

# Larger numbers overflow when they are added up for a picture.
_LARGEST = 1e30

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


def check_name(name: Any) -> str:
    """A name of internals.

    Raises:
        ValueError: it is not made of small letters, digits and underscores.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(f"names of internals must be small letters, digits and '_', got {name!r}")
    return name


def check_internals(internals: Mapping[str, Any]) -> dict[str, NDArray[np.float32]]:
    """An agent's report as float32 arrays; those of more than `MOST_NUMBERS` numbers are left out.

    Raises:
        ValueError: a name that is none, numbers that are not finite, or a known name whose shape does not
            agree with the table or with the others.
    """
    arrays = {}
    sizes: dict[str, int] = {}
    for name, value in internals.items():
        array = _as_array(check_name(name), value)
        if 0 in array.shape:
            raise ValueError(f"internals[{name!r}] must not be empty, got the shape {list(array.shape)}")
        if name in KNOWN:
            _check_shape(name, array, sizes)
        if array.size <= MOST_NUMBERS:
            arrays[name] = array
    return arrays


def too_large(internals: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Shapes of the arrays that `check_internals` leaves out."""
    shapes = {name: np.shape(value) for name, value in internals.items()}
    return {name: shape for name, shape in shapes.items() if np.prod(shape, dtype=float) > MOST_NUMBERS}


def _as_array(name: str, value: Any) -> NDArray[np.float32]:
    try:
        array = np.array(value, np.float32)
    except (TypeError, ValueError) as error:
        kind = type(value).__name__
        raise ValueError(f"internals[{name!r}] must be an array of numbers, got {kind}") from error
    # Comparing with NaN is false.
    sane = np.abs(array) <= _LARGEST
    if not sane.all():
        raise ValueError(f"internals[{name!r}] must be finite, at most 1e30; got {int((~sane).sum())} others")
    return array


def _check_shape(name: str, array: NDArray[np.float32], sizes: dict[str, int]) -> None:
    shape = KNOWN[name]
    agrees = array.ndim == len(shape) and all(
        length == (expected if isinstance(expected, int) else sizes.setdefault(expected, length))
        for length, expected in zip(array.shape, shape, strict=True)
    )
    if not agrees:
        wanted = ", ".join(f"{s}={sizes[s]}" if s in sizes else str(s) for s in map(str, shape))
        raise ValueError(f"internals[{name!r}] must have the shape [{wanted}], got {list(array.shape)}")
