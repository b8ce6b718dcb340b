"""Tables of trainings that are compared (`python -m benchmarks.series`): ladder of help, levers, reference scores."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from benchmarks.series.floors import KINDS
from benchmarks.series.kinds import SERIES
from benchmarks.series.reference import FIELDS
from benchmarks.tables.renewing import RESULTS, markdown, read_csv, read_json, table

SEEDS = (0, 1, 2)
STEPS = (1, 6, 12, 26)
"""Lessons whose completion the ladder shows."""
LATE = 5
"""Checks at the end over which the share satisfied is averaged."""

#: Where the share of right answers is in the evaluation of a set.
SCORES: dict[str, Callable[[dict[str, Any]], float]] = {
    "mini-shrdlu": lambda found: float(found["satisfied"]) / 100,
    **dict.fromkeys(
        ("navigation", "traversal", "shortest-path", "inference"), lambda found: float(found["accuracy"])
    ),
    **dict.fromkeys(
        ("copy", "repeat-copy", "associative-recall"), lambda found: float(found["conditions"][0]["accuracy"])
    ),
    "babi": lambda found: 1 - float(found["mean_error"]),
}


@table("mini-shrdlu-ladder")
def ladder() -> str:
    """Lessons reached without each help, and when."""
    rows = []
    for name in SERIES["ladder"].settings:
        checks = [found for seed in SEEDS if (found := _read(f"ladder/{name}-s{seed}.csv", read_csv))]
        if not checks:
            continue
        passed = [_passed(found) for found in checks]
        late = [statistics.mean(float(row["satisfied"]) for row in found[-LATE:]) for found in checks]
        rows.append(
            [
                name,
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
        found = [raw for seed in SEEDS if (raw := _read(f"levers/{name}-s{seed}.json", read_json))]
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


@table("reference")
def reference() -> str:
    """Scores of all cores on all fixed sets."""
    floors, rows = read_json("reference/floors.json"), []
    cores = ("lstm", "gru", "ntm", "dnc", "helped")
    for experiment in FIELDS:
        least, without, most = (floors[experiment][kind] for kind in KINDS)
        cells = []
        for core in cores:
            found = [
                SCORES[experiment](raw)
                for seed in SEEDS
                if (raw := _read(f"reference-{experiment}/{core}-s{seed}.json", read_json))
            ]
            cells.append(_normalised(found, least, most) if found else "")
        rows.append([experiment, f"{100 * least:.1f}", f"{100 * without:.1f}", *cells])
    head = ["experiment", "chance, %", "planner without memory, %", "LSTM", "GRU", "NTM", "DNC, plain"]
    return markdown([*head, "DNC, helped"], rows)


def _normalised(found: list[float], least: float, most: float) -> str:
    """Median score in percent, and on the scale on which chance is 0 and the planner 100, with the range of seeds."""
    scaled = sorted(100 * (score - least) / (most - least) for score in found)
    middle = f"{100 * statistics.median(found):.1f}; **{statistics.median(scaled):.0f}**"
    return f"{middle} ({scaled[0]:.0f} to {scaled[-1]:.0f})"


def _passed(checks: list[dict[str, str]]) -> dict[int, float]:
    """Minutes at which each lesson was complete."""
    found: dict[int, float] = {}
    for row in checks:
        if row["passed"] == "1":
            found.setdefault(int(row["lesson"]), float(row["seconds"]) / 60)
    return found


def _several(found: Iterable[float | None], form: str) -> str:
    return ", ".join("-" if value is None else form.format(value) for value in found)


def _read(name: str, reader: Callable[[str], Any]) -> Any:
    """A raw file, None where the series has not come to it."""
    return reader(name) if Path(RESULTS, name).exists() else None
