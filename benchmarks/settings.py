"""Writes the tables of settings of docs/reference/training.md from the code: `python -m benchmarks.settings`.

A table stands between `<!-- settings: NAME -->` and `<!-- end of settings -->`; `tests/test_docs.py` fails where one
is not what the code says.
"""

from __future__ import annotations

import ast
import inspect
import re
import typing
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from train import experiments
from train.settings import leaves

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "training.md"
BLOCK = re.compile(r"(<!-- settings: ([a-z-]+) -->\n).*?(<!-- end of settings -->\n)", re.S)


@cache
def sayings(kind: type) -> dict[str, str]:
    """What the source says below each field of a dataclass, inherited ones included."""
    found: dict[str, str] = {}
    for base in reversed(kind.__mro__[:-1]):
        body = ast.parse(inspect.getsource(base)).body[0].body  # type: ignore[attr-defined]
        for field, text in pairwise(body):
            if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr):
                found[ast.unparse(field.target)] = " ".join(ast.literal_eval(text.value).split())
    return found


def groups(kind: type, prefix: str = "") -> Iterator[tuple[str, str]]:
    """`(dotted name, what it does)` of every setting."""
    hints = typing.get_type_hints(kind)
    for field in fields(kind):
        if is_dataclass(hints[field.name]):
            yield from groups(hints[field.name], f"{prefix}{field.name}.")
        else:
            yield prefix + field.name, sayings(kind)[field.name]


def shown(value: Any) -> str:
    """A value as people write it."""
    if isinstance(value, bool) or value is None:
        return {True: "on", False: "off", None: "none"}[value]
    if isinstance(value, tuple):
        return " ".join(map(str, value)) or "none"
    return str(value)


def table(presets: Mapping[str, Any]) -> str:
    """All settings of an experiment: a column for each preset, of later ones what differs from the first."""
    values = [{name: value for name, _, value in leaves(config)} for config in presets.values()]
    rows = [("flag", *(f"`{name}`" for name in presets), "effect"), ("---",) * (len(presets) + 2)]
    first = values[0]
    for name, effect in groups(type(next(iter(presets.values())))):
        cells = [shown(first[name])]
        cells += ["" if of[name] == first[name] else shown(of[name]) for of in values[1:]]
        rows.append((f"`--{name.rpartition('.')[2].replace('_', '-')}`", *cells, effect))
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def renew(page: str) -> str:
    """A page with its tables as the code has them."""
    return BLOCK.sub(lambda found: found[1] + table(experiments.find(found[2]).presets) + found[3], page)


if __name__ == "__main__":
    PAGE.write_text(renew(PAGE.read_text("utf-8")), "utf-8")
