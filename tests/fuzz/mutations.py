"""How files come to harm: bytes, JSON and tables with something wrong in them."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

#: What nobody expects in a place.
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2, 0.5, -0.0, 1e308, 2**31, -(2**63), 10**30, float("nan"), float("inf")),
    *("", "dnc", "x" * 1000, "\n\0", "ä", "None", [], {}, [1, 2], [[]], [None], {"a": 1}, {"": {}}),
)
#: Deeper than any reader follows.
DEEP = 100_000


def harmed(data: bytes, chance: random.Random) -> bytes:
    """Bytes with one to three kinds of damage."""
    found = data
    while found == data:
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            found = _harm(found, chance)
    return found


def _harm(data: bytes, chance: random.Random) -> bytes:
    if not data:
        return chance.randbytes(20)
    # The beginning of a file holds what is read first.
    at = chance.randrange(min(len(data), 400) if chance.random() < 0.3 else len(data))
    end = min(len(data), at + chance.choice((1, 2, 8, 64, 1000)))
    kind = chance.randrange(8)
    if kind < 2:
        return data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :]
    return (
        data[:at],
        data[:at] + data[end:],
        data[:at] + bytes(end - at) + data[end:],
        data[:end] + data[at:end] + data[end:],
        data[:at] + chance.randbytes(end - at) + data[end:],
        data + chance.randbytes(chance.choice((1, 8, 100))),
    )[kind - 2]


def places(tree: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON tree."""
    items: Any = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        yield (*here, key)
        yield from places(value, (*here, key))


def at(tree: Any, place: tuple[Any, ...]) -> Any:
    """What is in a place."""
    for key in place:
        tree = tree[key]
    return tree


def changed(tree: Any, chance: random.Random) -> tuple[Any, tuple[Any, ...]]:
    """A copy of a JSON tree with something else, nothing or more in one place, and where."""
    tree = copy.deepcopy(tree)
    place = chance.choice(list(places(tree)))
    *above, key = place
    holder = at(tree, tuple(above))
    kind = chance.random()
    if kind < 0.25:
        del holder[key]
    elif kind < 0.35 and isinstance(holder, dict):
        holder[chance.choice(("new", "", "seed ", "Experiment"))] = chance.choice(ODD)
    else:
        holder[key] = chance.choice(
            [value for value in ODD if value != holder[key] or value is not holder[key]]
        )
    return tree, place


def table_harmed(text: str, chance: random.Random) -> str:
    """A CSV file with other cells, rows or columns."""
    rows = [line.split(",") for line in text.splitlines()]
    for _ in range(chance.choice((1, 1, 2, 4))):
        row = chance.choice(rows)
        kind = chance.randrange(6)
        if kind < 3:
            odd = ("", "nan", "inf", "-1", "1e400", "x", '"', "0x1", "٣", "1 2", "\0", "9" * 400, " ")
            row[chance.randrange(len(row))] = chance.choice(odd)
        elif kind == 3:
            row.append("7")
        elif kind == 4 and len(row) > 1:
            del row[chance.randrange(len(row))]
        elif kind == 5 and len(rows) > 2:
            rows.remove(row)
    return "".join(",".join(row) + chance.choice(("\n", "\n", "\n", "\n", "\r\n")) for row in rows)
