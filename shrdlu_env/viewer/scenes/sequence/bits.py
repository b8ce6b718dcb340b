"""A sequence view as arrays, and which bits are wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Bits(NamedTuple):
    """Arrays of one view, channels downwards, steps to the right; NaN where there is nothing.

    Attributes:
        inputs: [X, T].
        targets: [Y, T].
        outputs: [Y, T].
        wrong: bool[Y, T], where an output lies on the other side of one half than what was asked.
        asked: bool[Y, T], where something was asked and an output was given.
    """

    inputs: NDArray[np.float32]
    targets: NDArray[np.float32]
    outputs: NDArray[np.float32]
    wrong: NDArray[np.bool_]
    asked: NDArray[np.bool_]


def bits_of(view: Mapping[str, Any]) -> Bits:
    """The arrays of a `SequenceView`."""
    targets = np.array(view["targets"], np.float32).T
    blank = [float("nan")] * len(targets)
    outputs = np.array([row or blank for row in view["outputs"]], np.float32).T
    asked = ~(np.isnan(targets) | np.isnan(outputs))
    wrong = asked & ((outputs >= 0.5) != (targets >= 0.5))
    return Bits(np.array(view["inputs"], np.float32).T, targets, outputs, wrong, asked)
