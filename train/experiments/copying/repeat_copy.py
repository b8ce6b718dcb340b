"""Repeat copy as an experiment: its settings, and what is tested beyond training."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from train.experiment import FixedSet
from train.experiments.copying.experiment import SequenceExperiment
from train.experiments.copying.settings import (
    Evaluation,
    Length,
    SequenceConfig,
    Width,
    presets,
    task_arguments,
)

if TYPE_CHECKING:
    from train.experiments.copying.evaluating import Condition


@dataclass(frozen=True)
class RepeatCopyTask:
    """What is repeated; see `shrdlu_env.sequences.RepeatCopy`."""

    width: Width = 8
    """Bits of a vector."""
    lengths: tuple[Length, Length] = (1, 10)
    """Fewest and most vectors of a sequence; drawn per batch."""
    repeats: tuple[Length, Length] = (1, 10)
    """Fewest and most repeats; drawn per batch."""


@dataclass(frozen=True)
class RepeatCopyConfig(SequenceConfig):
    """A run of repeat copy."""

    task: RepeatCopyTask = field(default_factory=RepeatCopyTask)


@dataclass(frozen=True)
class RepeatCopyEvaluation(Evaluation):
    """What is evaluated: sequences as in training, longer ones, more repeats."""

    lengths: tuple[Length, ...] = (20,)
    """Lengths that are tested besides, with as many repeats as in training."""
    repeats: tuple[Length, ...] = (20,)
    """Repeats that are tested besides, with lengths as in training."""


class RepeatCopyExperiment(SequenceExperiment):
    """Vectors are shown with a number, then asked for that many times over."""

    name = "repeat-copy"
    presets = presets(RepeatCopyConfig())
    sets = {  # noqa: RUF012
        "repeat-copy-v1": FixedSet(
            "200 sequences each as in training, of 20 vectors, of 20 repeats",
            "fc33801e46d6bcecc18f595ddf67b59511ef71a2f6e0824644fb9628d3d04bf9",
        )
    }
    Evaluation = RepeatCopyEvaluation
    env_id = "shrdlu_env/RepeatCopy-v0"

    def conditions(self, config: SequenceConfig, flags: RepeatCopyEvaluation) -> list[Condition]:
        """As in training, at each length and at each number of repeats asked for."""
        from train.experiments.copying.evaluating import as_trained, changed

        rows = [changed(self.name, config, f"length {k}", k, lengths=(k, k)) for k in flags.lengths]
        # A count means what it meant in training.
        trained = task_arguments(config)["repeats"]
        rows += [
            changed(self.name, config, f"{k} repeats", 0, repeats=(k, k), normalised_over=trained)
            for k in flags.repeats
        ]
        return [as_trained(self.name, config), *rows]
