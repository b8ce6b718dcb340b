"""The supervised graph tasks as experiments. What needs PyTorch is imported when it is used: `--help` comes by here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from train.experiment import DrawnSet, Experiment, FixedSet, Gate, Progress, Report, Watched
from train.experiments.graphs import tasks
from train.experiments.graphs.settings import (
    FOUND_HISTORY,
    INFERENCE_PRESETS,
    PATH_PRESETS,
    TRAVERSAL_PRESETS,
    GivenGraph,
    GraphConfig,
    GraphPlay,
    InferenceEvaluation,
    InferenceWatching,
    PathEvaluation,
    PathWatching,
    TraversalEvaluation,
    TraversalWatching,
    task_of,
)
from train.experiments.graphs.tasks import Task

if TYPE_CHECKING:
    import numpy as np

    from dnc_agent.supervised import SupervisedAgent, SupervisedLearner


class GraphExperiment(Experiment):
    """Asks about labelled graphs; a subclass says what.

    The score is what the paper's gates look at; `exact` is the share of episodes without a wrong answer.
    """

    score = "answers"
    shown = ("answers", "exact")
    beside_sets = ("memory_size", "grow_memory")
    Play = GraphPlay
    task: ClassVar[Task]

    def build(self, config: GraphConfig) -> SupervisedLearner:
        """See `Experiment.build`."""
        from train.experiments.graphs.wiring import build

        return build(self.task.number, config)

    def batch_size(self, config: GraphConfig) -> int:
        """Those of a batch."""
        return config.learn.batch_size

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

        sampler, arguments = make_sampler(config, self.task.number, lesson)
        episodes = sampler.generate(rng, config.curriculum.gate_episodes)
        found = examine(learner, episodes, arguments, self.task.number)
        row = {"exact": found.accuracy}
        if found.arrived is not None:
            row["arrived"] = float(found.arrived.mean())
        return Gate(float(found.answers.mean()), row)

    def evaluate(
        self, agent: Any, config: GraphConfig, flags: Any, progress: Progress, *, title: str
    ) -> Report:
        """The share of episodes right on a lesson or a given graph."""
        from train.experiments.graphs.testing import evaluate

        return evaluate(self.task, agent, config, flags, progress, title)

    def draw_set(self, name: str) -> DrawnSet:
        """See `Experiment.draw_set`."""
        from train.experiments.graphs.fixed import draw_set

        usual = self.default()
        assert isinstance(usual, GraphConfig)
        return draw_set(self.task, usual, name)

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
        **given: Any,
    ) -> Watched:
        """See `Experiment.watch`."""
        from train.experiments.graphs.sources import make_sampler
        from train.experiments.graphs.watching import WatchedNetwork

        assert self.Watching is not None
        asked: GivenGraph = self.Watching(**given)
        if asked.graph is not None:
            from train.experiments.graphs.testing import on_graph

            arguments = on_graph(self.task, config, asked)
        else:
            number = self.task.checked(self.lessons if lesson is None else lesson)
            _, arguments = make_sampler(config, self.task.number, number)
            own = task_of(config).graph
            if own is not None:
                # Recordings keep the arguments, which have to be plain values.
                arguments["graph"] = own

        def make_act(env: Any) -> WatchedNetwork:
            return WatchedNetwork(
                agent, env.unwrapped.simulation, walks=self.task.walks, deterministic=deterministic, seed=seed
            )

        return Watched(self.task.env_id, arguments, make_act)

    def play(self, flags: GraphPlay) -> tuple[str, dict[str, Any]]:
        """See `Experiment.play`."""
        if flags.graph is None:
            return self.task.env_id, {"lesson": self.task.checked(flags.lesson)}
        from train.experiments.graphs.heldout import read_test_graph

        return self.task.env_id, {"graph": read_test_graph(flags.graph)}


class TraversalExperiment(GraphExperiment):
    """A walk is named by its edges; every triple on the way has to be told."""

    name = "traversal"
    task = tasks.TRAVERSAL
    lessons = task.lessons
    presets = TRAVERSAL_PRESETS
    sets = {  # noqa: RUF012
        "traversal-v1": FixedSet(
            "1,000 walks of the last lesson",
            "5fe0ac75453eb77d4d2cdf9dc9e76406ea2a4eb745983f6792ca975358748c82",
        ),
    }
    Evaluation = TraversalEvaluation
    Watching = TraversalWatching


class InferenceExperiment(GraphExperiment):
    """A relation stands for a sequence of edges that is never shown; where it ends has to be told."""

    name = "inference"
    task = tasks.INFERENCE
    lessons = task.lessons
    presets = INFERENCE_PRESETS
    history = FOUND_HISTORY
    sets = {  # noqa: RUF012
        "inference-v1": FixedSet(
            "1,000 graphs of the last lesson, three questions each",
            "842a300ed679f02ae9c2ad708a691e78aa1807527112bd53a077f969de2eb2e2",
        ),
        "family-tree-v1": FixedSet(
            "1,000 times three relations of four edges on the family tree",
            "1c6fe7f207601b1fe9519238bdf5f87e0ac38657828ce6536622801fcfb33a93",
        ),
    }
    Evaluation = InferenceEvaluation
    Watching = InferenceWatching


class PathExperiment(GraphExperiment):
    """Two nodes are named; a shortest path between them has to be walked."""

    name = "shortest-path"
    task = tasks.SHORTEST_PATH
    lessons = task.lessons
    presets = PATH_PRESETS
    history = FOUND_HISTORY
    score = "nearly"
    shown = ("nearly", "exact")
    sets = {  # noqa: RUF012
        "shortest-path-v1": FixedSet(
            "1,000 paths of the last lesson",
            "ee7315be884109d9adbc8404f43d2a070ead2143bf23dcc99e1973ef3bfdd1bb",
        ),
    }
    Evaluation = PathEvaluation
    Watching = PathWatching
