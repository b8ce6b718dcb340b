"""The sequence tasks as experiments. What needs PyTorch is imported when it is used: `--help` comes by here."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from train.errors import UsageError
from train.experiment import DrawnSet, Experiment, Gate, Progress, Report, Watched
from train.experiments.copying.settings import SequenceConfig, task_arguments

if TYPE_CHECKING:
    import numpy as np

    from dnc_agent.supervised import SupervisedAgent, SupervisedLearner
    from train.experiments.copying.evaluating import Condition


class SequenceExperiment(Experiment):
    """A task on sequences of bits, of which a subclass names the id and what is tested beyond training.

    There is one lesson. Its score is the share of fresh sequences without a single wrong bit, so that a long sequence
    counts as much as a short one and no number of bits is too many.
    """

    score = "exact"
    shown = ("exact", "accuracy")
    beside_sets = ("grow_memory",)
    env_id: ClassVar[str]

    def build(self, config: SequenceConfig) -> SupervisedLearner:
        """See `Experiment.build`."""
        from train.experiments.copying.wiring import build

        return build(self.name, config)

    def load(self, path: Path, config: SequenceConfig) -> SupervisedAgent:
        """See `Experiment.load`."""
        from train.experiments.copying.wiring import load

        return load(self.name, path, config)

    def set_lesson(self, learner: SupervisedLearner, config: SequenceConfig, lesson: int) -> None:
        """Nothing: there is one."""

    def gate(
        self, learner: SupervisedLearner, config: SequenceConfig, lesson: int, rng: np.random.Generator
    ) -> Gate:
        """The share of sequences without a wrong bit, over batches as in training."""
        from train.experiments.copying.evaluating import score_task
        from train.experiments.copying.wiring import make_task

        found = score_task(learner, make_task(self.name, config), config.curriculum.gate_episodes, rng)
        return Gate(found.exact_share, {"accuracy": found.accuracy, "wrong": found.wrong_per_sequence})

    def evaluate(
        self, agent: Any, config: SequenceConfig, flags: Any, progress: Progress, *, title: str
    ) -> Report:
        """Wrong bits on sequences as in training and beyond."""
        from train.experiments.copying.evaluating import evaluate
        from train.experiments.copying.report import report

        return report(evaluate(agent, self.conditions(config, flags), flags, progress), title)

    def batch_size(self, config: SequenceConfig) -> int:
        """Those of a batch."""
        return config.learn.batch_size

    def draw_set(self, name: str) -> DrawnSet:
        """See `Experiment.draw_set`."""
        from train.experiments.copying.fixed import draw_set

        usual = self.default()
        assert isinstance(usual, SequenceConfig)
        flags = self.Evaluation()
        return draw_set(self.conditions(usual, flags), flags)

    def shareable(self, config: SequenceConfig) -> int:
        """The whole batch."""
        return config.learn.batch_size

    def short_evaluation(self, config: SequenceConfig, episodes_per_cell: int, lesson: int) -> Any | None:
        """All rows, of fewer sequences."""
        return self.Evaluation(episodes=episodes_per_cell) if episodes_per_cell else None

    @abstractmethod
    def conditions(self, config: SequenceConfig, flags: Any) -> list[Condition]:
        """The rows of the table."""

    def watch(
        self,
        agent: SupervisedAgent,
        config: SequenceConfig,
        *,
        lesson: int | None,
        deterministic: bool,
        seed: int,
    ) -> Watched:
        """See `Experiment.watch`."""
        from train.experiments.copying.watching import WatchedNetwork

        if lesson not in (None, 1):
            raise UsageError(f"lesson={lesson!r}; {self.name} has one lesson")
        return Watched(
            self.env_id,
            task_arguments(config),
            lambda _: WatchedNetwork(agent, deterministic=deterministic, seed=seed),
        )
