"""An evaluation as JSON, Markdown and on the terminal, beside the paper's figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rich.table import Table

from train.experiment import Report
from train.experiments.graphs.evaluating import Found
from train.experiments.graphs.tasks import Task


@dataclass(frozen=True)
class Tested:
    """What was tested, and what the paper says of it."""

    name: str
    """What it is called in tables."""
    task: Task
    paper: float | None
    """The paper's share, 0 to 1, of what `Task.paper_of` says; None: it has none."""
    memory_size: int | None
    """Locations; None: the core has no memory."""
    needed: int
    """Locations that the largest episode takes."""


def report(tested: Tested, found: Found, title: str) -> Report:
    """The result in all forms."""
    row = columns(tested, found)
    about = _about(tested)
    shown = Table(title=title, caption=about)
    for k, name in enumerate(row):
        shown.add_column(name, justify="right" if k else "left", overflow="fold")
    shown.add_row(*row.values())
    markdown = f"# {title}\n\n{about}\n\n| " + " | ".join(row) + " |\n" + "|---" * len(row) + "|\n"
    markdown += "| " + " | ".join(row.values()) + " |\n"
    return Report(_to_json(tested, found), markdown, [shown])


def columns(tested: Tested, found: Found) -> dict[str, str]:
    """The cells of the table by their heads; the paper's figure right after what it is of."""
    task, (low, high) = tested.task, found.interval
    paper = {"paper, %": "-" if tested.paper is None else f"{100 * tested.paper:.1f}"}
    cells = {
        "tested on": tested.name,
        "locations": "-" if tested.memory_size is None else f"{tested.memory_size:,}",
        "right, %": f"{100 * found.accuracy:.1f}",
        "95 % interval": f"{100 * low:.1f} to {100 * high:.1f}",
    }
    if task.paper_of == "accuracy":
        cells |= paper
    if task.answers:
        cells[f"{task.answers}, %"] = f"{100 * float(found.answers.mean()):.1f}"
    if task.paper_of == "answers":
        cells |= paper
    return cells | {"n": f"{len(found.right):,}"}


def _about(tested: Tested) -> str:
    task = tested.task
    answers = f"{task.answers}: {task.about_answers}; " if task.answers else ""
    return (
        f"right: {task.about}; {answers}n: episodes; locations: of the memory; the largest graph and what is asked "
        f"about it take {tested.needed:,}."
    )


def _to_json(tested: Tested, found: Found) -> dict[str, Any]:
    low, high = found.interval
    result: dict[str, Any] = {
        "tested": tested.name,
        "accuracy": found.accuracy,
        "episodes": len(found.right),
        "interval": [low, high],
        "paper": tested.paper,
        "paper_of": tested.task.paper_of,
        "answers": float(found.answers.mean()),
        "memory_size": tested.memory_size,
        "memory_needed": tested.needed,
    }
    if found.arrived is not None:
        result["arrived"] = float(found.arrived.mean())
    return result
