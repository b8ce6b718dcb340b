"""Curves of runs, drawn from their own tables."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from shrdlu_env.blocks.lessons import LESSONS
from train.errors import UsageError
from train.rundir import LESSONS_TABLE

#: Okabe and Ito's palette, which colour-blind people can tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
COLUMNS = ("seconds", "episodes", "lesson", "satisfied", "perfect", "passed")


def read_gates(run: Path) -> dict[str, list[float]]:
    """The checks of a run's gate, column by column.

    Raises:
        UsageError: if the run has no such table, or it is damaged.
    """
    file = run / LESSONS_TABLE
    if not file.is_file():
        raise UsageError(f"{run} has no lessons.csv: not a run, or no lesson was checked yet")
    try:
        with open(file, encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        return {name: [float(row[name]) for row in rows] for name in COLUMNS}
    except (KeyError, TypeError, ValueError, csv.Error) as error:
        raise UsageError(f"{file} is damaged: {error}") from None


def plot_runs(runs: Sequence[Path], out: Path, *, labels: Sequence[str] | None = None) -> None:
    """Draw what the gate saw, and the lesson reached, for one or several runs.

    Args:
        runs: run directories.
        out: the picture; .png, .svg or .pdf.
        labels: names of the runs; runs of one name share a colour. None: those of their directories.

    Raises:
        UsageError: if a run has no table, the labels do not match, or the suffix is another one.
    """
    if out.suffix not in (".png", ".svg", ".pdf"):
        raise UsageError(f"out={out}: must end in .png, .svg or .pdf")
    names = [run.name for run in runs] if labels is None else list(labels)
    if len(names) != len(runs):
        raise UsageError(f"labels={names!r}: {len(names)} for {len(runs)} runs")
    tables = [read_gates(run) for run in runs]
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    gates, lessons = figure.subplots(1, 2)
    groups = list(dict.fromkeys(names))
    for index, (name, table) in enumerate(zip(names, tables, strict=True)):
        colour = COLOURS[groups.index(name) % len(COLOURS)]
        episodes = [value / 1000 for value in table["episodes"]]
        minutes = [value / 60 for value in table["seconds"]]
        label = name if names.index(name) == index else None
        gates.plot(episodes, table["satisfied"], color=colour, linewidth=1.4, label=label)
        gates.plot(episodes, table["perfect"], color=colour, linewidth=0.9, linestyle=":")
        passed = first_passes(table)
        gates.plot(
            [episodes[k] for k in passed],
            [table["satisfied"][k] for k in passed],
            color=colour,
            marker="v",
            linestyle="none",
            markersize=7,
        )
        lessons.step([0, *minutes], lessons_in_training(table), color=colour, where="post", linewidth=1.4)
    gates.axhline(0.85, color="grey", linewidth=0.8, linestyle="--")
    _name(gates, "thousand episodes", "share", "Gate: constraints satisfied (solid), perfect (dotted)")
    gates.set_ylim(0, 1.02)
    _name(lessons, "minutes of training", "lesson", "Lesson in training")
    lessons.yaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    lessons.margins(y=0.1)
    gates.legend(frameon=False, loc="lower right")
    _save(figure, out)


def first_passes(table: dict[str, list[float]]) -> list[int]:
    """Rows at which a lesson's gate opened for the first time; the last lesson is checked on and on."""
    first: dict[float, int] = {}
    for row, (lesson, passed) in enumerate(zip(table["lesson"], table["passed"], strict=True)):
        if passed:
            first.setdefault(lesson, row)
    return list(first.values())


def lessons_in_training(table: dict[str, list[float]]) -> list[float]:
    """The lesson at the start and after each check: what was passed is behind the agent, except the last."""
    reached = [
        min(lesson + passed, len(LESSONS))
        for lesson, passed in zip(table["lesson"], table["passed"], strict=True)
    ]
    return [table["lesson"][0], *reached]


def _name(axes: Axes, across: str, up: str, title: str) -> None:
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.set_title(title, fontsize=10)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)


def _save(figure: Figure, out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.", suffix=out.suffix)
    os.close(handle)
    try:
        figure.savefig(temporary, dpi=120)
        os.chmod(temporary, 0o644)
        os.replace(temporary, out)
    finally:
        Path(temporary).unlink(missing_ok=True)
