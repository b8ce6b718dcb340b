"""The command line: one command, sub-commands; flags live only here."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import tyro

from train import commands
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
class Bench:
    """Measure speed: env (environment), dnc (network), train (acting and learning)."""

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
        case Bench():
            commands.bench(command.what, as_json=command.json)


def _train_defaults(argv: list[str]) -> Train:
    """What flags that are not given mean: the preset's settings, without one those of an existing run."""
    if argv[:1] != ["train"]:
        return Train()
    early = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    early.add_argument("--run", type=Path, default=DEFAULT_RUN)
    early.add_argument("--preset")
    known, _ = early.parse_known_args(argv[1:])
    if known.preset is None:
        return Train(config=RunDirectory(known.run).saved_config() or RunConfig())
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
        max_draws=flags.max_draws,
        seed=flags.seed,
        out=flags.out,
        threads=flags.threads,
        as_json=flags.json,
    )
