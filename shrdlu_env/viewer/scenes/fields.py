"""Whether plain data has the fields and types that a scene draws."""

from __future__ import annotations

import math
import types
from collections.abc import Mapping
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

# Beyond these no picture can be drawn: not of larger numbers, longer lists or texts.
LARGEST = 2**31
MOST_ITEMS = 10_000
_MOST_SHOWN = 60


def check_fields(view: Mapping[str, Any], kind: type) -> None:
    """Refuse a view that does not have the entries of a `TypedDict`, each of its type; others may be there.

    Lists stand for tuples, as they do in JSON. Numbers must be finite and below 2^31, lists and texts must
    have no more than 10,000 entries.

    Raises:
        ValueError: one line that names the first entry that does not fit.
    """
    missing = sorted(kind.__required_keys__ - set(view))  # type: ignore[attr-defined]
    if missing:
        raise ValueError(f"the view lacks {', '.join(missing)}")
    for name, hint in get_type_hints(kind).items():
        if name in view and not _fits(view[name], hint):
            shown = repr(view[name])
            shown = shown if len(shown) <= _MOST_SHOWN else shown[:_MOST_SHOWN] + "..."
            raise ValueError(f"view[{name!r}] must be {_words(hint)}, got {shown}")


def _words(hint: Any) -> str:
    return (
        hint.__name__ if isinstance(hint, type) and not get_args(hint) else str(hint).replace("typing.", "")
    )


def _fits(value: Any, hint: Any) -> bool:
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Literal:
        return isinstance(value, str) and value in inner
    if origin in (Union, types.UnionType):
        return any(_fits(value, option) for option in inner)
    if origin is list:
        return _is_list(value) and all(_fits(item, inner[0]) for item in value)
    if origin is tuple:
        same = _is_list(value) and len(value) == len(inner)
        return same and all(_fits(item, part) for item, part in zip(value, inner, strict=True))
    if origin is dict:
        keys = isinstance(value, dict) and len(value) <= MOST_ITEMS
        return keys and all(_fits(k, inner[0]) and _fits(v, inner[1]) for k, v in value.items())
    if hint is types.NoneType:
        return value is None
    if hint is bool:
        return isinstance(value, bool)
    if hint is str:
        return isinstance(value, str) and len(value) <= MOST_ITEMS
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if hint is int:
        return isinstance(value, int) and abs(value) < LARGEST
    return math.isfinite(value) and abs(value) < LARGEST


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) <= MOST_ITEMS
