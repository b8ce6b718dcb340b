"""The command line: one command, sub-commands; flags live only here."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import tyro

from shrdlu_env import viewer
from shrdlu_env.blocks.lessons import check_lesson
from train import commands, plots, watching
from train.config import PRESETS, RunConfig
from train.errors import UsageError
from train.rundir import RunDirectory

DEFAULT_RUN = Path("runs/mini-shrdlu")


@dataclass
class Train:
    """Train an agent; the same command goes on where it was stopped or killed."""

    run: Path = DEFAULT_RUN
    """Run directory, made if it does not exist."""
    preset: str = "default"
    """Settings to start from: default, paper, lstm."""
    minutes: float | None = 10.0
    """Stop after this many minutes; None: never."""
    until_lesson: int | None = None
    """Stop once this lesson is complete."""
    max_episodes: int | None = None
    """Stop once the run has seen this many episodes."""
    episodes_per_cell: int = 20
    """Episodes in each cell of the table printed at the end; 0: no table."""
    quiet: bool = False
    """No progress bar."""
    config: tyro.conf.OmitArgPrefixes[RunConfig] = field(default_factory=RunConfig)


@dataclass
class Evaluate:
    """Play an agent's modal actions on fresh puzzles: the paper's table, and lesson by lesson."""

    path: Annotated[Path, tyro.conf.Positional]
    """Run directory, shipped agent or checkpoint file."""
    episodes: int = 100
    """Episodes in each cell of the table; 0: no table."""
    lesson_episodes: int = 160
    """Episodes for each lesson; 0: no lessons."""
    goals: int = 10
    """Goals told in each episode of the table."""
    beyond: int = 0
    """Episodes for each condition that training never had: more goals, more memory; 0: none."""
    max_draws: int = 200_000
    """Puzzles drawn at most in search of rare cells, for each column."""
    seed: int = 0
    """Seed of the puzzles."""
    out: Path | None = None
    """Directory for evaluation.json and evaluation.md; None: the run's own, or none for a single file."""
    threads: int = 2
    """CPU threads."""
    json: bool = False
    """Print one JSON object as the last line."""


@dataclass
class Watch:
    """Watch an agent play in a window, with its memory; or write one episode to a file."""

    path: Annotated[Path, tyro.conf.Positional]
    """Run directory, shipped agent or checkpoint file."""
    lesson: int | None = None
    """Lesson of the puzzles; None: the one that the run has reached."""
    seed: int | None = None
    """Seed of the puzzle; None: a random one (0 with --export)."""
    sample: bool = False
    """Draw actions instead of taking the most probable one."""
    export: Path | None = None
    """Write the episode here and open no window: .mp4 or .gif film, .png page, .txt text, .npz to replay."""
    step: int | None = None
    """With a .png: the picture of this step instead of the whole episode."""
    notes: bool = False
    """With a .png: say on the picture what it shows."""
    speed: float = 2.0
    """With a film: steps per second."""


@dataclass
class Plot:
    """Draw the curves of one or several runs: what the gate saw, and the lesson reached."""

    runs: Annotated[tuple[Path, ...], tyro.conf.Positional]
    """Run directories."""
    out: Path = Path("runs.png")
    """The picture: .png, .svg or .pdf."""
    labels: tuple[str, ...] | None = None
    """Names of the runs; those of one name share a colour. None: the names of their directories."""


@dataclass
class Export:
    """Copy a run's agent to keep or share: weights, settings, table of lessons; no optimizer state."""

    path: Annotated[Path, tyro.conf.Positional]
    """Run directory."""
    out: Annotated[Path, tyro.conf.Positional]
    """Directory of the copy, made if it does not exist."""


@dataclass
class Play:
    """Solve puzzles yourself."""

    lesson: int = 1
    """Lesson of the puzzles, 1 to 26."""
    board_size: int = 3
    """S; the board has S x S squares."""
    seed: int | None = None
    """Seed of the first puzzle; None: a random one."""
    hidden: bool = False
    """Show only what an agent would see at each step."""


@dataclass
class Replay:
    """Look at a saved episode, in a window or as another file."""

    file: Annotated[Path, tyro.conf.Positional]
    """An episode saved as .npz."""
    export: Path | None = None
    """Write it here and open no window: .mp4, .gif, .png or .txt."""
    step: int | None = None
    """With a .png: the picture of this step instead of the whole episode."""
    notes: bool = False
    """With a .png: say on the picture what it shows."""
    speed: float = 2.0
    """With a film: steps per second."""


