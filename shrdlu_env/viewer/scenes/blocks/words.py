"""Constraints and moves spelt out: "6b2" is "6 directly below 2"."""

from __future__ import annotations

_RELATIONS = {
    "a": "directly above",
    "b": "directly below",
    "l": "directly left of",
    "r": "directly right of",
}


def split(constraint: str) -> tuple[int, str, int]:
    """("6b2") -> (6, "b", 2).

    Raises:
        ValueError: it is not a block, a relation letter of "ablr" and a block.
    """
    first, relation, second = constraint[:1], constraint[1:2], constraint[2:]
    if not (first in tuple("123456789") and relation in _RELATIONS and second in tuple("123456789")):
        raise ValueError(f'constraint must look like "6b2", got {constraint!r}')
    return int(first), relation, int(second)


def spelt(constraint: str) -> str:
    """("6b2") -> "6 directly below 2"."""
    first, relation, second = split(constraint)
    return f"{first} {_RELATIONS[relation]} {second}"
