"""Keyword arguments that an environment hands on to its simulation, checked by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from shrdlu_env.checks import shown


def check_arguments(maker: Callable[..., Any], arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments that `maker` takes by keyword alone.

    Raises:
        TypeError: it takes none of this name; the message lists those that it takes.
    """
    parameters = inspect.signature(maker).parameters.values()
    known = [p.name for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY]
    for name, value in arguments.items():
        if name not in known:
            # Python's own words: libraries look for them to find out what an environment takes.
            raise TypeError(
                f"got an unexpected keyword argument {name!r}={shown(value)}: allowed are {', '.join(known)}"
            )
    return arguments
