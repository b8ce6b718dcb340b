"""An evaluation as JSON, Markdown and on the terminal, beside the paper's figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rich.table import Table

from train.experiment import Report
from train.experiments.graphs.evaluating import Found

HEAD = ("tested on", "right, %", "95 % interval", "paper, %", "n")


@dataclass(frozen=True)
class Tested:
    """What was tested, and what the paper says of it."""

    name: str
    """What it is called in tables."""
    about: str
    """What `right` means."""
    paper: float | None
    """The paper's share, 0 to 1; None: it has none."""
    memory_size: int | None
    """Locations; None: the core has no memory."""


def report(tested: Tested, found: Found, title: str) -> Report:
    """The result in all forms."""
    low, high = found.interval
    row = (
        tested.name,
        f"{100 * found.accuracy:.1f}",
        f"{100 * low:.1f} to {100 * high:.1f}",
        "-" if tested.paper is None else f"{100 * tested.paper:.1f}",
        f"{len(found.right):,}",
    )
    about = f"right: {tested.about}; n: episodes."
    shown = Table(title=title, caption=about)
    for k, name in enumerate(HEAD):
        shown.add_column(name, justify="right" if k else "left")
    shown.add_row(*row)
    markdown = f"# {title}\n\n{about}\n\n| " + " | ".join(HEAD) + " |\n" + "|---" * len(HEAD) + "|\n"
    markdown += "| " + " | ".join(row) + " |\n"
    return Report(_to_json(tested, found), markdown, [shown])


def _to_json(tested: Tested, found: Found) -> dict[str, Any]:
    low, high = found.interval
    result: dict[str, Any] = {
        "tested": tested.name,
        "accuracy": found.accuracy,
        "episodes": len(found.right),
        "interval": [low, high],
        "paper": tested.paper,
        "answers": float(found.answers.mean()),
        "memory_size": tested.memory_size,
    }
    if found.arrived is not None:
        result["arrived"] = float(found.arrived.mean())
    return result
