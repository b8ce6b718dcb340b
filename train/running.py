"""A run from its first to its last line: what is checked, built and resumed around a training session."""

from __future__ import annotations

from numbers import Integral
from pathlib import Path

from dnc_agent.checkpoint import resolve
from dnc_agent.learner import Learner
from dnc_agent.parallel import ALONE, Processes
from train.display import Terminal
from train.errors import UsageError, shown
from train.experiment import Experiment
from train.keeping import beginning_with, placed
from train.precision import settled
from train.rundir import LESSONS_TABLE, RunDirectory
from train.session import Limits, Session
from train.settings import Config, check_ranges
from train.signals import StopRequest
from train.standing import branch_off, check_resumable, go_on
from train.states import RunState, Standing
from train.tables import cut_table


def check(experiment: Experiment, config: Config, limits: Limits) -> None:
    """Refuse settings and limits out of range, before anything exists.

    Raises:
        UsageError: naming the first of them.
    """
    check_ranges(config)
    check_ranges(limits)
    first, lessons = config.curriculum.first, experiment.lessons
    if not first <= lessons:
        raise UsageError(f"lesson={first!r}; it must lie between 1 and {lessons}")
    until = limits.until_lesson
    if until is not None and not (isinstance(until, Integral) and first <= until <= lessons):
        raise UsageError(
            f"until_lesson={shown(until)}; it must be a whole number between the first lesson {first} and {lessons}"
        )


def start(
    experiment: Experiment,
    path: Path,
    config: Config,
    limits: Limits,
    *,
    console: Terminal,
    quiet: bool = False,
    processes: Processes = ALONE,
) -> tuple[Learner, RunState, str]:
    """Train a run, new or resumed, until the first limit.

    Args:
        experiment: to train.
        path: run directory.
        config: of the run; on resume it must be what it was.
        limits: of this session.
        console: where it says what it does.
        quiet: no progress bar.
        processes: that train it together, each of which calls this.

    Returns:
        `(the learner, where the run stands, why it stopped)`.

    Raises:
        UsageError: if the directory is in use or another run's, or a setting is out of range or changed.
        TrainingError: if loss or weights are not finite any more, or another process is gone.
        ValueError: if a checkpoint is damaged or does not fit.
    """
    check(experiment, config, limits)
    directory = RunDirectory(path)
    if directory.checkpoint.exists():
        check_resumable(directory)
    saved = directory.saved() if directory.checkpoint.exists() else None
    config = settled(experiment, config, None if saved is None else saved.config, processes)
    # Built first, and a branch tried out: what is refused leaves no directory behind.
    learner = experiment.build(config)
    learner.processes = processes
    branched = None
    if not directory.checkpoint.exists() and config.branch is not None:
        branched = branch_off(experiment, learner, config, resolve(config.branch))
    if config.curriculum.lesson is None:
        config = beginning_with(
            config, config.curriculum.first if branched is None else branched.state.lesson
        )
    if processes.first:
        directory.open(experiment, config)
    session = None
    try:
        with StopRequest(follows=not processes.first).handling() as stop:
            resumed = processes.agree(directory.checkpoint.exists())
            # From here on its own copies of files count.
            config = placed(config, path)
            together = "" if processes.alone else f" with {processes.size} processes"
            console.plain(
                f"{'resuming' if resumed else 'starting'} run {path}{together} (Ctrl-C stops, the same command "
                "resumes; a fresh installation first compiles for about a minute)"
            )
            if resumed:
                standing = go_on(experiment, learner, config, directory, writes=processes.first)
            elif branched is None:
                learner.begin()
                standing = Standing(RunState(config.curriculum.first), [])
            else:
                standing = branched
                table = resolve(str(config.branch)).with_name(LESSONS_TABLE)
                if processes.first:
                    cut_table(table, "updates", standing.state.checked_at, directory.path / LESSONS_TABLE)
            # All have read what the first may replace from here on.
            processes.agree(None)
            session = Session(experiment, learner, config, directory, standing, limits, stop, console, quiet)
            return learner, standing.state, session.run()
    except Exception:
        if session is None or not session.kept:
            directory.discard()
        raise
    finally:
        directory.close()
