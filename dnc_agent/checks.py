"""Checks of arguments that come from outside: refused by name, in one line, before torch or numpy trip over them."""

from __future__ import annotations

import dataclasses
import inspect
import math
import os
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

#: Characters of a value that a message shows.
LONGEST = 80


def shown(value: object) -> str:
    """A value as one short line, whatever it is."""
    try:
        text = " ".join(repr(value).split())
    except Exception:  # a value's own repr may fail, as that of a number of 5,000 digits does
        text = f"<{type(value).__name__}>"
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def numeric(name: str, value: Any) -> NDArray[Any]:
    """Anything that numpy makes an array of numbers or truth values of.

    Raises:
        TypeError: it is something else.
    """
    try:
        array = np.asarray(value)
    except Exception:  # what numpy raises depends on what it is given
        array = np.asarray(None)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name}={shown(value)}; it must be an array of numbers")
    return array


def check_device(device: Any) -> torch.device:
    """A device that torch has here; "auto" is the GPU where there is one.

    Raises:
        ValueError: there is no such device.
    """
    if isinstance(device, str) and device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        found = torch.device(device)
        torch.zeros(1, device=found)
    except Exception:  # torch raises four kinds of errors for it
        raise ValueError(
            f"device={shown(device)}; it must be auto, cpu, or cuda where there is a GPU"
        ) from None
    return found


def check_seed(seed: Any) -> None:
    """A seed that every generator here takes.

    Raises:
        ValueError: it is none.
    """
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**32:
        raise ValueError(f"seed={shown(seed)}; it must be a whole number from 0 to 2^32 - 1")


def check_flags(**flags: Any) -> None:
    """True or False.

    Raises:
        ValueError: naming the first that is neither.
    """
    for name, value in flags.items():
        if not isinstance(value, bool):
            raise ValueError(f"{name}={shown(value)}; it must be True or False")


def check_amount(name: str, value: Any, least: int = 0, most: float = math.inf) -> None:
    """A finite number, not below `least` nor above `most`.

    Raises:
        ValueError: it is none.
    """
    number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    if not number or not least <= value <= most or value == math.inf:
        most_ = "" if most == math.inf else f" and at most {most:g}"
        raise ValueError(f"{name}={shown(value)}; it must be a finite number of at least {least}{most_}")


def check_path(name: str, value: Any) -> None:
    """A path, or None.

    Raises:
        ValueError: it is something else.
    """
    if value is not None and not isinstance(value, str | os.PathLike):
        raise ValueError(f"{name}={shown(value)}; it must be a path, or None")


def check_words(name: str, given: Any, call: Any) -> None:
    """Keywords for a call that is to be made later: a mapping of names that it takes.

    Raises:
        ValueError: naming what it does not take.
    """
    if not isinstance(given, Mapping) or not all(isinstance(word, str) for word in given):
        raise ValueError(f"{name}={shown(given)}; it must be a mapping of names to values")
    allowed = list(inspect.signature(call).parameters)
    for word in given:
        if word not in allowed:
            raise ValueError(f"{name} has no {word!r}; allowed are {', '.join(allowed)}")


def check_several(name: str, value: Any) -> list[Any]:
    """A list or a tuple, as a list.

    Raises:
        ValueError: it is neither.
    """
    if not isinstance(value, list | tuple):
        raise ValueError(f"{name}={shown(value)}; it must be a list")
    return list(value)


def check_types(kind: type, given: Mapping[str, Any]) -> None:
    """Refuse values that do not have the types of a dataclass's fields; numbers must be finite.

    Raises:
        ValueError: naming the first, and its type.
    """
    hints = typing.get_type_hints(kind)
    for entry in dataclasses.fields(kind):
        if entry.name in given and not _fits(given[entry.name], hints[entry.name]):
            allowed = getattr(hints[entry.name], "__name__", str(hints[entry.name]).replace("typing.", ""))
            raise ValueError(f"{entry.name}={shown(given[entry.name])}; it must be of type {allowed}")


def _fits(value: Any, hint: Any) -> bool:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return any(_fits(value, option) for option in arguments)
    if origin is typing.Literal:
        return isinstance(value, str) and value in arguments
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and _is_finite(value)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if origin is tuple:
        # A list will do, since JSON has no tuples.
        fits = isinstance(value, tuple | list) and len(value) == len(arguments)
        return fits and all(map(_fits, value, arguments))
    if origin is Sequence:
        return isinstance(value, list | tuple) and all(_fits(part, arguments[0]) for part in value)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return isinstance(value, Mapping) and all(
            _fits(key, arguments[0]) and _fits(part, arguments[1]) for key, part in value.items()
        )
    return hint is Any or isinstance(value, origin or hint)


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False
