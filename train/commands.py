"""What the sub-commands do, callable from Python as well."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from dnc_agent.checkpoint import FILE_NAME
from dnc_agent.learner import Learner
from dnc_agent.parallel import ALONE, Processes
from train import experiments
from train.agents import describe, identify, load_agent
from train.display import Terminal
from train.errors import UsageError
from train.experiment import Experiment, Report
from train.files import probe, write_text
from train.keeping import keep_files, placed
from train.rundir import CONFIG_NAME, LESSONS_TABLE, LOCK_NAME, RunDirectory, config_to_json
from train.running import start
from train.session import ASKED, Limits
from train.sets import check_alone, evaluate_set
from train.settings import Config, check_ranges
from train.standing import take_up

#: Names of the tables of an evaluation.
TABLES = ("evaluation.json", "evaluation.md")


def train(
    experiment: Experiment,
    path: Path,
    config: Config,
    *,
    minutes: float | None = 10.0,
    until_lesson: int | None = None,
    max_episodes: int | None = None,
    episodes_per_cell: int = 20,
    quiet: bool = False,
    processes: Processes = ALONE,
) -> Learner:
    """Train a run, new or resumed, then print where it stands and a short evaluation.

    Args:
        experiment: to train.
        path: run directory.
        config: of the run; on resume it must be what it was.
        minutes: of training in this session; None: no limit.
        until_lesson: stop once this lesson is complete.
        max_episodes: stop once the run has seen this many.
        episodes_per_cell: of the tables at the end; 0: no evaluation.
        quiet: no progress bar.
        processes: that train it together; only the first prints and evaluates.

    Raises:
        UsageError: if the directory is in use or another run's, or a setting is out of range or changed.
        TrainingError: if loss or weights are not finite any more, or another process is gone.
    """
    console = Terminal(quiet=not processes.first)
    limits = Limits(minutes, until_lesson, max_episodes)
    learner, state, reason = start(
        experiment, path, config, limits, console=console, quiet=quiet, processes=processes
    )
    if not processes.first:
        return learner
    config = placed(config, path)
    # What is left to do needs no company.
    learner.processes = ALONE
    console.print(
        f"stopped: {reason}. Lesson {state.lesson}, {learner.episodes:,} episodes, "
        f"{learner.steps:,} steps, {state.seconds / 60:.1f} minutes of training in all"
    )
    flags = experiment.short_evaluation(config, episodes_per_cell, state.lesson)
    if flags is not None and reason != ASKED:
        report = _evaluate(experiment, learner, config, flags, console, f"{path}: evaluation")
        _save(report, path, console, newer=True)
    console.plain(f"run directory: {path}")
    console.plain(f"watch it play: {shlex.join(['shrdlu', 'watch', str(path)])}")
    return learner


def export(path: Path, out: Path) -> Path:
    """Copy a run's agent to keep or share, without what only resuming needs.

    Args:
        path: run directory.
        out: directory of the copy, made if it does not exist; files of the same names are replaced.

    Returns:
        The checkpoint.

    Raises:
        FileNotFoundError: if there is no agent.
        UsageError: if the directory is no run's, or the copy would replace a run.
    """
    if not (path / CONFIG_NAME).exists():
        raise UsageError(f"{path} is not a run directory: it has no {CONFIG_NAME}")
    if (out / LOCK_NAME).exists():
        raise UsageError(f"{out} is a run directory; a copy there would cost it its optimizer state")
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is a file; a copy needs a directory")
    found = identify(path)
    if found.standing is None:
        raise UsageError(f"{found.file} is an agent without a run; only runs are exported")
    learner = found.experiment.build(found.config)
    # With its lesson: the memory that a lesson takes goes into the copy as well.
    state, lineage = take_up(found.experiment, learner, found.config, found.file)
    probe(out)
    keep_files(found.config, out)
    config = placed(found.config, out)
    described = describe(found.experiment, config, vars(state), lineage)
    table = path / LESSONS_TABLE
    if table.exists():
        write_text(out / LESSONS_TABLE, table.read_text("utf-8"))
    else:
        # Of an agent that was here before.
        (out / LESSONS_TABLE).unlink(missing_ok=True)
    text = json.dumps(config_to_json(found.experiment, config), indent=2) + "\n"
    write_text(out / CONFIG_NAME, text)
    return learner.save(out / FILE_NAME, with_optimizer=False, extra=described | {"exported": True})


def evaluate(
    path: Path,
    flags: Any = None,
    *,
    fixed: str | None = None,
    out: Path | None = None,
    threads: int = 2,
    as_json: bool = False,
) -> dict[str, Any]:
    """Evaluate a run, an exported agent or a checkpoint file, print the tables and save them.

    Args:
        path: of the agent.
        flags: an instance of its experiment's `Evaluation`; None: the defaults.
        fixed: name of a set of its experiment, instead of what `flags` ask for.
        out: directory for the tables; None: the run's own, and none for what is no run.
        threads: CPU threads.
        as_json: print one JSON object as the last line.

    Returns:
        What was saved as JSON.

    Raises:
        FileNotFoundError: if there is no agent.
        UsageError: if it does not fit, or its tables could not be saved.
    """
    torch.set_num_threads(threads)
    agent, found = load_agent(path)
    flags = found.experiment.Evaluation() if flags is None else flags
    check_ranges(flags)
    if fixed is not None:
        check_alone(found.experiment, fixed, flags)
    # A run that was only copied here, such as an unfinished one that is shipped, is left as it is.
    if out is None and path.is_dir() and RunDirectory(path).trained_here and not found.exported:
        out = path
    if out is not None:
        probe(out)
    console = Terminal(stderr=as_json)
    report = _evaluate(
        found.experiment, agent, found.config, flags, console, f"{path}: evaluation", fixed=fixed
    )
    if as_json:
        print(json.dumps(report.json), flush=True)
    if out is None:
        console.plain("not saved: name a directory with --out")
    elif fixed is not None:
        _write(report, [out / f"{fixed}{suffix}" for suffix in (".json", ".md")], console)
    else:
        _save(report, out, console)
    return report.json


def _evaluate(
    experiment: Experiment,
    agent: Any,
    config: Config,
    flags: Any,
    console: Terminal,
    title: str,
    *,
    fixed: str | None = None,
) -> Report:
    bar = Progress(
        TextColumn("evaluating {task.description}"), BarColumn(), TimeElapsedColumn(), console=console
    )
    with bar:
        task = bar.add_task("", total=1.0)

        def told(word: str, share: float) -> None:
            bar.update(task, description=word, completed=share)

        if fixed is None:
            report = experiment.evaluate(agent, config, flags, told, title=title)
        else:
            report = evaluate_set(experiment, fixed, agent, config, flags, told, title=title)
        bar.update(task, description="done", completed=1.0)
    for table in report.shown:
        console.print(table)
    return report


def _save(report: Report, out: Path, console: Terminal, *, newer: bool = False) -> None:
    """Save tables, unless tables there would be lost by it that a `newer` agent does not make worthless."""
    as_json, as_text = (out / name for name in TABLES)
    found = _parts(report.json)
    lost = set() if newer else _parts(_read(as_json)) - found
    if lost or not found:
        reason = (
            f"{as_json} also has {', '.join(sorted(lost))}; name another --out" if lost else "it is empty"
        )
        console.plain(f"not saved: {reason}")
        return
    _write(report, [as_json, as_text], console)


def _write(report: Report, files: Sequence[Path], console: Terminal) -> None:
    as_json, as_text = files
    write_text(as_json, json.dumps(report.json, indent=1) + "\n")
    write_text(as_text, report.markdown)
    console.plain(f"saved: {as_json}, {as_text}")


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}


def _parts(result: Any) -> set[str]:
    """The tables in an evaluation that are not empty: some row of theirs has seen an episode."""
    if not isinstance(result, dict):
        return set()
    found = set()
    for name, part in result.items():
        rows = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
        if any(not isinstance(row, dict) or row.get("episodes", 1) for row in rows):
            found.add(name)
    return found


def bench(what: str, experiment: str | None = None, *, as_json: bool = False) -> dict[str, Any]:
    """Run one of the benchmarks and print its figures.

    Args:
        what: "env", "dnc", "cores", "profile" or "train".
        experiment: with "train", name of the experiment; None: the first.
        as_json: print one JSON object, nothing else.

    Raises:
        UsageError: if there is no such benchmark.
    """
    if experiment is not None and what != "train":
        raise UsageError(f"experiment={experiment!r}: bench {what} is of none; it goes with bench train")
    if what not in ("env", "dnc", "cores", "profile", "train"):
        raise UsageError(f"bench {what!r}; allowed are env, dnc, cores, profile, train")
    result: dict[str, Any]
    # A bar that is redrawn would cost time of the process that is measured.
    Terminal(stderr=True).plain(f"measuring {what}; this takes up to some minutes")
    # Imported late: each measures a different part, and some need optional packages.
    if what == "env":
        from shrdlu_env.benchmark import bench_env

        result = bench_env()
    elif what == "dnc":
        from dnc_agent.benchmark import bench_dnc

        result = bench_dnc()
    elif what == "cores":
        from dnc_agent.benchmark_cores import bench_cores

        result = bench_cores()
    elif what == "profile":
        from dnc_agent.benchmark_profile import bench_profile

        result = bench_profile()
    else:
        result = experiments.find(experiment or experiments.DEFAULT).benchmark()
    print(json.dumps(result) if as_json else json.dumps(result, indent=2))
    return result
