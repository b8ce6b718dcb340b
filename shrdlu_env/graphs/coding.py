"""How a triple is coded: nine digits one-hot, then two flags.

Source: Methods, 'Graph task'. A label is a number 0 to 999: hundreds, tens and ones, ten channels each. A
blank label is all zeros. A triple is (source, edge, destination).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shrdlu_env._jit import njit

DIGITS = 9
LABEL_WIDTH = 30
TRIPLE_WIDTH = 90
TRANSITION, ANSWER = 90, 91
WIDTH = 92
"""Channels of an observation: the triple, the phase-transition flag, the answer flag."""
BLANK = -1


@njit
def write_label(out: NDArray[np.float32], at: int, label: int) -> None:
    """Set the three digits of a label in the channels out[at : at + 30]; a blank sets none."""
    if label >= 0:
        out[at + label // 100] = 1.0
        out[at + 10 + label // 10 % 10] = 1.0
        out[at + 20 + label % 10] = 1.0


@njit
def write_triple(out: NDArray[np.float32], source: int, edge: int, target: int) -> None:
    """Set the digits of a triple in out[:90], which is zero before."""
    write_label(out, 0, source)
    write_label(out, 30, edge)
    write_label(out, 60, target)


@njit
def write_digits(out: NDArray[np.int64], source: int, edge: int, target: int) -> None:
    """Write the nine digits of a triple to out[:9]; those of a blank are -1. Any integer array will do."""
    place = 0
    for label in (source, edge, target):
        out[place] = label // 100 if label >= 0 else -1
        out[place + 1] = label // 10 % 10 if label >= 0 else -1
        out[place + 2] = label % 10 if label >= 0 else -1
        place += 3


def encode(triples: NDArray[np.integer]) -> NDArray[np.float32]:
    """Code triples.

    Args:
        triples: whole numbers [..., 3] from 0 to 999; -1 is a blank.

    Returns:
        float32[..., 90].

    Raises:
        ValueError: wrong shape, or no such label.
    """
    values = np.asarray(triples)
    if values.ndim < 1 or values.shape[-1] != 3 or values.dtype.kind not in "iu":
        raise ValueError(
            f"triples has shape {values.shape} and type {values.dtype}: must be whole numbers [..., 3]"
        )
    if values.size and (values.min() < BLANK or values.max() > 999):
        raise ValueError("triples holds a label out of range: must be from -1 (blank) to 999")
    numbers = digits(values).reshape(*values.shape[:-1], DIGITS)
    return (numbers[..., None] == np.arange(10)).astype(np.float32).reshape(*values.shape[:-1], TRIPLE_WIDTH)


def digits(triples: NDArray[np.integer]) -> NDArray[np.int64]:
    """The digits of triples, int64[..., 9]; those of a blank are -1."""
    values = np.asarray(triples, np.int64)[..., None]
    parts = values // np.array([100, 10, 1]) % 10
    return np.where(values < 0, BLANK, parts).reshape(*values.shape[:-2], DIGITS)


def triples(digits: NDArray[np.integer]) -> NDArray[np.int64]:
    """The triples that digits stand for, int64[..., 3]; a label with a digit -1 is blank."""
    values = np.asarray(digits, np.int64)
    values = values.reshape(*values.shape[:-1], 3, 3)
    numbers = (values * np.array([100, 10, 1])).sum(-1)
    return np.where((values < 0).any(-1), BLANK, numbers)


def decode(observations: NDArray[np.floating]) -> NDArray[np.int64]:
    """The triples in observations [..., at least 90], int64[..., 3]: the inverse of `encode`."""
    values = np.asarray(observations)[..., :TRIPLE_WIDTH]
    values = values.reshape(*values.shape[:-1], DIGITS, 10)
    return triples(np.where(values.max(-1) > 0, values.argmax(-1), BLANK))
