"""The command line. Nothing but the standard library is imported here: help comes at once, Ctrl-C is heard."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

from train.errors import TrainingError, UsageError

if TYPE_CHECKING:
    from train.flags import Replay, Watch


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line.

    Bad input ends with one line on standard error and exit code 2, training that cannot go on with 1.
    """
    argv = list(sys.argv[1:] if argv is None else argv)
    try:
        try:
            _run(argv)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read the output has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except TrainingError as error:
        _fail(str(error), 1)
    except ModuleNotFoundError as error:
        package = (error.name or str(error)).partition(".")[0]
        _fail(f"the package {package} is not installed, and this needs it: pip install {package}", 2)
    except (ValueError, ImportError) as error:
        # UsageError and the libraries' own refusals: their messages name what is wrong and what is allowed.
        _fail(str(error), 2)
    except OSError as error:
        named = error.filename is not None and error.strerror is not None
        _fail(f"{error.filename}: {error.strerror}" if named else str(error), 2)
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "memory" not in str(error):
            raise
        _fail(f"out of memory: {error}; take smaller sizes", 2)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        raise SystemExit(130) from None


def _fail(text: str, code: int) -> None:
    print(f"error: {' '.join(text.split())}", file=sys.stderr)
    raise SystemExit(code)


def _run(argv: list[str]) -> None:
    if not argv or argv[0] in ("-h", "--help"):
        print(_help())
    elif argv[0] == "--version":
        from importlib.metadata import version

        print(f"shrdlu {version('shrdlu-dnc')}")
    elif argv[0] not in COMMANDS:
        raise UsageError(f"{argv[0]!r} is no command; allowed are {', '.join(COMMANDS)} (shrdlu --help)")
    else:
        COMMANDS[argv[0]][1](argv[1:])


def _help() -> str:
    from train.experiments import DEFAULT

    rows = "\n".join(f"  {name:<9} {summary}" for name, (summary, _) in COMMANDS.items())
    return (
        "usage: shrdlu COMMAND [OPTIONS]\n\n"
        "Memory tasks of the Differentiable Neural Computer, and agents that learn them.\n\n"
        f"commands:\n{rows}\n\n"
        "options:\n  -h, --help   this text; with a command, its options\n  --version    the version\n\n"
        f"examples:\n  shrdlu train --minutes 5\n  shrdlu watch runs/{DEFAULT}"
    )


@contextmanager
def _loading() -> Iterator[None]:
    """While libraries are imported, Ctrl-C ends the process at once: half-imported ones answer with tracebacks."""

    def leave(signum: int, frame: FrameType | None) -> None:
        os.write(2, b"interrupted\n")
        os._exit(130)

    try:
        previous = signal.signal(signal.SIGINT, leave)
    except ValueError:
        # Not the main thread; signals are somebody else's.
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


def _train(argv: list[str]) -> None:
    with _loading():
        from train.parsing import parse_train

        experiment, run, flags = parse_train(argv)
        from train import commands
        from train.gathering import fitting, gathered
        from train.rundir import RunDirectory
        from train.running import check
        from train.session import Limits

    count = flags.processes or fitting(experiment.shareable(flags.config), flags.config.threads)
    # Before others are started: what is wrong is said once.
    check(experiment, flags.config, Limits(flags.minutes, flags.until_lesson, flags.max_episodes))
    RunDirectory(run).check(experiment, flags.config)
    with gathered(count, ["train", *argv]) as processes:
        commands.train(
            experiment,
            run,
            flags.config,
            minutes=flags.minutes,
            until_lesson=flags.until_lesson,
            max_episodes=flags.max_episodes,
            episodes_per_cell=flags.episodes_per_cell,
            quiet=flags.quiet,
            processes=processes,
        )


def _evaluate(argv: list[str]) -> None:
    with _loading():
        from train.parsing import parse_evaluate

        flags = parse_evaluate(argv)
        from train import commands
    commands.evaluate(
        flags.path,
        flags.evaluation,
        fixed=flags.set,
        out=flags.out,
        threads=flags.threads,
        as_json=flags.json,
    )


