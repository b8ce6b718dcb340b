"""Checks of arguments: TypeError for a wrong type, ValueError for a wrong value, one line either way.

Every message names the argument, the value and what is allowed; nothing has been changed when it is raised.
"""

from __future__ import annotations

import numbers
import os
from collections.abc import Collection, Iterable
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

_KINDS = {"iu": "whole numbers", "iuf": "numbers"}

LONGEST = 80
"""Characters of a value that a message shows."""


def shown(value: object) -> str:
    """A value as one short line, whatever it is."""
    try:
        text = " ".join(repr(value).split())
    except Exception:  # a value's own repr may fail, as that of a number of 5,000 digits does
        text = f"<{type(value).__name__}>"
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def _is_number(value: object) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def check_whole(name: str, value: Any, lowest: int, highest: int | None = None) -> int:
    """A whole number in a range; 3.0 counts as one.

    Raises:
        TypeError: it is no number.
        ValueError: it is not whole, or lies outside.
    """
    allowed = f"of at least {lowest}" if highest is None else f"from {lowest} to {highest}"
    message = f"{name}={shown(value)}: must be a whole number {allowed}"
    if not _is_number(value):
        raise TypeError(message)
    if not value == value // 1 or not lowest <= int(value) <= (int(value) if highest is None else highest):
        raise ValueError(message)
    return int(value)


def check_number(name: str, value: Any, lowest: float, highest: float) -> float:
    """A number in a range.

    Raises:
        TypeError: it is no number.
        ValueError: it is not finite, or lies outside.
    """
    message = f"{name}={shown(value)}: must be a number from {lowest:g} to {highest:g}"
    if not _is_number(value):
        raise TypeError(message)
    if not lowest <= value <= highest:
        raise ValueError(message)
    return float(value)


def check_flag(name: str, value: Any) -> bool:
    """True or False.

    Raises:
        TypeError: it is neither.
    """
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name}={shown(value)}: must be True or False")
    return bool(value)


def check_path(name: str, value: Any) -> Path:
    """A place in the file system; it need not exist. `~` is the home directory.

    Raises:
        TypeError: it is no text and no path.
        ValueError: no place can have such a name.
    """
    if not isinstance(value, str | PathLike):
        raise TypeError(f"{name}={shown(value)}: must be a path")
    try:
        path = Path(value)
        os.fsencode(path)
    except (TypeError, UnicodeEncodeError):
        raise TypeError(f"{name}={shown(value)}: must be a path") from None
    if "\0" in str(path):
        raise ValueError(f"{name}={shown(value)}: no file can be called so")
    # Unlike `Path.expanduser`, this leaves a file alone whose name begins so and names no user.
    return Path(os.path.expanduser(path))


def check_source(name: str, value: Any) -> Path:
    """A path to read from: what it names may be missing, but is no device, which could be read without end.

    Raises:
        TypeError, ValueError: see `check_path`; or it is a device.
    """
    path = check_path(name, value)
    if path.is_char_device() or path.is_block_device():
        raise ValueError(f"{name}={shown(str(path))} is a device; it must be a file")
    return path


def check_choice(name: str, value: Any, choices: Collection[str]) -> str:
    """One of a few words.

    Raises:
        TypeError: it is no text.
        ValueError: it is another one.
    """
    message = f"{name}={shown(value)}: must be one of {', '.join(choices)}"
    if not isinstance(value, str):
        raise TypeError(message)
    if value not in choices:
        raise ValueError(message)
    return value


def check_names(what: str, given: Iterable[Any], allowed: Collection[str]) -> None:
    """Names that are known.

    Raises:
        ValueError: one of them is not.
    """
    for name in given:
        if name not in allowed:
            some = ", ".join(allowed) or "none"
            raise ValueError(f"{what} {shown(name)}: there is none of this name; allowed are {some}")


def check_some(name: str, value: Any) -> Iterable[Any]:
    """Things one after the other, no text.

    Raises:
        TypeError: it is something else.
    """
    try:
        if not isinstance(value, str | bytes):
            iter(value)
            return value
    except TypeError:
        # Arrays without a dimension call themselves iterable; refused below.
        pass
    raise TypeError(f"{name}={shown(value)}: must be a list")


def check_generator(name: str, value: Any) -> np.random.Generator:
    """A source of chance.

    Raises:
        TypeError: it is not a `numpy.random.Generator`.
    """
    if not isinstance(value, np.random.Generator):
        raise TypeError(f"{name}={shown(value)}: must be a numpy.random.Generator")
    return value


def check_array(name: str, value: Any, kinds: str, shape: tuple[int | None, ...] | None = None) -> np.ndarray:
    """An array of numbers, or of whole numbers.

    Args:
        name: of the argument.
        value: anything that numpy makes an array of.
        kinds: what `dtype.kind` may be: "iu" or "iuf".
        shape: the shape, None where an axis may have any length; None: any shape.

    Raises:
        TypeError: it holds something else.
        ValueError: it has another shape.
    """
    try:
        array = np.asarray(value)
    except Exception:
        raise TypeError(f"{name}={shown(value)}: must be an array of numbers") from None
    if array.dtype.kind in kinds and (shape is None or array.shape == shape):
        return array
    wanted = "" if shape is None else f" of shape {shape}".replace("None", "any")
    message = f"{name} has shape {array.shape} and type {array.dtype}: must be {_KINDS[kinds]}{wanted}"
    if array.dtype.kind not in kinds:
        raise TypeError(message)
    assert shape is not None
    if len(shape) != array.ndim or any(s not in (None, n) for s, n in zip(shape, array.shape, strict=True)):
        raise ValueError(message)
    return array
