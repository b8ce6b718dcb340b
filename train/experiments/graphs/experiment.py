"""The supervised graph tasks as experiments. What needs PyTorch is imported when it is used: `--help` comes by here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from train.errors import UsageError
from train.experiment import Experiment, Gate, Progress, Report, Watched
from train.experiments.graphs.settings import (
    INFERENCE_PRESETS,
    PATH_PRESETS,
    TRAVERSAL_PRESETS,
    GraphConfig,
    GraphPlay,
    InferenceEvaluation,
    PathEvaluation,
    TraversalEvaluation,
    task_of,
)

if TYPE_CHECKING:
    import numpy as np

    from dnc_agent.supervised import SupervisedAgent, SupervisedLearner


class GraphExperiment(Experiment):
    """A task on labelled graphs, of which a subclass names the world, what is right, and the paper's figures.

    The score is what the paper's gates look at; `exact` is the share of episodes without a wrong answer.
    """

    score = "answers"
    shown = ("answers", "exact")
    Play = GraphPlay
    env_id: ClassVar[str]
    asks: ClassVar[str]
    """The task's name in `shrdlu_env.graphs.arrays`."""
    walks: ClassVar[bool] = False
    """Whether the network walks, and chooses among the leaving triples."""
    about: ClassVar[str]
    paper_lesson: ClassVar[float]
    """The paper's share on the last lesson."""
    paper_graph: ClassVar[tuple[int, float]]
    """Edges asked for on the paper's held-out graph, and its share there."""
    held_out: ClassVar[str]
    """The graph that takes its place here, by fingerprint (`given.HELD_OUT`)."""

    @property
    def task(self) -> int:
        """The task's number in `shrdlu_env.graphs.arrays`."""
        from shrdlu_env.graphs.arrays import TASKS

        return TASKS.index(self.asks)

    def build(self, config: GraphConfig) -> SupervisedLearner:
        """See `Experiment.build`."""
        from train.experiments.graphs.wiring import build

        return build(self.task, config)

    def load(self, path: Path, config: GraphConfig) -> SupervisedAgent:
        """See `Experiment.load`."""
        from train.experiments.graphs.wiring import load

        return load(self.name, path)

    def set_lesson(self, learner: SupervisedLearner, config: GraphConfig, lesson: int) -> None:
        """See `Experiment.set_lesson`."""
        learner.source.set_lesson(lesson)

    def gate(
        self, learner: SupervisedLearner, config: GraphConfig, lesson: int, rng: np.random.Generator
    ) -> Gate:
        """The share of right answers on episodes of the lesson alone, the network left to itself."""
        from train.experiments.graphs.evaluating import examine
        from train.experiments.graphs.sources import make_sampler

        sampler, arguments = make_sampler(config, self.task, lesson)
        episodes = sampler.generate(rng, config.curriculum.gate_episodes)
        found = examine(learner, episodes, arguments, self.task)
        row = {"exact": found.accuracy}
        if found.arrived is not None:
            row["arrived"] = float(found.arrived.mean())
        return Gate(float(found.answers.mean()), row)

    def evaluate(
        self, agent: Any, config: GraphConfig, flags: Any, progress: Progress, *, title: str
    ) -> Report:
        """The share of episodes right on a lesson or a given graph."""
        from train.experiments.graphs.testing import evaluate

        return evaluate(self, agent, config, flags, progress, title)

    def short_evaluation(self, config: GraphConfig, episodes_per_cell: int, lesson: int) -> Any | None:
        """The lesson that training has reached."""
        if not episodes_per_cell:
            return None
        return self.Evaluation(lesson=lesson, episodes=episodes_per_cell)

    def watch(
        self,
        agent: SupervisedAgent,
        config: GraphConfig,
        *,
        lesson: int | None,
        deterministic: bool,
        seed: int,
    ) -> Watched:
        """See `Experiment.watch`."""
        from train.experiments.graphs.sources import make_sampler
        from train.experiments.graphs.watching import WatchedNetwork

        number = self.checked(self.lessons if lesson is None else lesson)
        _, arguments = make_sampler(config, self.task, number)
        own = task_of(config).graph
        if own is not None:
            # Recordings keep the arguments, which have to be plain values.
            arguments["graph"] = own

        def make_act(env: Any) -> WatchedNetwork:
            simulation = env.unwrapped.simulation if self.walks else None
            return WatchedNetwork(agent, simulation, deterministic=deterministic, seed=seed)

        return Watched(self.env_id, arguments, make_act)

    def play(self, flags: GraphPlay) -> tuple[str, dict[str, Any]]:
        """See `Experiment.play`."""
        if flags.graph is None:
            return self.env_id, {"lesson": self.checked(flags.lesson)}
        from train.experiments.graphs.heldout import read_test_graph

        return self.env_id, {"graph": read_test_graph(flags.graph)}

    def checked(self, lesson: int) -> int:
        """A lesson of the curriculum.

        Raises:
            UsageError: if it has no such lesson.
        """
        if not 1 <= lesson <= self.lessons:
            raise UsageError(f"lesson={lesson}; it must lie between 1 and {self.lessons}")
        return lesson


class TraversalExperiment(GraphExperiment):
    """A walk is named by its edges; every triple on the way has to be told."""

    name = "traversal"
    presets = TRAVERSAL_PRESETS
    lessons = 14
    Evaluation = TraversalEvaluation
    env_id = "shrdlu_env/GraphTraversal-v0"
    asks = "traversal"
    about = "every triple of the walk"
    paper_lesson = 0.990
    paper_graph = (7, 0.988)
    held_out = "the Underground"


class InferenceExperiment(GraphExperiment):
    """A relation stands for a sequence of edges that is never shown; where it ends has to be told."""

    name = "inference"
    presets = INFERENCE_PRESETS
    lessons = 17
    Evaluation = InferenceEvaluation
    env_id = "shrdlu_env/GraphInference-v0"
    asks = "inference"
    about = "the answers to all three questions"
    paper_lesson = 0.955
    paper_graph = (4, 0.818)
    held_out = "the family tree"


class PathExperiment(GraphExperiment):
    """Two nodes are named; a shortest path between them has to be walked."""

    name = "shortest-path"
    presets = PATH_PRESETS
    lessons = 15
    score = "nearly"
    shown = ("nearly", "exact")
    Evaluation = PathEvaluation
    env_id = "shrdlu_env/GraphShortestPath-v0"
    asks = "shortest path"
    walks = True
    about = "a path of minimum length"
    paper_lesson = 0.640
    paper_graph = (4, 0.553)
    held_out = "the Underground"
