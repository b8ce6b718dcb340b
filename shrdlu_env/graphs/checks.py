"""Checks of arguments of the graph tasks; every one is made before anything is changed."""

from __future__ import annotations

import math
import numbers

Range = tuple[int, int]


def check_whole(name: str, value: object, lowest: int, highest: int | None = None) -> int:
    """A whole number in a range.

    Raises:
        ValueError: it is none, or lies outside; the message names the argument.
    """
    whole = isinstance(value, numbers.Real) and not isinstance(value, bool) and value == value // 1
    if not whole or int(value) < lowest or (highest is not None and int(value) > highest):  # type: ignore[call-overload]
        allowed = f"of at least {lowest}" if highest is None else f"from {lowest} to {highest}"
        raise ValueError(f"{name}={value!r}: must be a whole number {allowed}")
    return int(value)  # type: ignore[call-overload]


def check_range(name: str, value: object, lowest: int, highest: int) -> Range:
    """An inclusive range (lowest, highest) of whole numbers within bounds.

    Raises:
        ValueError: it is none, or lies outside; the message names the argument.
    """
    try:
        low, high = value  # type: ignore[misc]
        pair = check_whole(name, low, lowest, highest), check_whole(name, high, lowest, highest)
    except (TypeError, ValueError):
        pair = (1, 0)
    if pair[0] > pair[1]:
        raise ValueError(
            f"{name}={value!r}: must be whole numbers (lowest, highest) with "
            f"{lowest} <= lowest <= highest <= {highest}"
        )
    return pair


def check_amount(name: str, value: object) -> float:
    """A finite number of at least 0.

    Raises:
        ValueError: it is none; the message names the argument.
    """
    if not isinstance(value, numbers.Real) or isinstance(value, bool) or not 0 <= value < math.inf:
        raise ValueError(f"{name}={value!r}: must be a finite number of at least 0")
    return float(value)


def check_share(name: str, value: object) -> float:
    """A share from 0 to 1.

    Raises:
        ValueError: it is none; the message names the argument.
    """
    if not isinstance(value, numbers.Real) or isinstance(value, bool) or not 0 <= value <= 1:
        raise ValueError(f"{name}={value!r}: must be a share from 0 to 1")
    return float(value)
