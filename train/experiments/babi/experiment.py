"""Question answering as an experiment. What needs PyTorch is imported when it is used: `--help` comes by here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from train.experiment import Experiment, Gate, Progress, Report, Watched
from train.experiments.babi.settings import PRESETS, BabiConfig, Evaluation

if TYPE_CHECKING:
    import numpy as np

    from dnc_agent.supervised import SupervisedAgent, SupervisedLearner


class Babi(Experiment):
    """Stories are told word by word, with questions in them; one network for all twenty kinds.

    There is one lesson. Its score is the share of questions answered right in every word, averaged over the tasks.
    """

    name = "babi"
    presets = PRESETS
    shown = ("accuracy", "failed")
    Evaluation = Evaluation

    def build(self, config: BabiConfig) -> SupervisedLearner:
        """See `Experiment.build`."""
        from train.experiments.babi.wiring import build

        return build(config)

    def load(self, path: Path, config: BabiConfig) -> SupervisedAgent:
        """See `Experiment.load`."""
        from train.experiments.babi.wiring import load

        return load(path)

    def set_lesson(self, learner: SupervisedLearner, config: BabiConfig, lesson: int) -> None:
        """Nothing: there is one."""

    def gate(
        self, learner: SupervisedLearner, config: BabiConfig, lesson: int, rng: np.random.Generator
    ) -> Gate:
        """Mean accuracy over the tasks on stories that were not learned from; hard tasks are then drawn more."""
        from train.experiments.babi.corpus import ALL_TASKS, make_corpus
        from train.experiments.babi.scoring import task_errors

        each = max(1, config.curriculum.gate_episodes // len(ALL_TASKS))
        corpus = make_corpus(config.stories.data)
        stories = [story for task in ALL_TASKS for story in corpus.held_out(task, each, rng)]
        found = task_errors(learner, stories, config.stories.idle_steps)
        learner.source.note_errors(found.error)  # type: ignore[union-attr]
        by_task = {f"error_{task}": float(found.error[task - 1]) for task in ALL_TASKS}
        return Gate(1 - found.mean_error, {"failed": float(found.failed), **by_task})

    def evaluate(
        self, agent: Any, config: BabiConfig, flags: Evaluation, progress: Progress, *, title: str
    ) -> Report:
        """Errors by task, beside published ones."""
        from train.experiments.babi.report import evaluate

        return evaluate(agent, config, flags, progress, title=title)

    def short_evaluation(self, config: BabiConfig, episodes_per_cell: int, lesson: int) -> Evaluation | None:
        """All tasks, with so many generated questions each."""
        return Evaluation(questions=episodes_per_cell) if episodes_per_cell else None

    def watch(
        self,
        agent: SupervisedAgent,
        config: BabiConfig,
        *,
        lesson: int | None,
        deterministic: bool,
        seed: int,
    ) -> Watched:
        """See `Experiment.watch`."""
        raise NotImplementedError
