"""Command lines to flags; what is wrong with one is said in one line."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import tyro

from train import experiments
from train.errors import UsageError
from train.experiment import Experiment
from train.files import at_home
from train.flags import (
    Evaluate,
    Play,
    Start,
    Train,
    Watch,
    evaluate_flags,
    play_flags,
    start_flags,
    train_flags,
    watch_flags,
)
from train.rundir import RunDirectory
from train.settings import check_ranges
from train.starting import saved_in, starting_config

FlagsT = TypeVar("FlagsT")

#: tyro's words for a value that is none of several; it tells them in another order each time.
CHOICE = re.compile(r"invalid choice (.+?) for argument '([^']+)'\. Expected one of \((.+)\)\.?")


def parse(
    kind: type[FlagsT], name: str, argv: Sequence[str], *, more: str = "", named: str | None = None
) -> FlagsT:
    """The flags of a sub-command.

    Args:
        kind: their dataclass.
        name: of the sub-command.
        argv: what follows it.
        more: said in its help below what it does.
        named: the experiment that the command line names, which decides what its help shows.

    Raises:
        UsageError: if they do not fit, or a number is out of range.
        SystemExit: after `--help`.
    """
    # tyro's own refusals are boxes of many lines.
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            description = "\n\n".join(filter(None, (kind.__doc__, more)))
            flags = tyro.cli(kind, args=list(argv), prog=f"shrdlu {name}", description=description)
    except SystemExit as ended:
        if ended.code in (0, None):
            raise
        help_of = " ".join(filter(None, ("shrdlu", name, named)))
        raise UsageError(f"{_in_one_line(said.getvalue())} ({help_of} --help)") from None
    check_ranges(flags)
    return _at_home(flags)


def _at_home(flags: FlagsT) -> FlagsT:
    """Flags with `~` written out in paths: a shell leaves it as it is in `--run=~/NAME`."""
    changed: dict[str, Any] = {}
    for name, value in vars(flags).items():
        if isinstance(value, Path) or (name == "branch" and isinstance(value, str)):
            changed[name] = type(value)(at_home(value))
        elif isinstance(value, tuple) and all(isinstance(part, Path) for part in value):
            changed[name] = tuple(map(at_home, value))
        elif dataclasses.is_dataclass(value):
            changed[name] = _at_home(value)
    return dataclasses.replace(flags, **changed)  # type: ignore[type-var]


def _in_one_line(box: str) -> str:
    """What a box says up to its first rule, without its frame, in this project's words."""
    found: list[str] = []
    for line in box.splitlines()[1:]:
        text = line.strip("│|┃ ")
        if not text.strip("─━-╰╯└┘+"):
            if found:
                break
            continue
        found.append(text)
    return CHOICE.sub(_choice, " ".join(found)) or "the command line does not fit"


def _choice(said: re.Match[str]) -> str:
    value, name, choices = said.groups()
    # None stands for a flag that is left out.
    allowed = sorted(set(re.findall(r"'([^']*)'", choices)) - {"None"})
    return f"{name}={value}; allowed are {', '.join(allowed)}"


def parse_train(argv: Sequence[str]) -> tuple[Experiment, Path, Train]:
    """What to train, where, and the flags: those not given are the preset's, else an existing run's.

    Raises:
        UsageError: if they do not fit.
    """
    named = argv[0] if argv and not argv[0].startswith("-") else None
    experiment = experiments.find(named or experiments.DEFAULT)
    start = _start(experiment, argv if named is None else argv[1:])
    saved = None if start.run is None else RunDirectory(start.run).saved()
    if named is None and saved is not None and saved.experiment.name != experiment.name:
        # The same command goes on: without a name, the run says what it is of.
        experiment = saved.experiment
        start = _start(experiment, argv)
    run = start.run or Path("runs") / experiment.name
    flags = parse(
        train_flags(experiment, starting_config(experiment, run, preset=start.preset, branch=start.branch)),
        "train",
        argv,
        more="\n\n".join(f"{name}: {row.summary}" for name, row in experiments.ROWS.items()),
        named=named,
    )
    return experiment, run, flags


def _start(experiment: Experiment, argv: Sequence[str]) -> Start:
    kind: Any = start_flags(experiment)
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            start: Start = tyro.cli(kind, args=list(argv), return_unknown_args=True, add_help=False)[0]
    except SystemExit:
        # What is wrong is said by the whole parser, which knows every flag.
        return Start()
    return _at_home(start)


def parse_evaluate(argv: Sequence[str]) -> Evaluate:
    """The flags of `shrdlu evaluate`, which depend on what the agent was trained on.

    Raises:
        FileNotFoundError: if there is no agent.
        UsageError: if they do not fit.
    """
    return _of_agent(evaluate_flags, "evaluate", argv)


def parse_watch(argv: Sequence[str]) -> Watch:
    """The flags of `shrdlu watch`, which depend on what the agent was trained on.

    Raises:
        FileNotFoundError: if there is no agent.
        UsageError: if they do not fit.
    """
    return _of_agent(watch_flags, "watch", argv)


def _of_agent(flags: Callable[[Experiment], type[FlagsT]], name: str, argv: Sequence[str]) -> FlagsT:
    experiment, agent = _experiment_of(argv)
    more = "" if agent else f"Options are those of the agent: `shrdlu {name} AGENT --help` shows them."
    return parse(flags(experiment), name, argv, more=more, named=agent)


def _experiment_of(argv: Sequence[str]) -> tuple[Experiment, str | None]:
    """What the agent named in a command line was trained on, and its path as named; None where none is."""
    for word in argv:
        # The first argument that is an agent is the one; whatever else it may be is for the parser to say.
        if not word.startswith("-") and at_home(word).exists():
            saved = saved_in(at_home(word))
            if saved is not None:
                return saved.experiment, word
            break
    return experiments.find(experiments.DEFAULT), None


def parse_play(argv: Sequence[str]) -> tuple[Experiment, Play]:
    """What to play, and the flags.

    Raises:
        UsageError: if they do not fit.
    """
    named = argv[0] if argv and not argv[0].startswith("-") else experiments.DEFAULT
    experiment = experiments.find(named)
    return experiment, parse(play_flags(experiment), "play", argv, named=experiment.name)
