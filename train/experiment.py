"""What an experiment is: everything about a task that training, evaluating and watching need to know.

Importing the module of an experiment must be quick, since `--help` shows its presets: what needs PyTorch is
imported by the methods.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from train.errors import UsageError
from train.settings import Config, History

if TYPE_CHECKING:
    import numpy as np
    from rich.console import RenderableType

    from dnc_agent.learner import Learner

#: Called with a word for what is being done and the share done so far, 0 to 1.
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Gate:
    """One check of a lesson on fresh episodes."""

    score: float
    """What the gate compares with the lesson's threshold, 0 to 1."""
    row: Mapping[str, float] = field(default_factory=dict)
    """More figures for the run's table of lessons, by column."""


@dataclass(frozen=True)
class Report:
    """The result of an evaluation in every form that people want it."""

    json: dict[str, Any]
    markdown: str
    shown: Sequence[RenderableType]
    """For the terminal."""


@dataclass(frozen=True)
class Watched:
    """An agent for the viewer."""

    env_id: str
    env_kwargs: Mapping[str, Any]
    make_act: Callable[[Any], Any]
    """Called with the environment; returns the viewer's `act(obs, info, episode_start)`."""


@dataclass(frozen=True)
class FixedSet:
    """Evaluation episodes that are the same for everybody, whatever an agent was trained on. They never change under
    their name: other episodes are another version."""

    about: str
    """A line for people."""
    digest: str
    """Of the arrays of the episodes; see `train.sets.digest_of`."""


class DrawnSet(NamedTuple):
    """The episodes of a set."""

    arrays: Iterable[Any]  #: NumPy arrays, in a fixed order; everything there is to know about the episodes
    #: Of (agent, its configuration, flags of the evaluation, progress, title).
    score: Callable[[Any, Any, Any, Progress, str], Report]


class Experiment(ABC):
    """One task with what is trained on it. A new one is a module or folder here and a row in the registry.

    Attributes:
        name: what the command line calls it.
        presets: complete configurations by name, all of one subclass of `Config`; the first is the default.
        lessons: how many lessons the curriculum has; 1 where there is none.
        score: column of the table of lessons that holds the gate's score, such as `accuracy`.
        shown: shares, 0 to 1, that the progress bar and plots show, the score first; (): the score.
        sets: evaluation episodes that are the same for everybody, by name.
        beside_sets: flags of `Evaluation` that say how an agent is tested and not on what: they go with a set, too.
        history: how configurations of earlier releases are read.
        Evaluation: dataclass of `shrdlu evaluate`'s flags for this experiment, each with a default.
        Play: dataclass of `shrdlu play`'s flags; None: there is nothing to play.
        Watching: dataclass of further flags of `shrdlu watch`, each with a default; None: there are none.
    """

    name: ClassVar[str]
    presets: ClassVar[Mapping[str, Any]]
    lessons: ClassVar[int] = 1
    score: ClassVar[str] = "accuracy"
    shown: ClassVar[tuple[str, ...]] = ()
    sets: ClassVar[Mapping[str, FixedSet]] = {}
    beside_sets: ClassVar[tuple[str, ...]] = ()
    history: ClassVar[History] = History()
    Evaluation: ClassVar[type]
    Play: ClassVar[type | None] = None
    Watching: ClassVar[type | None] = None

    @classmethod
    def default(cls) -> Config:
        """The configuration of the first preset."""
        config: Config = next(iter(cls.presets.values()))
        return config

    @classmethod
    def figures(cls) -> tuple[str, ...]:
        """`shown`, with its default filled in."""
        return cls.shown or (cls.score,)

    @abstractmethod
    def build(self, config: Any) -> Learner:
        """A fresh learner on the first lesson of a configuration.

        Raises:
            ValueError: naming the setting that is out of range.
        """

    @abstractmethod
    def load(self, path: Path, config: Any) -> Any:
        """A saved agent, ready to be evaluated and watched; no optimizer, no training environment.

        Raises:
            FileNotFoundError: if there is none.
            ValueError: if it is damaged or not of this experiment.
        """

    @abstractmethod
    def set_lesson(self, learner: Any, config: Any, lesson: int) -> None:
        """Draw from another lesson (and earlier ones, as the configuration says) from the next batch on."""

    @abstractmethod
    def gate(self, learner: Any, config: Any, lesson: int, rng: np.random.Generator) -> Gate:
        """Check a lesson on fresh episodes drawn from `rng`."""

    @abstractmethod
    def evaluate(self, agent: Any, config: Any, flags: Any, progress: Progress, *, title: str) -> Report:
        """Evaluate an agent; `flags` is an instance of `self.Evaluation`."""

    def draw_set(self, name: str) -> DrawnSet:
        """Draw the episodes of one of `sets`, from a seed of its own."""
        raise UsageError(f"{self.name}: there are no sets")

    @abstractmethod
    def watch(
        self, agent: Any, config: Any, *, lesson: int | None, deterministic: bool, seed: int
    ) -> Watched:
        """An agent for the viewer, on a lesson's puzzles (None: the last).

        The fields of `Watching`, where there is one, are further keyword arguments, each with its default.
        """

    def shareable(self, config: Any) -> int:
        """Episodes of a batch that several processes may share; 1: it takes a single process."""
        return 1

    def batch_size(self, config: Any) -> int:
        """Episodes that a core sees at once while it learns: how large its matrix products are."""
        return 1

    def short_evaluation(self, config: Any, episodes_per_cell: int, lesson: int) -> Any | None:
        """Flags of the small evaluation at the end of a training session; None: none."""
        return None

    def play(self, flags: Any) -> tuple[str, dict[str, Any]] | Callable[[], None]:
        """What a person plays; `flags` is an instance of `self.Play`.

        Returns:
            Id and arguments of an environment for the viewer, or what lets a person play in the terminal.
        """
        raise UsageError(f"{self.name}: there is nothing to play")

    def benchmark(self) -> dict[str, Any]:
        """Figures of the speed of complete training."""
        raise UsageError(f"{self.name}: there is no benchmark of training")
