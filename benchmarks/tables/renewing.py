"""How tables get from raw figures into pages: a registry of what makes them, and what replaces them."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parents[2] / "docs" / "results"
BLOCK = re.compile(r"(<!-- table: ([a-z0-9-]+) -->\n).*?(<!-- end of table -->)", re.DOTALL)
TABLES: dict[str, Callable[[], str]] = {}


def table(name: str) -> Callable[[Callable[[], str]], Callable[[], str]]:
    """Registers a function that makes the table of this name."""

    def register(make: Callable[[], str]) -> Callable[[], str]:
        TABLES[name] = make
        return make

    return register


def markdown(head: Iterable[Any], rows: Iterable[Iterable[Any]]) -> str:
    """A Markdown table."""
    lines = [list(head)]
    lines += [["---"] * len(lines[0]), *(list(row) for row in rows)]
    return "".join("| " + " | ".join(map(str, line)) + " |\n" for line in lines)


def read_json(name: str) -> Any:
    """A raw JSON file below docs/results."""
    return json.loads((RESULTS / name).read_text("utf-8"))


def read_csv(name: str) -> list[dict[str, str]]:
    """A raw CSV file below docs/results."""
    with open(RESULTS / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def renew(text: str, page: str) -> str:
    """A page with every table made anew.

    Raises:
        KeyError: the page names a table that nobody makes.
    """

    def replace(match: re.Match[str]) -> str:
        if match[2] not in TABLES:
            raise KeyError(f"{page} wants the table {match[2]}; there are {', '.join(sorted(TABLES))}")
        return match[1] + TABLES[match[2]]() + match[3]

    return BLOCK.sub(replace, text)
