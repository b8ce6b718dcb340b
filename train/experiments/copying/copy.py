"""Copy as an experiment: its settings, and what is tested beyond training."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from train.experiment import FixedSet
from train.experiments.copying.experiment import SequenceExperiment
from train.experiments.copying.settings import (
    Evaluation,
    Length,
    SequenceConfig,
    Width,
    presets,
)
from train.settings import Within

if TYPE_CHECKING:
    from train.experiments.copying.evaluating import Condition


@dataclass(frozen=True)
class CopyTask:
    """What is copied; see `shrdlu_env.sequences.Copy`."""

    width: Width = 8
    """Bits of a vector."""
    lengths: tuple[Length, Length] = (1, 20)
    """Fewest and most vectors of a sequence; drawn per batch."""
    sequences: Annotated[int, Within(1, 1000)] = 1
    """Sequences copied in one episode, one after the other."""


@dataclass(frozen=True)
class CopyConfig(SequenceConfig):
    """A run of copy."""

    task: CopyTask = field(default_factory=CopyTask)


@dataclass(frozen=True)
class CopyEvaluation(Evaluation):
    """What is evaluated: sequences as in training, and longer ones."""

    lengths: tuple[Length, ...] = (20, 40, 80, 120)
    """Lengths that are tested besides those of training."""


class CopyExperiment(SequenceExperiment):
    """Vectors are shown, then asked for in the same order."""

    name = "copy"
    presets = presets(CopyConfig())
    sets = {  # noqa: RUF012
        "copy-v1": FixedSet(
            "200 sequences each of 1 to 20 vectors of 8 bits, and of 20, 40, 80, 120",
            "bbe4c4f613e81083e2f68a300e93e09956a5a0ce693c6aa010d0b5ec374da671",
        )
    }
    Evaluation = CopyEvaluation
    env_id = "shrdlu_env/Copy-v0"

    def conditions(self, config: SequenceConfig, flags: CopyEvaluation) -> list[Condition]:
        """As in training, and at each length asked for."""
        from train.experiments.copying.evaluating import as_trained, changed

        rows = [changed(self.name, config, f"length {k}", k, lengths=(k, k)) for k in flags.lengths]
        return [as_trained(self.name, config), *rows]