@dataclass
class Bench:
    """Measure speed: env (environment), dnc (network), train (complete training)."""

    what: Annotated[str, tyro.conf.Positional]
    """env, dnc or train."""
    json: bool = False
    """Print one JSON object as the last line (the only output)."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line; bad input ends with one line on standard error and exit code 2."""
    argv = list(sys.argv[1:] if argv is None else argv)
    try:
        _run(argv)
    except (ValueError, OSError, ImportError) as error:
        # UsageError and the libraries' own refusals: their messages name what is wrong and what is allowed.
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        raise SystemExit(130) from None


def _run(argv: list[str]) -> None:
    kinds = (
        Annotated[Train, tyro.conf.subcommand("train", default=_train_defaults(argv))]
        | Annotated[Evaluate, tyro.conf.subcommand("evaluate")]
        | Annotated[Watch, tyro.conf.subcommand("watch")]
        | Annotated[Plot, tyro.conf.subcommand("plot")]
        | Annotated[Export, tyro.conf.subcommand("export")]
        | Annotated[Play, tyro.conf.subcommand("play")]
        | Annotated[Replay, tyro.conf.subcommand("replay")]
        | Annotated[Bench, tyro.conf.subcommand("bench")]
    )
    command = tyro.cli(
        kinds,
        args=argv,
        prog="shrdlu",
        description="Mini-SHRDLU puzzles and the Differentiable Neural Computer that learns them.",
    )
    match command:
        case Train():
            _train(command)
        case Evaluate():
            _evaluate(command)
        case Watch():
            _watch(command)
        case Plot():
            if not command.runs:
                raise UsageError("plot: name at least one run directory")
            plots.plot_runs(command.runs, command.out, labels=command.labels)
            print(f"saved: {command.out}")
        case Export():
            print(f"saved: {commands.export(command.path, command.out)}")
        case Play():
            check_lesson(command.lesson)
            viewer.play(
                {"lesson": command.lesson, "board_size": command.board_size},
                command.seed,
                hidden=command.hidden,
            )
        case Replay():
            _replay(command)
        case Bench():
            commands.bench(command.what, as_json=command.json)


def _train_defaults(argv: list[str]) -> Train:
    """What flags that are not given mean: the preset's settings, without one those of an existing run."""
    if argv[:1] != ["train"]:
        return Train()
    early = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    early.add_argument("--run", type=Path, default=DEFAULT_RUN)
    early.add_argument("--preset")
    early.add_argument("--branch", type=Path)
    known, _ = early.parse_known_args(argv[1:])
    if known.preset is None:
        own = RunDirectory(known.run).saved_config()
        other = None if known.branch is None else RunDirectory.around(known.branch).saved_config()
        return Train(config=own or other or PRESETS["default"])
    if known.preset not in PRESETS:
        raise UsageError(f"preset={known.preset!r}; allowed are {', '.join(PRESETS)}")
    return Train(config=PRESETS[known.preset])


def _train(flags: Train) -> None:
    if flags.minutes is not None and flags.minutes <= 0:
        raise UsageError(f"minutes={flags.minutes!r}; it must be above 0")
    commands.train(
        flags.run,
        flags.config,
        minutes=flags.minutes,
        until_lesson=flags.until_lesson,
        max_episodes=flags.max_episodes,
        episodes_per_cell=flags.episodes_per_cell,
        quiet=flags.quiet,
    )


def _evaluate(flags: Evaluate) -> None:
    commands.evaluate(
        flags.path,
        episodes=flags.episodes,
        lesson_episodes=flags.lesson_episodes,
        goals=flags.goals,
        beyond=flags.beyond,
        max_draws=flags.max_draws,
        seed=flags.seed,
        out=flags.out,
        threads=flags.threads,
        as_json=flags.json,
    )


def _watch(flags: Watch) -> None:
    if flags.export is None:
        make_act, arguments, name = watching.watched(
            flags.path, lesson=flags.lesson, deterministic=not flags.sample
        )
        viewer.watch(make_act, arguments, flags.seed, agent=name)
        return
    watching.record(
        flags.path,
        flags.export,
        lesson=flags.lesson,
        seed=flags.seed or 0,
        deterministic=not flags.sample,
        **_how(flags),
    )
    print(f"saved: {flags.export}")


def _replay(flags: Replay) -> None:
    if flags.export is None:
        viewer.replay(flags.file)
        return
    watching.write_episode(viewer.load(flags.file), flags.export, **_how(flags))
    print(f"saved: {flags.export}")


def _how(flags: Watch | Replay) -> dict[str, Any]:
    return {"step": flags.step, "speed": flags.speed, "notes": flags.notes}
