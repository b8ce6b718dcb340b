"""Curves of runs, drawn from their own tables."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from train import experiments
from train.errors import UsageError
from train.experiment import Experiment
from train.files import probe, replacing
from train.rundir import LESSONS_TABLE, RunDirectory
from train.tables import whole_rows

#: Okabe and Ito's palette, which colour-blind people can tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
#: Of the score, and of further figures.
STYLES: tuple[Literal["-", ":", "--", "-."], ...] = ("-", ":", "--", "-.")
#: Characters that a line of the legend has room for.
LEGEND_WIDTH = 130


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
    figure = draw_runs(names, tables)
    with replacing(out) as temporary:
        figure.savefig(temporary, dpi=120, format=out.suffix[1:])


def draw_runs(names: Sequence[str], tables: Sequence[Gates]) -> Any:
    """The figure of `plot_runs`.

    Args:
        names: of the runs, as the legend says them.
        tables: the checks of each.
    """
    # Imported when it is used: everything else does without it.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(10, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    gates, lessons = figure.subplots(1, 2)
    groups = list(dict.fromkeys(names))
    for name, table in zip(names, tables, strict=True):
        colour = COLOURS[groups.index(name) % len(COLOURS)]
        _draw_gates(gates, table, colour)
        minutes = [value / 60 for value in table.columns["seconds"]]
        reached = lessons_in_training(table.columns, table.experiment.lessons)
        lessons.step([0, *minutes], reached, color=colour, where="post", linewidth=1.4)
    for threshold in {table.threshold for table in tables}:
        gates.axhline(threshold, color="grey", linewidth=0.8)
    _name(gates, "thousand episodes", "share", "Checks of the gate")
    gates.set_ylim(0, 1.02)
    _name(lessons, "minutes of training", "lesson", "Lesson in training")
    lessons.yaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    lessons.margins(y=0.1)
    _add_legend(figure, groups, [table.experiment.figures() for table in tables])
    return figure


def _add_legend(figure: Any, groups: Sequence[str], figures: Sequence[Sequence[str]]) -> None:
    """Below the curves: runs by colour; what lines and marks are, whichever run's."""
    from matplotlib.lines import Line2D

    shown = {name: Line2D([], [], color=COLOURS[k % len(COLOURS)]) for k, name in enumerate(groups)}
    entries = list(shown.items())
    for k, style in enumerate(STYLES):
        of_style = dict.fromkeys(named[k] for named in figures if k < len(named))
        if of_style:
            line = Line2D([], [], color="black", linestyle=style, linewidth=0.9 if k else 1.4)
            entries.append((", ".join(of_style), line))
    entries.append(("gate", Line2D([], [], color="grey", linewidth=0.8)))
    entries.append(("lesson complete", Line2D([], [], color="black", marker="v", linestyle="none")))
    columns = LEGEND_WIDTH // (8 + max(len(text) for text, _ in entries))
    legend = figure.legend(
        [line for _, line in entries],
        ["-"] * len(entries),
        loc="outside lower center",
        ncols=max(1, min(len(entries), columns)),
        frameon=False,
    )
    # Put in afterwards: as labels, names with an underscore at the start would be left out, and dollars be formulas.
    for text, (name, _) in zip(legend.get_texts(), entries, strict=True):
        text.set_parse_math(False)
        text.set_text(name)


def _draw_gates(axes: Any, table: Gates, colour: str) -> None:
    columns = table.columns
    score, *_ = table.experiment.figures()
    episodes = [value / 1000 for value in columns["episodes"]]
    for k, (name, style) in enumerate(zip(table.experiment.figures(), STYLES, strict=False)):
        axes.plot(episodes, columns[name], color=colour, linewidth=0.9 if k else 1.4, linestyle=style)
    passed = first_passes(columns)
    axes.plot(
        [episodes[k] for k in passed],
        [columns[score][k] for k in passed],
        color=colour,
        marker="v",
        linestyle="none",
        markersize=7,
        # At a share of 1 a mark reaches beyond the axes.
        clip_on=False,
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
