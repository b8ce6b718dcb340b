"""`shrdlu analyse`: choose an analysis, run it, write down what it found."""

from __future__ import annotations

import csv
import io
import json
import shlex
import time
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from train import analysis
from train.analysis.analysis import AgentSettings, Analysis, Findings, Rows, Settings
from train.display import Terminal
from train.errors import UsageError
from train.files import probe, replacing, write_text
from train.parsing import parse

#: File of the short answer, with settings and command.
NUMBERS = "numbers.json"
FIGURE = "figure.png"
#: Settings that decide nothing of what is found.
OUTPUT = ("out", "quiet", "json")


def choose(argv: Sequence[str]) -> tuple[Analysis, Settings]:
    """Which analysis, and its flags.

    Raises:
        UsageError: if they do not fit.
        SystemExit: after `--help`.
    """
    if not argv or argv[0] in ("-h", "--help"):
        rows = "\n".join(f"  {name:<14} {row.summary}" for name, row in analysis.ROWS.items())
        print(
            "usage: shrdlu analyse ANALYSIS [OPTIONS]\n\n"
            f"Measure how a memory works, or what an agent holds in it.\n\nanalyses:\n{rows}"
        )
        raise SystemExit(0)
    found = analysis.find(argv[0])
    return found, parse(found.Settings, f"analyse {found.name}", argv[1:], more=type(found).__doc__ or "")


def run(chosen: Analysis, settings: Settings) -> dict[str, Any]:
    """Measure, draw, save, and print the short answer.

    Args:
        chosen: what to run.
        settings: an instance of its `Settings`.

    Returns:
        What was saved as JSON.

    Raises:
        UsageError: if a setting does not fit, or the results could not be saved.
        ImportError: if Matplotlib is not installed.
    """
    out = settings.out or Path("analysis") / chosen.name
    probe(out)
    # Before the work, to know that the picture can be drawn after it.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    console = Terminal(stderr=settings.json)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TimeElapsedColumn(),
        console=console,
        disable=settings.quiet,
    )
    started = time.monotonic()
    with bar:
        task = bar.add_task(chosen.name, total=1.0)
        found = chosen.measure(
            settings, lambda word, share: bar.update(task, description=word, completed=share)
        )
        bar.update(task, description="done", completed=1.0)
    figure = Figure(layout="constrained")
    FigureCanvasAgg(figure)
    chosen.draw(found, figure)
    saved = {
        "analysis": chosen.name,
        "command": command(chosen, settings),
        "settings": _plain(settings),
        "seconds": round(time.monotonic() - started, 1),
        "numbers": found.numbers,
    }
    _save(out, saved, found, figure)
    console.print(_shown(chosen.name, found))
    console.plain(f"saved: {out}")
    if settings.json:
        print(json.dumps(saved), flush=True)
    return saved


def command(chosen: Analysis, settings: Settings) -> str:
    """The command that gives the same numbers again: settings that are not the default, without those of output."""
    words = ["shrdlu", "analyse", chosen.name]
    if isinstance(settings, AgentSettings):
        words.append(str(settings.path))
    usual = {part.name: part.default for part in fields(settings)}
    for name, value in vars(settings).items():
        if name != "path" and value != usual[name] and name not in OUTPUT:
            words.append(f"--{name.replace('_', '-')}")
            words += map(str, value) if isinstance(value, tuple | list) else [str(value)]
    return shlex.join(words)


def _plain(settings: Settings) -> dict[str, Any]:
    """The settings that decide what is found, as JSON has them."""
    found = {name: value for name, value in vars(settings).items() if name not in OUTPUT}
    return {name: str(value) if isinstance(value, Path) else value for name, value in found.items()}


def _save(out: Path, saved: dict[str, Any], found: Findings, figure: Any) -> None:
    write_text(out / NUMBERS, json.dumps(saved, indent=1) + "\n")
    for name, rows in found.tables.items():
        write_text(out / f"{name}.csv", as_csv(rows))
    with replacing(out / FIGURE) as temporary:
        figure.savefig(temporary, dpi=120, format="png")
    for name, film in found.films.items():
        with replacing(out / name) as temporary:
            film(temporary)


def as_csv(rows: Rows) -> str:
    """A table as text; floats with six digits.

    Raises:
        UsageError: if there is no row.
    """
    if not rows:
        raise UsageError("sequences: too few for a single measurement")
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in row.items()})
    return text.getvalue()


def _shown(title: str, found: Findings) -> Table:
    table = Table(title=title, show_header=False)
    for name, value in found.numbers.items():
        text = f"{value:.4g}" if isinstance(value, float) else str(value)
        table.add_row(name.replace("_", " "), text)
    return table
