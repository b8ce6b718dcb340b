"""The flags of every sub-command. Common ones first: `--help` shows them in this order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, make_dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from train import experiments
from train.experiment import Experiment
from train.settings import Config, Seed, Within

#: A field that is no flag.
HIDDEN: Any = Annotated[Any, tyro.conf.Suppress, tyro.conf.Fixed]
FilmSpeed = Annotated[float, Within(0.1, 60)]
Step = Annotated[int, Within(0, 100_000)] | None


@dataclass(frozen=True)
class Start:
    """What a run begins with; everything that is not given follows from it."""

    experiment: Any = None
    """What to train; None: what the run is of."""
    run: Path | None = None
    """Run directory, made if it does not exist; None: runs/EXPERIMENT."""
    preset: Any = None
    """Settings to start from; None: those of the run that is resumed or branched off, else the first."""
    branch: str | None = None


@dataclass(frozen=True)
class Train(Start):
    """Train an agent; the same command goes on where it was stopped or killed."""

    minutes: float | None = 10.0
    """Stop after this many minutes; None: never."""
    until_lesson: int | None = None
    """Stop once this lesson is complete."""
    max_episodes: int | None = None
    """Stop once the run has seen this many episodes."""
    episodes_per_cell: Annotated[int, Within(0, 100_000)] = 20
    """Episodes in each cell of the table printed at the end; 0: no table."""
    quiet: bool = False
    """No progress bar."""
    processes: Annotated[int, Within(1, 256)] | None = None
    """Processes that share every batch, each on a core; None: as many as are worth it here."""
    config: Any = None


@dataclass(frozen=True)
class Evaluate:
    """Play an agent's most probable actions on fresh episodes and print tables."""

    path: Annotated[Path, tyro.conf.Positional]
    """Run directory, exported agent or checkpoint file."""
    set: Any = None
    """Score it on episodes that are the same for everybody, instead of those that the other flags ask for."""
    out: Path | None = None
    """Directory for evaluation.json and evaluation.md, or SET.json and SET.md; None: the run's own, and none for what
    is no run."""
    json: bool = False
    """Print one JSON object as the last line."""
    threads: Annotated[int, Within(1, 256)] = 2
    """CPU threads."""
    evaluation: Any = None


@dataclass(frozen=True)
class Watch:
    """Watch an agent play in a window, with its memory; or write one episode to a file."""

    path: Annotated[Path, tyro.conf.Positional]
    """Run directory, exported agent or checkpoint file."""
    lesson: int | None = None
    """Lesson of the puzzles; None: the one that the run has reached."""
    seed: Seed | None = None
    """Seed of the puzzle; None: a random one (0 with --export)."""
    sample: bool = False
    """Draw actions instead of taking the most probable one."""
    export: Path | None = None
    """Write the episode here and open no window: .mp4 or .gif film, .png page, .txt text, .npz to replay."""
    step: Step = None
    """With a .png: the picture of this step instead of the whole episode; with a film: where it begins."""
    notes: bool = False
    """With a .png: say on the picture what it shows."""
    speed: FilmSpeed | None = None
    """With a film: steps per second; None: 2."""
    watching: Any = None


@dataclass(frozen=True)
class Play:
    """Solve puzzles yourself."""

    experiment: Any = experiments.DEFAULT
    """Whose puzzles."""
    seed: Seed | None = None
    """Seed of the first puzzle; None: a random one."""
    hidden: bool = False
    """Show only what an agent would see at each step."""
    puzzles: Any = None


@dataclass(frozen=True)
class Replay:
    """Look at a saved episode, in a window or as another file."""

    file: Annotated[Path, tyro.conf.Positional]
    """An episode saved as .npz."""
    export: Path | None = None
    """Write it here and open no window: .mp4, .gif, .png, .txt or .npz."""
    step: Step = None
    """With a .png: the picture of this step instead of the whole episode; with a film: where it begins."""
    notes: bool = False
    """With a .png: say on the picture what it shows."""
    speed: FilmSpeed | None = None
    """With a film: steps per second; None: 2."""


@dataclass(frozen=True)
class Plot:
    """Draw the curves of one or several runs: what the gate saw, and the lesson reached."""

    runs: Annotated[tuple[Path, ...], tyro.conf.Positional]
    """Run directories."""
    out: Path = Path("runs.png")
    """The picture: .png, .svg or .pdf."""
    labels: tuple[str, ...] | None = None
    """Names of the runs; those of one name share a colour. None: the names of their directories."""


@dataclass(frozen=True)
class Export:
    """Copy a run's agent to keep or share: weights, settings, table of lessons; no optimizer state."""

    path: Annotated[Path, tyro.conf.Positional]
    """Run directory."""
    out: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="OUT")]
    """Directory of the copy, made if it does not exist."""


@dataclass(frozen=True)
class Bench:
    """Measure speed: env (environment), dnc (network), cores (all of them), profile (a step of it), train (all)."""

    what: Annotated[Literal["env", "dnc", "cores", "profile", "train"], tyro.conf.Positional]
    """What to measure."""
    experiment: str | None = None
    """With train: of which experiment; None: the first."""
    json: bool = False
    """Print one JSON object as the last line (the only output)."""


def _with(kind: type, **fields: tuple[Any, Any]) -> type:
    """A class of flags with types and defaults that are known only now."""
    changed = [(name, hint, field(default=default)) for name, (hint, default) in fields.items()]
    return make_dataclass(
        kind.__name__, changed, bases=(kind,), frozen=True, namespace={"__doc__": kind.__doc__}
    )


def _choice(names: Iterable[str]) -> Any:
    return Literal[tuple(names)]


def _flat(kind: type) -> Any:
    """A group of flags without a prefix."""
    return Annotated[kind, tyro.conf.OmitArgPrefixes]


def start_flags(experiment: Experiment) -> type[Start]:
    """What is looked at first; the rest of the command line is left to `train_flags`."""
    return _with(Start, experiment=(HIDDEN, None), preset=(_choice(experiment.presets) | None, None))


def train_flags(experiment: Experiment, config: Config) -> type[Train]:
    """The flags of `shrdlu train` for an experiment, with a configuration as their defaults."""
    return _with(
        Train,
        experiment=(Annotated[_choice(experiments.ROWS) | None, tyro.conf.Positional], None),
        preset=(_choice(experiment.presets) | None, None),
        # It is among the settings.
        branch=(HIDDEN, None),
        config=(_flat(type(config)), config),
    )


def evaluate_flags(experiment: Experiment) -> type[Evaluate]:
    """The flags of `shrdlu evaluate` for an experiment."""
    kind = experiment.Evaluation
    sets = _choice(experiment.sets) | None if experiment.sets else HIDDEN
    return _with(Evaluate, set=(sets, None), evaluation=(_flat(kind), kind()))


def watch_flags(experiment: Experiment) -> type[Watch]:
    """The flags of `shrdlu watch` for an experiment."""
    kind = experiment.Watching
    return _with(Watch, watching=(HIDDEN, None) if kind is None else (_flat(kind), kind()))


def play_flags(experiment: Experiment) -> type[Play]:
    """The flags of `shrdlu play` for an experiment."""
    kind = experiment.Play
    played = [name for name, row in experiments.ROWS.items() if row.played]
    return _with(
        Play,
        experiment=(Annotated[_choice(played), tyro.conf.Positional], experiment.name),
        puzzles=(HIDDEN, None) if kind is None else (_flat(kind), kind()),
    )
