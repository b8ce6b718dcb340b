"""Question answering as an experiment. What needs PyTorch is imported when it is used: `--help` comes by here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from train.errors import UsageError
from train.experiment import DrawnSet, Experiment, FixedSet, Gate, Progress, Report, Watched
from train.experiments.babi import settings
from train.experiments.babi.settings import BabiConfig

if TYPE_CHECKING:
    import numpy as np

    from dnc_agent.supervised import SupervisedAgent, SupervisedLearner


class Babi(Experiment):
    """Stories are told word by word, with questions in them; one network for all twenty kinds.

    There is one lesson. Its score is the share of questions answered right in every word, averaged over the tasks that
    are learned.
    """

    name = "babi"
    presets = settings.PRESETS
    sets = {  # noqa: RUF012
        "babi-v1": FixedSet(
            "generated stories of all twenty tasks, at least 100 questions each",
            "6d856da4db5d43bfe78a0830bad3156f5baf1136cd00362d286725609396fe05",
        )
    }
    history = settings.HISTORY
    Evaluation = settings.Evaluation
    Watching = settings.Watching
    Play = settings.Play

    def build(self, config: BabiConfig) -> SupervisedLearner:
        """See `Experiment.build`."""
        from train.experiments.babi.wiring import build

        return build(config)

    def batch_size(self, config: BabiConfig) -> int:
        """Those of a batch."""
        return config.stories.rows

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
        from train.experiments.babi.corpus import chosen
        from train.experiments.babi.scoring import task_errors
        from train.experiments.babi.source import StorySource

        source = learner.source
        assert isinstance(source, StorySource)
        tasks = chosen(config.stories.tasks)
        each = max(1, config.curriculum.gate_episodes // len(tasks))
        stories = [story for task in tasks for story in source.corpus.held_out(task, each, rng)]
        found = task_errors(learner, stories, config.stories.idle_steps)
        source.note_errors(found.error)
        by_task = {f"error_{task}": float(found.error[task - 1]) for task in tasks}
        return Gate(1 - found.mean_error, {"failed": float(found.failed), **by_task})

    def evaluate(
        self, agent: Any, config: BabiConfig, flags: settings.Evaluation, progress: Progress, *, title: str
    ) -> Report:
        """Errors by task, beside published ones."""
        from train.experiments.babi.report import evaluate

        return evaluate(agent, config, flags, progress, title=title)

    def draw_set(self, name: str) -> DrawnSet:
        """See `Experiment.draw_set`."""
        from train.experiments.babi.fixed import draw_set

        return draw_set()

    def short_evaluation(
        self, config: BabiConfig, episodes_per_cell: int, lesson: int
    ) -> settings.Evaluation | None:
        """All tasks that are learned, with so many generated questions each."""
        return settings.Evaluation(questions=episodes_per_cell) if episodes_per_cell else None

    def watch(
        self,
        agent: SupervisedAgent,
        config: BabiConfig,
        *,
        lesson: int | None,
        deterministic: bool,
        seed: int,
        task: int | None = None,
    ) -> Watched:
        """See `Experiment.watch`; stories of the kinds that the agent learned from, or of one."""
        from train.experiments.babi.corpus import chosen
        from train.experiments.babi.reader import Reader
        from train.experiments.babi.watching import WatchedReader

        if lesson not in (None, 1):
            raise UsageError(f"lesson={lesson!r}; {self.name} has one lesson; --task names a kind of story")
        idle = config.stories.idle_steps
        return Watched(
            "shrdlu_env/QuestionAnswering-v0",
            {"tasks": chosen(config.stories.tasks if task is None else [task])},
            lambda _: WatchedReader(Reader(agent, idle), deterministic=deterministic, seed=seed),
        )

    def play(self, flags: settings.Play) -> Callable[[], None]:
        """A conversation: a person tells stories and asks."""
        from train.agents import load_agent
        from train.experiments.babi.reader import Reader
        from train.experiments.babi.talking import Conversation, talk

        agent, found = load_agent(flags.agent)
        if not isinstance(found.config, BabiConfig):
            raise UsageError(
                f"agent={str(flags.agent)!r}: an agent of {found.experiment.name}, not of {self.name}"
            )
        conversation = Conversation(Reader(agent, found.config.stories.idle_steps))
        return lambda: talk(conversation)

    def benchmark(self) -> dict[str, Any]:
        """See `Experiment.benchmark`."""
        from train.experiments.babi.benchmark import bench_babi

        return bench_babi()
