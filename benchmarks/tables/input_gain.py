"""Tables of the input gain."""

from __future__ import annotations

import statistics
from collections.abc import Callable

from benchmarks.tables.renewing import markdown, read_csv, table

GAINS = (1, 4, 8, 16)


def by_gain(cell: Callable[[int, int], tuple[str, float]], median: str) -> str:
    """A row a gain: a cell for each of three seeds, and the median of their numbers in a format."""
    rows = []
    for gain in GAINS:
        cells = [cell(gain, seed) for seed in range(3)]
        rows.append(
            [gain, *(text for text, _ in cells), format(statistics.median(n for _, n in cells), median)]
        )
    return markdown(["gain", *(f"seed {seed}" for seed in range(3)), "median"], rows)


def _until_under_one(name: str) -> tuple[str, float]:
    checks = read_csv(name)
    under = next((int(row["episodes"]) for row in checks if float(row["wrong"]) < 1), None)
    return ("not reached", float("inf")) if under is None else (f"{under:,}", under)


@table("input-gain-copy")
def input_gain_copy() -> str:
    """Sequences of copy until under one wrong bit."""
    return by_gain(lambda gain, seed: _until_under_one(f"input_gain/copy-g{gain}-s{seed}.csv"), ",.0f")


@table("input-gain-recall")
def input_gain_recall() -> str:
    """Sequences of associative recall until under one wrong bit."""
    return by_gain(lambda gain, seed: _until_under_one(f"input_gain/recall-g{gain}-s{seed}.csv"), ",.0f")


@table("input-gain-plain")
def input_gain_plain() -> str:
    """Share of constraints satisfied in lesson 1 by a plain agent."""

    def cell(gain: int, seed: int) -> tuple[str, float]:
        last = read_csv(f"input_gain/plain-g{gain}-s{seed}.csv")[-5:]
        share = 100 * statistics.mean(float(check["satisfied"]) for check in last)
        return f"{share:.1f}", share

    return by_gain(cell, ".1f")


@table("input-gain-helped")
def input_gain_helped() -> str:
    """Episodes until the default agent has completed lesson 1."""

    def cell(gain: int, seed: int) -> tuple[str, float]:
        checks = read_csv(f"input_gain/helped-g{gain}-s{seed}.csv")
        passed = next((int(row["episodes"]) for row in checks if row["passed"] == "1"), None)
        return ("not reached", float("inf")) if passed is None else (f"{passed:,}", passed)

    return by_gain(cell, ",.0f")
