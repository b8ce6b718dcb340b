"""Trains what is missing of a series and keeps its raw figures."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from benchmarks.series.series import Series
from train.agents import identify
from train.files import write_text
from train.rundir import CHECKPOINT_NAME, LESSONS_TABLE
from train.session import ASKED

RUNS_TABLE = "runs.csv"
#: Minutes of training that are not worth starting for.
SMALLEST = 0.01
_COLUMNS = ("name", "seed", "commit", "command")


@dataclass(frozen=True)
class Member:
    """One run of a series.

    Attributes:
        series: it belongs to.
        name: of its settings.
        seed: of the run.
        run: its directory.
        out: folder of the series' raw figures.
    """

    series: Series
    name: str
    seed: int
    run: Path
    out: Path

    @property
    def figures(self) -> Path:
        """Its checks, once it is finished."""
        return self.out / f"{self.name}-s{self.seed}.csv"

    def command(self, minutes: float | None) -> list[str]:
        """Arguments of `shrdlu` for so many minutes of training."""
        return [
            *("train", self.series.experiment, "--run", str(self.run), "--seed", str(self.seed)),
            *("--processes", "1", "--quiet", "--episodes-per-cell", "0"),
            *self.series.settings[self.name],
            *self.series.shared,
            *("--minutes", "None" if minutes is None else f"{minutes:g}"),
        ]

    def left(self) -> float | None:
        """Minutes of its budget that it has not trained yet; None: it has no limit of that kind."""
        minutes = self.series.minutes
        if minutes is None or not (self.run / CHECKPOINT_NAME).exists():
            return minutes
        standing = identify(self.run).standing
        assert standing is not None, "it is a run, not an exported agent"
        return minutes - standing.state.seconds / 60


def members(name: str, series: Series, seeds: Iterable[int], runs: Path, out: Path) -> Iterator[Member]:
    """All runs of a series, seed by seed, so that one seed of all is there first."""
    for seed in seeds:
        for setting in series.settings:
            yield Member(series, setting, seed, runs / name / f"{setting}-s{seed}", out / name)


def train_all(missing: Sequence[Member], workers: int) -> Iterator[Member]:
    """Train so many at a time; yields each as it is finished.

    Raises:
        RuntimeError: naming the command of a training that failed or was asked to stop, and its last words.
    """
    with ThreadPoolExecutor(workers) as pool:
        waiting = {pool.submit(_train, member): member for member in missing}
        try:
            for trained in as_completed(waiting):
                trained.result()
                yield waiting[trained]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def finish(member: Member, commit: str) -> None:
    """Evaluate a trained run, and keep its figures; the checks come last, as they say that it is finished."""
    series = member.series
    if series.evaluate is not None:
        said = _shrdlu(["evaluate", str(member.run), "--json", *series.evaluate]).splitlines()[-1]
        write_text(member.figures.with_suffix(".json"), json.dumps(json.loads(said)) + "\n")
    table = member.out / RUNS_TABLE
    rows = list(csv.DictReader(io.StringIO(table.read_text("utf-8")))) if table.exists() else []
    rows = [row for row in rows if (row["name"], row["seed"]) != (member.name, str(member.seed))]
    command = " ".join(["shrdlu", *member.command(series.minutes)]).replace(str(member.run), "RUN")
    rows.append(dict(zip(_COLUMNS, (member.name, str(member.seed), commit, command), strict=True)))
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted(rows, key=lambda row: (row["name"], row["seed"])))
    write_text(table, text.getvalue())
    write_text(member.figures, (member.run / LESSONS_TABLE).read_text("utf-8"))


def _train(member: Member) -> None:
    left = member.left()
    if left is not None and left <= SMALLEST:
        return
    command = member.command(left)
    if f"stopped: {ASKED}" in _shrdlu(command):
        raise RuntimeError(f"shrdlu {' '.join(command)}: asked to stop; the series goes on from there")


def _shrdlu(arguments: Sequence[str]) -> str:
    found = subprocess.run(
        [sys.executable, "-m", "train", *arguments], capture_output=True, text=True, check=False
    )
    if found.returncode:
        last = (found.stderr.strip().splitlines() or ["nothing said"])[-1]
        raise RuntimeError(f"shrdlu {' '.join(arguments)}: exit code {found.returncode}: {last}")
    return found.stdout
