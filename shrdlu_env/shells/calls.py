"""Arguments of Gymnasium's calls, checked before anything is changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shrdlu_env.checks import check_whole, shown


def check_seed(seed: Any) -> int | None:
    """A seed for one generator; None keeps the generator as it is.

    Raises:
        TypeError: it is no number.
        ValueError: it is negative, or not whole.
    """
    return None if seed is None else check_whole("seed", seed, 0)


def check_options_type(options: Any) -> dict[str, Any]:
    """The options of a reset as a dict of the caller's own values; None means none.

    Raises:
        TypeError: they are not a dict.
    """
    if options is None:
        return {}
    if not isinstance(options, Mapping):
        raise TypeError(f"options={shown(options)}: must be a dict or None")
    return dict(options)