def _how(flags: Watch | Replay) -> dict[str, Any]:
    """How a file is to be written, as far as flags say."""
    said = {"step": flags.step, "speed": flags.speed, "notes": flags.notes or None}
    return {name: value for name, value in said.items() if value is not None}


def _watch(argv: list[str]) -> None:
    with _loading():
        from train.parsing import parse_watch

        flags = parse_watch(argv)
        from shrdlu_env import viewer
        from train import watching
        from train.display import Terminal, working
    how = _how(flags)
    watching.check_written("export", flags.export, how)
    if flags.export is None:
        shown, name = watching.watched(
            flags.path, lesson=flags.lesson, deterministic=not flags.sample, more=flags.watching
        )
        viewer.watch(shown.make_act, shown.env_kwargs, flags.seed, agent=name, env_id=shown.env_id)
        return
    with working(Terminal(stderr=True)) as told:
        watching.record(
            flags.path,
            flags.export,
            lesson=flags.lesson,
            seed=flags.seed or 0,
            deterministic=not flags.sample,
            more=flags.watching,
            progress=told,
            **how,
        )
    print(f"saved: {flags.export}")


def _play(argv: list[str]) -> None:
    with _loading():
        from train.parsing import parse_play

        experiment, flags = parse_play(argv)
        played = experiment.play(flags.puzzles)
        if callable(played) and (flags.hidden or flags.seed is not None):
            raise UsageError(f"{experiment.name} is played in the terminal, without --seed and --hidden")
        from shrdlu_env import viewer
    if callable(played):
        played()
        return
    env_id, arguments = played
    viewer.play(arguments, flags.seed, hidden=flags.hidden, env_id=env_id)


def _replay(argv: list[str]) -> None:
    with _loading():
        from train.flags import Replay
        from train.parsing import parse

        flags = parse(Replay, "replay", argv)
        from shrdlu_env import viewer
    how = _how(flags)
    # A window has no need of what takes PyTorch to load.
    if flags.export is None and not how:
        viewer.replay(flags.file)
        return
    with _loading():
        from train.display import Terminal, working
        from train.watching import check_written, write_episode
    check_written("export", flags.export, how)
    assert flags.export is not None, "what is asked for without it was just refused"
    with working(Terminal(stderr=True)) as told:
        write_episode(viewer.load(flags.file), flags.export, told, **how)
    print(f"saved: {flags.export}")


def _plot(argv: list[str]) -> None:
    with _loading():
        from train.flags import Plot
        from train.parsing import parse

        flags = parse(Plot, "plot", argv)
        from train import plots
    plots.plot_runs(flags.runs, flags.out, labels=flags.labels)
    print(f"saved: {flags.out}")


def _export(argv: list[str]) -> None:
    with _loading():
        from train.flags import Export
        from train.parsing import parse

        flags = parse(Export, "export", argv)
        from train import commands
    print(f"saved: {commands.export(flags.path, flags.out)}")


def _bench(argv: list[str]) -> None:
    with _loading():
        from train.flags import Bench
        from train.parsing import parse

        flags = parse(Bench, "bench", argv)
        from train import commands
    commands.bench(flags.what, flags.experiment, as_json=flags.json)


def _analyse(argv: list[str]) -> None:
    with _loading():
        from train.analysis import running

        chosen, settings = running.choose(argv)
    running.run(chosen, settings)


COMMANDS: dict[str, tuple[str, Callable[[list[str]], None]]] = {
    "train": ("train an agent; the same command resumes", _train),
    "evaluate": ("tables of how well an agent does", _evaluate),
    "watch": ("watch an agent and its memory, or write a film", _watch),
    "play": ("solve puzzles yourself", _play),
    "replay": ("look at a saved episode", _replay),
    "plot": ("curves of runs", _plot),
    "export": ("copy a run's agent to keep or share", _export),
    "analyse": ("measure how a memory works, with figures", _analyse),
    "bench": ("measure speed", _bench),
}
