"""Runs killed at random moments, gone on with, and compared with one that nobody disturbed.

`python -m tests.fuzz.kills --kills 50` prints a line a run, and one for every fault.
"""

from __future__ import annotations

import argparse
import itertools
import math
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dnc_agent.checkpoint import read_checkpoint
from train.tables import _records, whole_rows

ROOT = Path(__file__).resolve().parents[2]
ENV = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
#: `shrdlu train`, which saves a few times a second and not twice a minute: most kills come after a checkpoint.
PROGRAM = """
import sys
from train import session
from train.cli import main
session.CHECKPOINT_SECONDS, session.LOG_EVERY = 0.2, 2
main(["train", *sys.argv[1:]])
"""
COMMON = (
    "--gate-every=5",
    "--gate-episodes=8",
    "--quiet",
    "--episodes-per-cell=0",
    "--hidden-size=8",
    "--word-size=4",
)
#: Runs of seconds, by experiment.
FLAGS = {
    "mini-shrdlu": (
        "--memory-size=4",
        "--read-heads=1",
        "--no-conjunctions",
        "--no-name-keys",
        "--episodes-per-batch=8",
        # Lessons are gone through, so that what depends on them is resumed as well.
        "--gate-score=0.3",
        *COMMON,
    ),
    "copy": ("--memory-size=8", "--batch-size=8", "--lengths", "1", "4", *COMMON),
}
#: Kills of one run, one after the other.
KILLS_PER_RUN = 5
#: What the clock decides.
CLOCK = ("seconds", "time/")
LIMIT = 300


@dataclass
class Outcome:
    """What was done and what was wrong."""

    kills: int = 0
    before_checkpoint: int = 0
    """Kills that came before there was a checkpoint."""
    cut: int = 0
    """Kills after which a table or a log was ahead of the checkpoint or ended in half a row."""
    faults: list[str] = field(default_factory=list)


def command(experiment: str, run: Path, episodes: int, seed: int) -> list[str]:
    """The command that starts the run and goes on with it."""
    flags = ("--run", str(run), f"--max-episodes={episodes}", f"--seed={seed}", "--minutes=None")
    return [sys.executable, "-c", PROGRAM, experiment, *flags, *FLAGS[experiment]]


