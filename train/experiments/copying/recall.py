"""Associative recall as an experiment: its settings, and what is tested beyond training."""

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
    task_arguments,
)
from train.settings import Within

if TYPE_CHECKING:
    from train.experiments.copying.evaluating import Condition


@dataclass(frozen=True)
class RecallTask:
    """What is recalled; see `shrdlu_env.sequences.AssociativeRecall`."""

    width: Width = 6
    """Bits of a vector."""
    item_length: Length = 3
    """Vectors of an item."""
    items: tuple[Annotated[int, Within(2, 10_000)], Annotated[int, Within(2, 10_000)]] = (2, 6)
    """Fewest and most items of a list; drawn per batch."""


@dataclass(frozen=True)
class RecallConfig(SequenceConfig):
    """A run of associative recall."""

    task: RecallTask = field(default_factory=RecallTask)


@dataclass(frozen=True)
class RecallEvaluation(Evaluation):
    """What is evaluated: lists as in training, and longer ones."""

    items: tuple[Annotated[int, Within(2, 10_000)], ...] = (6, 8, 12, 20)
    """Items of a list that are tested besides those of training."""


class RecallExperiment(SequenceExperiment):
    """A list of items is shown, then one of them: the item after it is asked for."""

    name = "associative-recall"
    presets = presets(RecallConfig())
    sets = {  # noqa: RUF012
        "associative-recall-v1": FixedSet(
            "200 lists each of 2 to 6 items, and of 6, 8, 12, 20",
            "777648b78d60cd1fc0c620724ca3adfc8cb9b473f2479f5c291940766bcc2899",
        )
    }
    Evaluation = RecallEvaluation
    env_id = "shrdlu_env/AssociativeRecall-v0"

    def conditions(self, config: SequenceConfig, flags: RecallEvaluation) -> list[Condition]:
        """As in training, and with each number of items asked for."""
        from train.experiments.copying.evaluating import as_trained, changed

        vectors = task_arguments(config)["item_length"]
        rows = [changed(self.name, config, f"{k} items", k * vectors, items=(k, k)) for k in flags.items]
        return [as_trained(self.name, config), *rows]
