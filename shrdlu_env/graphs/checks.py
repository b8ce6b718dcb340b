"""Checks of what graph tasks alone are told: ranges, costs; one line either way, before anything is changed."""

from __future__ import annotations

import sys
from typing import Any

from shrdlu_env.checks import check_number, check_whole, shown

Range = tuple[int, int]


def check_range(name: str, value: Any, lowest: int, highest: int) -> Range:
    """An inclusive range (lowest, highest) of whole numbers within bounds.

    Raises:
        TypeError: it is not a pair of numbers.
        ValueError: it lies outside, or its ends are the wrong way round.
    """
    message = (
        f"{name}={shown(value)}: must be whole numbers (lowest, highest) with "
        f"{lowest} <= lowest <= highest <= {highest}"
    )
    try:
        low, high = value
        pair = check_whole(name, low, lowest, highest), check_whole(name, high, lowest, highest)
    except TypeError:
        raise TypeError(message) from None
    except ValueError:
        raise ValueError(message) from None
    if pair[0] > pair[1]:
        raise ValueError(message)
    return pair


def check_amount(name: str, value: Any) -> float:
    """A finite number of at least 0.

    Raises:
        TypeError: it is no number.
        ValueError: it is negative or not finite.
    """
    return check_number(name, value, 0.0, sys.float_info.max)