def straight(argv: list[str]) -> float:
    """Run it to its end, return seconds of training after its first line."""
    with subprocess.Popen(
        argv, env=ENV, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        _first_line(process)
        begun = time.monotonic()
        error = process.communicate(timeout=LIMIT)[1]
    if process.returncode or error:
        raise RuntimeError(f"it ended with {process.returncode}: {error}")
    return time.monotonic() - begun


def killed(argv: list[str], wait: float, from_start: bool) -> bool:
    """Start it and kill it after so many seconds; returns whether it was still at work.

    Args:
        argv: of the process.
        wait: seconds.
        from_start: counted from its start, not from the line that says that training begins.
    """
    with subprocess.Popen(
        argv, env=ENV, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        if not from_start:
            _first_line(process)
        try:
            process.wait(wait)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        error = process.communicate(timeout=LIMIT)[1]
    if error:
        raise RuntimeError(error)
    return process.returncode == -signal.SIGKILL


def _first_line(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    process.stdout.readline()


def state(run: Path) -> tuple[Any, ...]:
    """All that a checkpoint holds, without what the clock and the number of sessions decide; tensors to the bit."""
    tensors, meta = read_checkpoint(run)
    extra = {k: v for k, v in meta["extra"].items() if k != "run"}
    standing = {k: v for k, v in meta["extra"]["run"].items() if k not in ("seconds", "sessions")}
    rest = {k: v for k, v in meta.items() if k != "extra"}
    return {k: v.numpy().tobytes() for k, v in tensors.items()}, rest, extra, standing


def table(path: Path, column: str) -> list[dict[str, str]]:
    """Rows of a CSV file as text, without what the clock decides.

    Raises:
        ValueError: if a row is half-written, or a number in the column does not grow.
    """
    text = path.read_text("utf-8")
    header, rows = whole_rows(path, column)
    if header + "".join(rows) != text:
        raise ValueError(f"{path.name} has rows that are broken or repeated")
    names = header.rstrip("\n").split(",")
    cells = [dict(zip(names, row.rstrip("\n").split(","), strict=True)) for row in rows]
    # Columns that came later are empty in earlier rows, or not there; a session may have them in another order.
    return [
        {k: v for k, v in sorted(row.items()) if v and (not k.startswith(CLOCK) or k == column)}
        for row in cells
    ]


def curves(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """What TensorBoard shows of a run: for each name, steps and values over all its sessions.

    Raises:
        ValueError: if a curve goes back, or repeats itself.
    """
    found: dict[str, list[tuple[int, float]]] = {}
    for path in sorted(folder.glob("events.out.tfevents.*"), key=_session):
        for name, step, value in _scalars(path.read_bytes()):
            points = found.setdefault(name, [])
            if points and points[-1][0] >= step:
                raise ValueError(f"{name} goes from step {points[-1][0]} to {step} in {path.name}")
            points.append((step, value))
    return {name: points for name, points in sorted(found.items()) if not name.startswith(CLOCK)}


def _session(path: Path) -> tuple[int, int]:
    """When the file was begun: its name ends in host, process and a running number."""
    return int(path.name.split(".")[3]), path.stat().st_mtime_ns


def _scalars(data: bytes) -> Iterator[tuple[str, int, float]]:
    from tensorboard.compat.proto.event_pb2 import Event

    for _, content in _records(data):
        event = Event.FromString(content)
        for value in event.summary.value:
            plain = value.simple_value or (value.tensor.float_val or [0.0])[0]
            yield value.tag, event.step, plain


def logged(folder: Path) -> list[dict[str, str]]:
    """Rows of the CSV logs of all sessions, one after the other.

    Raises:
        ValueError: if one is broken, or steps do not grow.
    """
    paths = sorted(folder.glob("progress-*.csv"), key=lambda path: int(path.stem.partition("-")[2]))
    rows = [row for path in paths if path.stat().st_size for row in table(path, "time/total_timesteps")]
    steps = [int(row["time/total_timesteps"]) for row in rows]
    if any(later <= earlier for earlier, later in itertools.pairwise(steps)):
        raise ValueError("the CSV logs go back in time")
    return rows


def look(run: Path, outcome: Outcome) -> None:
    """After a kill: every checkpoint that is there is whole."""
    files = [
        path for path in (run / "agent.safetensors", run / "agent.safetensors.previous") if path.exists()
    ]
    if not files:
        outcome.before_checkpoint += 1
        return
    for path in files:
        try:
            meta = read_checkpoint(path)[1]
        except ValueError as error:
            outcome.faults.append(f"after a kill: {error}")
            return
        if path == files[0] and (run / "lessons.csv").exists():
            text = (run / "lessons.csv").read_text()
            _, rows = whole_rows(run / "lessons.csv", "updates", meta["extra"]["run"]["checked_at"])
            outcome.cut += text.count("\n") - 1 > len(rows) or not text.endswith("\n")


def compare(run: Path, other: Path) -> list[str]:
    """What differs between a run that was killed and one that was not, or is broken in it."""
    faults = []
    readers = {
        "checkpoint": state,
        "lessons.csv": lambda path: table(path / "lessons.csv", "updates"),
        "CSV logs": lambda path: logged(path / "log"),
        "TensorBoard": lambda path: curves(path / "log"),
    }
    for name, reader in readers.items():
        try:
            # Told apart as text: a figure may be NaN, which is not equal to itself.
            if repr(reader(run)) != repr(reader(other)):
                faults.append(f"{name}: not that of the undisturbed run")
        except (ValueError, OSError) as error:
            faults.append(f"{name}: {error}")
    left = [path.name for path in run.rglob("*.tmp")]
    if left:
        faults.append(f"left behind: {', '.join(left)}")
    return faults


def fuzz(
    experiment: str,
    kills: int,
    seed: int,
    folder: Path,
    *,
    episodes: int = 3200,
    say: Any = lambda line: None,
) -> Outcome:
    """Kill runs of an experiment.

    Args:
        experiment: one of `FLAGS`.
        kills: how many in all.
        seed: of the moments, and of the first run.
        folder: an empty one, for the runs.
        episodes: of each run.
        say: told what happened, a line a run.
    """
    chance, outcome = random.Random(seed), Outcome()
    number = 0
    while outcome.kills < kills:
        number += 1
        if number > kills + 5:
            raise RuntimeError(
                f"{number - 1} runs ended before they could be killed; they need more episodes"
            )
        good, bad = folder / f"{experiment}-{number}-straight", folder / f"{experiment}-{number}-killed"
        seconds = straight(command(experiment, good, episodes, seed + number))
        argv = command(experiment, bad, episodes, seed + number)
        aim = min(KILLS_PER_RUN, kills - outcome.kills)
        before = len(outcome.faults)
        done = 0
        while done < aim:
            from_start = chance.random() < 0.2
            # The kills share out the run among them; a start takes some seconds by itself.
            wait = chance.uniform(0, 6.0 if from_start else seconds / (aim + 1))
            if not killed(argv, wait, from_start):
                break
            done += 1
            look(bad, outcome)
        outcome.kills += done
        straight(argv)
        outcome.faults += [f"{bad.name}: {fault}" for fault in compare(bad, good)]
        say(f"{bad.name}: {done} kills, {len(outcome.faults) - before} faults")
    return outcome


def main() -> None:
    """Kill runs of both experiments and say what happened; exit code 1 after a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--episodes", type=int, default=3200)
    flags = parser.parse_args()
    share = math.ceil(flags.kills / len(FLAGS))
    faults: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for experiment in FLAGS:
            found = fuzz(
                experiment,
                share,
                flags.seed,
                Path(folder),
                episodes=flags.episodes,
                say=lambda x: print(x, flush=True),
            )
            print(
                f"{experiment}: {found.kills} kills, {found.before_checkpoint} before the first checkpoint, "
                f"{found.cut} with tables ahead of it, {len(found.faults)} faults",
                flush=True,
            )
            faults += found.faults
    for fault in faults:
        print(f"fault: {fault}")
    raise SystemExit(bool(faults))


if __name__ == "__main__":
    main()
