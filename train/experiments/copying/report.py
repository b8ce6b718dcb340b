"""The table of an evaluation as JSON, Markdown and on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.table import Table

from train.experiment import Report
from train.experiments.copying.evaluating import Found

HEAD = ("sequences", "locations", "bits", "wrong bits", "right, %", "exact, %", "n")
ABOUT = (
    "bits: asked for in a sequence, on average; wrong bits: of these, on average; exact: sequences without a "
    "wrong bit; n: sequences; locations: of the memory, where the core has one."
)


def report(found: Sequence[Found], title: str) -> Report:
    """The table in all forms."""
    shown = Table(title=title, caption=ABOUT)
    for k, name in enumerate(HEAD):
        shown.add_column(name, justify="right" if k else "left")
    for row in found:
        shown.add_row(*_cells(row))
    markdown = f"# {title}\n\n{ABOUT}\n\n| " + " | ".join(HEAD) + " |\n" + "|---" * len(HEAD) + "|\n"
    markdown += "".join("| " + " | ".join(_cells(row)) + " |\n" for row in found)
    return Report({"conditions": [_to_json(row) for row in found]}, markdown, [shown])


def _cells(row: Found) -> tuple[str, ...]:
    score = row.score
    return (
        row.condition.name,
        "-" if row.memory is None else str(row.memory),
        f"{score.asked / score.sequences:.1f}",
        f"{score.wrong_per_sequence:.2f}",
        f"{100 * score.accuracy:.2f}",
        f"{100 * score.exact_share:.0f}",
        str(score.sequences),
    )


def _to_json(row: Found) -> dict[str, Any]:
    score = row.score
    return {
        "name": row.condition.name,
        "task": asdict(row.condition.task),  # type: ignore[call-overload]
        "memory_size": row.memory,
        "episodes": score.sequences,
        "bits": score.asked / score.sequences,
        "wrong": score.wrong_per_sequence,
        "accuracy": score.accuracy,
        "exact": score.exact_share,
    }
