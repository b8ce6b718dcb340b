"""Tables of trainings that are compared (`python -m benchmarks.series`)."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from benchmarks.series.kinds import SERIES
from benchmarks.tables.renewing import RESULTS, markdown, read_csv, read_json, table

Read = TypeVar("Read")
SEEDS = (0, 1, 2)
STEPS = (1, 6, 12, 26)
"""Lessons whose completion the ladder shows."""
LATE = 5
"""Checks at the end over which the share satisfied is averaged."""


@table("mini-shrdlu-ladder")
def ladder() -> str:
    """Lessons reached without each help, and when."""
    rows = []
    for name in SERIES["ladder"].settings:
        checks = _by_seed(f"ladder/{name}", ".csv", read_csv)
        if not checks:
            continue
        passed = [_passed(found) for found in checks]
        late = [statistics.mean(float(row["satisfied"]) for row in found[-LATE:]) for found in checks]
        rows.append(
            [
                {"helped": "nothing", "no-help": "all"}.get(name, name),
                ", ".join(str(max(found, default=0)) for found in passed),
                *(_several((found.get(step) for found in passed), "{:.1f}") for step in STEPS),
                ", ".join(
                    f"{100 * share:.0f} (lesson {found[-1]['lesson']})"
                    for share, found in zip(late, checks, strict=True)
                ),
            ]
        )
    head = ["taken away", "lessons complete", *(f"lesson {step}, minutes" for step in STEPS)]
    return markdown([*head, "satisfied at the end, %"], rows)


@table("babi-levers")
def levers() -> str:
    """Errors in question answering with each lever alone, and together."""
    rows = []
    for name in SERIES["levers"].settings:
        found = _by_seed(f"levers/{name}", ".json", read_json)
        if found:
            errors = [100 * raw["mean_error"] for raw in found]
            rows.append(
                [
                    name,
                    f"{statistics.median(errors):.1f}",
                    _several(errors, "{:.1f}"),
                    _several((raw["failed"] for raw in found), "{}"),
                ]
            )
    return markdown(["lever", "wrong, %, median", "by seed", "tasks failed"], rows)


def _by_seed(name: str, suffix: str, read: Callable[[str], Read]) -> list[Read]:
    """Raw files of the seeds that a series has come to."""
    files = [f"{name}-s{seed}{suffix}" for seed in SEEDS]
    return [read(file) for file in files if Path(RESULTS, file).exists()]


def _passed(checks: list[dict[str, str]]) -> dict[int, float]:
    """Minutes at which each lesson was complete."""
    found: dict[int, float] = {}
    for row in checks:
        if row["passed"] == "1":
            found.setdefault(int(row["lesson"]), float(row["seconds"]) / 60)
    return found


def _several(found: Iterable[float | None], form: str) -> str:
    return ", ".join("-" if value is None else form.format(value) for value in found)
