"""Curves of runs, drawn from their own tables."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from train import experiments
from train.errors import UsageError
from train.experiment import Experiment
from train.files import probe, replacing
from train.rundir import LESSONS_TABLE, RunDirectory
from train.tables import whole_rows

#: Okabe and Ito's palette, which colour-blind people can tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
#: Of further figures than the score.
STYLES = (":", "--", "-.")


class Gates(NamedTuple):
    """The checks of a run's gate."""

    experiment: Experiment
    threshold: float
    columns: dict[str, list[float]]


def read_gates(run: Path) -> Gates:
    """The checks of a run's gate, column by column.

    Raises:
        UsageError: if the run has no such table, or it is damaged or empty.
    """
    file = run / LESSONS_TABLE
    if not file.is_file():
        raise UsageError(f"{run} has no {LESSONS_TABLE}: not a run, or no lesson was checked yet")
    try:
        saved = RunDirectory(run).saved()
    except UsageError:
        # Settings of an earlier release that no longer run: their curves can be drawn all the same.
        saved = None
    experiment = experiments.find(experiments.DEFAULT) if saved is None else saved.experiment
    rules = (experiment.default() if saved is None else saved.config).curriculum
    header, lines = whole_rows(file, "updates")
    rows = list(csv.DictReader([header, *lines]))
    if not rows:
        raise UsageError(f"{file} is empty: no lesson was checked yet")
    names = ("seconds", "episodes", "lesson", *experiment.figures(), "passed")
    try:
        columns = {name: [float(row[name]) for row in rows] for name in names}
        _check(columns, experiment)
    except (KeyError, TypeError, ValueError, csv.Error) as error:
        raise UsageError(f"{file} is damaged: {error}") from None
    return Gates(experiment, rules.gate_score, columns)


def _check(columns: dict[str, list[float]], experiment: Experiment) -> None:
    """Refuse numbers that no run writes.

    Raises:
        ValueError: naming the column and the number.
    """
    allowed = {"lesson": (1, experiment.lessons), "passed": (0, 1), experiment.score: (0, 1)}
    for name, values in columns.items():
        low, high = allowed.get(name, (0, math.inf))
        for before, value in zip([low, *values], values, strict=False):
            # A clock and a count only grow; a comparison with NaN is never true.
            least = before if name in ("seconds", "episodes") else low
            if not (least <= value <= high and value < math.inf):
                raise ValueError(f"{name} {value:g} after {before:g}")


def plot_runs(runs: Sequence[Path], out: Path, *, labels: Sequence[str] | None = None) -> None:
    """Draw what the gate saw, and the lesson reached, for one or several runs.

    Args:
        runs: run directories.
        out: the picture; .png, .svg or .pdf.
        labels: names of the runs; runs of one name share a colour. None: those of their directories.

    Raises:
        UsageError: if a run has no table, the labels do not match, or the suffix is another one.
        ImportError: if Matplotlib is not installed.
    """
    if not runs:
        raise UsageError("plot: name at least one run directory")
    if out.suffix not in (".png", ".svg", ".pdf"):
        raise UsageError(f"out={out}: must end in .png, .svg or .pdf")
    names = [run.name for run in runs] if labels is None else list(labels)
    if len(names) != len(runs):
        raise UsageError(f"labels={names!r}: {len(names)} for {len(runs)} runs")
    tables = [read_gates(run) for run in runs]
    probe(out.parent)
    # Imported when it is used: everything else does without it.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(10, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    gates, lessons = figure.subplots(1, 2)
    groups = list(dict.fromkeys(names))
    for index, (name, table) in enumerate(zip(names, tables, strict=True)):
        colour = COLOURS[groups.index(name) % len(COLOURS)]
        label = name if names.index(name) == index else None
        _draw_gates(gates, table, colour, label)
        minutes = [value / 60 for value in table.columns["seconds"]]
        reached = lessons_in_training(table.columns, table.experiment.lessons)
        lessons.step([0, *minutes], reached, color=colour, where="post", linewidth=1.4)
    for threshold in {table.threshold for table in tables}:
        gates.axhline(threshold, color="grey", linewidth=0.8, linestyle="--")
    score, *others = dict.fromkeys(name for table in tables for name in table.experiment.figures())
    title = f"Gate: {score} (solid)" + "".join(f", {name} (dotted)" for name in others)
    _name(gates, "thousand episodes", "share", title)
    gates.set_ylim(0, 1.02)
    _name(lessons, "minutes of training", "lesson", "Lesson in training")
    lessons.yaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    lessons.margins(y=0.1)
    gates.legend(frameon=False, loc="lower right")
    with replacing(out) as temporary:
        figure.savefig(temporary, dpi=120, format=out.suffix[1:])


def _draw_gates(axes: Any, table: Gates, colour: str, label: str | None) -> None:
    columns = table.columns
    score, *others = table.experiment.figures()
    episodes = [value / 1000 for value in columns["episodes"]]
    axes.plot(episodes, columns[score], color=colour, linewidth=1.4, label=label)
    for name, style in zip(others, STYLES, strict=False):
        axes.plot(episodes, columns[name], color=colour, linewidth=0.9, linestyle=style)
    passed = first_passes(columns)
    axes.plot(
        [episodes[k] for k in passed],
        [columns[score][k] for k in passed],
        color=colour,
        marker="v",
        linestyle="none",
        markersize=7,
    )


def first_passes(columns: dict[str, list[float]]) -> list[int]:
    """Rows at which a lesson's gate opened for the first time; the last lesson is checked on and on."""
    first: dict[float, int] = {}
    for row, (lesson, passed) in enumerate(zip(columns["lesson"], columns["passed"], strict=True)):
        if passed:
            first.setdefault(lesson, row)
    return list(first.values())


def lessons_in_training(columns: dict[str, list[float]], lessons: int) -> list[float]:
    """The lesson at the start and after each check: what was passed is behind the agent, except the last."""
    reached = [
        min(lesson + passed, lessons)
        for lesson, passed in zip(columns["lesson"], columns["passed"], strict=True)
    ]
    return [columns["lesson"][0], *reached]


def _name(axes: Any, across: str, up: str, title: str) -> None:
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.set_title(title, fontsize=10)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
