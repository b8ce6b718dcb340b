"""Command line of the series; see the package."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro
from rich.progress import Progress

from benchmarks.series import SERIES, finish, members, train_all
from train.plots import plot_runs


@dataclass
class Flags:
    """Train what is missing of a series."""

    name: Annotated[str, tyro.conf.Positional]
    """Which."""
    runs: Path = Path("runs/series")
    """Where the runs are."""
    out: Path = Path("docs/results")
    """Where the raw figures go, in a folder of the series' name."""
    seeds: tuple[int, ...] = (0, 1, 2)
    """Seeds of the runs."""
    workers: int = 1
    """Trainings side by side, each on one core."""
    only: tuple[str, ...] = ()
    """Names of settings; empty: all."""


def main() -> int:
    """See the package."""
    flags = tyro.cli(Flags)
    if flags.name not in SERIES or flags.workers < 1:
        print(
            f"error: name={flags.name!r}, workers={flags.workers}; series are {', '.join(SERIES)}, workers from 1 on",
            file=sys.stderr,
        )
        return 2
    series = SERIES[flags.name]
    unknown = set(flags.only) - set(series.settings)
    if unknown:
        print(f"error: only={min(unknown)!r}; settings are {', '.join(series.settings)}", file=sys.stderr)
        return 2
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True
    ).stdout.strip()
    wanted = [
        member
        for member in members(flags.name, series, flags.seeds, flags.runs, flags.out)
        if not flags.only or member.name in flags.only
    ]
    missing = [member for member in wanted if not member.figures.exists()]
    with Progress() as progress:
        bar = progress.add_task(flags.name, total=len(wanted), completed=len(wanted) - len(missing))
        for member in train_all(missing, flags.workers):
            finish(member, commit)
            progress.advance(bar)
    trained = [member for member in wanted if member.run.is_dir()]
    if trained:
        plot_runs(
            [member.run for member in trained],
            flags.out / f"{flags.name}.png",
            labels=[member.name for member in trained],
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
