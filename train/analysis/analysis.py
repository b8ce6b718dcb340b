"""What an analysis is: settings, a measurement, a picture.

As with experiments, importing the module of an analysis must be quick: what needs PyTorch is imported by `measure`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar

import tyro

from train.experiment import Progress
from train.experiments.copying.settings import Length, Units, Width
from train.settings import Seed, Within

#: Rows of a table: the same columns in each.
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Settings:
    """What every analysis can be told; the flags of its command."""

    out: Path | None = None
    """Directory for the figure and the raw numbers; None: analysis/NAME."""
    seed: Seed = 0
    """Seed of all chance: weights, episodes, splits."""
    quiet: bool = False
    """No progress bar."""
    json: bool = False
    """Print one JSON object as the last line."""


@dataclass(frozen=True)
class TrainingSettings(Settings):
    """What an analysis that trains its own networks on copy can be told."""

    sequences: Annotated[int, Within(1, 10**9)] = 100_000
    """Episodes that each network is trained on."""
    minutes: Annotated[float, Within(0, 100_000, above=True)] | None = None
    """Stop training after so many minutes in all, shared evenly by the networks; with it, results depend on the
    machine."""
    width: Width = 6
    """Bits of a vector."""
    hidden_size: Units = 64
    """Units of the controller."""
    memory_size: Annotated[int, Within(1, 65_536)] = 32
    """Locations N in training."""
    word_size: Annotated[int, Within(1, 4096)] = 16
    """Width W of a location."""
    learning_rate: Annotated[float, Within(0, 1, above=True)] = 2e-3
    """Step size of Adam."""
    batch_size: Annotated[int, Within(1, 65_536)] = 16
    """Episodes per update."""
    lengths: tuple[Length, Length] = (1, 20)
    """Fewest and most vectors of a sequence in training."""
    tests: Annotated[int, Within(1, 100_000)] = 100
    """Fresh episodes of each test."""


@dataclass(frozen=True, kw_only=True)
class AgentSettings(Settings):
    """What an analysis that looks into an agent can be told."""

    path: Annotated[Path, tyro.conf.Positional]
    """Run directory, exported agent or checkpoint file."""
    lesson: Annotated[int, Within(1, 1000)] | None = None
    """Lesson of the episodes; None: the one that its run has reached, the last where it does not say."""


@dataclass(frozen=True, kw_only=True)
class RegressionSettings(AgentSettings):
    """What an analysis that reads an agent by logistic regressions can be told."""

    test_share: Annotated[float, Within(0, 1, above=True)] = 0.2
    """Share of the episodes that is tested."""
    l2: Annotated[float, Within(0, 1e6, above=True)] = 1.0
    """Coefficient of the squared weights in the logistic regression."""


@dataclass(frozen=True)
class Findings:
    """What was measured."""

    numbers: dict[str, Any]
    """The short answer, JSON-able."""
    tables: dict[str, Rows] = field(default_factory=dict)
    """Raw numbers by the name of their file, without its suffix."""
    films: dict[str, Callable[[Path], None]] = field(default_factory=dict)
    """What writes a moving picture, by the name of its file."""
    drawn: Any = None
    """What only the picture needs."""


class Analysis(ABC):
    """One question about the mechanism. A new one is a module and a row in the registry."""

    name: ClassVar[str]
    Settings: ClassVar[type[Any]] = Settings

    @abstractmethod
    def measure(self, settings: Any, progress: Progress) -> Findings:
        """Train and test, or look into an agent; everything drawn follows from `settings.seed`.

        Args:
            settings: an instance of `Settings`.
            progress: told what is being done.

        Raises:
            UsageError: if a setting does not fit.
        """

    @abstractmethod
    def draw(self, findings: Findings, figure: Any) -> None:
        """Draw what was measured on an empty figure of Matplotlib, and set its size."""
