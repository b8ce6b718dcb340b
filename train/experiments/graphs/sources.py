"""Where batches of the graph tasks come from: the worlds of `shrdlu_env.graphs` on the learner's contracts."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from dnc_agent.supervised import SequenceBatch, Turn
from shrdlu_env.graphs.arrays import INFERENCE, SHORTEST_PATH
from shrdlu_env.graphs.batch import GraphBatches
from shrdlu_env.graphs.labelled import LabelledGraph
from shrdlu_env.graphs.sampling import GraphSampler
from shrdlu_env.graphs.turns import PathTurns
from train.experiments.graphs.choosing import most_probable
from train.experiments.graphs.given import read_own_graph, refusing
from train.experiments.graphs.settings import GraphConfig, PlannedTask, task_of

EXTRA_MOVES = 6
"""Answer steps past the length of a shortest path."""
DrawnT = TypeVar("DrawnT", GraphBatches, PathTurns)
QUERIES = 3
"""Questions about one graph in inference; the paper's number."""


def manner(config: GraphConfig, task: int) -> dict[str, Any]:
    """What all episodes of a configuration have in common, as arguments of a `GraphSampler`."""
    settings = task_of(config)
    common: dict[str, Any] = {}
    if task == INFERENCE:
        common["queries"] = QUERIES
    elif task == SHORTEST_PATH:
        common["extra_moves"] = EXTRA_MOVES
    if isinstance(settings, PlannedTask):
        common["planning_steps"] = settings.planning_steps
    return common


def graph_of(config: GraphConfig) -> LabelledGraph | None:
    """The graph of a configuration; None: random ones.

    Raises:
        UsageError: if its file makes none, or holds one that is for tests alone.
    """
    path = task_of(config).graph
    return None if path is None else read_own_graph(path)


def ground(config: GraphConfig, task: int, lesson: int, graph: LabelledGraph | None) -> dict[str, Any]:
    """What the episodes of a lesson are on, as arguments of a `GraphSampler`.

    Args:
        config: of the run.
        task: of `shrdlu_env.graphs.arrays`.
        lesson: that is drawn from.
        graph: that of the configuration.
    """
    if graph is None:
        return {"lesson": lesson}
    fewest = 2 if task == INFERENCE else 1
    longest = max(fewest, min(fewest + lesson - 1, task_of(config).longest))
    return {"graph": graph, "path": (fewest, longest)}


def make_sampler(
    config: GraphConfig, task: int, lesson: int, **changed: Any
) -> tuple[GraphSampler, dict[str, Any]]:
    """What draws episodes to test on, and its arguments.

    Args:
        config: of a run.
        task: of `shrdlu_env.graphs.arrays`.
        lesson: that is drawn from, alone.
        **changed: arguments of the sampler that differ from those of the run.

    Raises:
        UsageError: naming what is out of range.
    """
    arguments = manner(config, task) | changed
    if not {"graph", "nodes"} & changed.keys():
        # Lessons and a run's own graph give way.
        arguments = ground(config, task, lesson, graph_of(config)) | arguments
    with refusing():
        return GraphSampler(task, **arguments), arguments


class _Lessons(Generic[DrawnT]):
    """Draws from a lesson of a configuration, exactly resumable.

    Args:
        config: of the run.
        task: TRAVERSAL, INFERENCE or SHORTEST_PATH of `shrdlu_env.graphs.arrays`.

    Raises:
        UsageError: naming the setting that is out of range.
    """

    def __init__(self, config: GraphConfig, task: int) -> None:
        self._config, self._task = config, task
        self._lesson = config.curriculum.first
        # Once: it does not change within a run, whatever becomes of its file.
        self._graph = graph_of(config)
        self._drawn: DrawnT = self._make(self._arguments())

    def set_lesson(self, lesson: int) -> None:
        """See `dnc_agent.supervised.Source`; earlier lessons are mixed in as the configuration says."""
        if lesson != self._lesson:
            self._lesson = lesson
            self._drawn = self._make(self._arguments())

    def state(self) -> dict[str, Any]:
        """See `dnc_agent.supervised.batches.Resumable`."""
        return {"lesson": self._lesson, "pool": self._drawn.state()}

    def set_state(self, state: dict[str, Any]) -> None:
        """See `dnc_agent.supervised.batches.Resumable`."""
        self.set_lesson(state["lesson"])
        self._drawn.set_state(state["pool"])

    def _arguments(self) -> dict[str, Any]:
        found = ground(self._config, self._task, self._lesson, self._graph) | manner(self._config, self._task)
        if "lesson" in found:
            found["earlier"] = self._config.curriculum.earlier
        return found

    @abstractmethod
    def _make(self, arguments: dict[str, Any]) -> DrawnT:
        """What batches are drawn from."""


class SequenceSource(_Lessons[GraphBatches]):
    """Batches of traversal or inference, whose inputs do not depend on the answers."""

    def draw(self, rng: np.random.Generator, batch_size: int) -> SequenceBatch:
        """See `dnc_agent.supervised.Source`."""
        return SequenceBatch(*self._drawn.draw(rng, batch_size))

    def _make(self, arguments: dict[str, Any]) -> GraphBatches:
        with refusing():
            return GraphBatches(GraphSampler(self._task, **arguments))


class PathSource(_Lessons[PathTurns]):
    """Shortest paths, acted out: the network's own choice is its most probable leaving edge."""

    def begin(self, rng: np.random.Generator, batch_size: int) -> Turn:
        """See `dnc_agent.supervised.StepwiseTask`."""
        return Turn(*self._drawn.begin(rng, batch_size))

    def advance(self, choices: NDArray[np.int64]) -> Turn | None:
        """See `dnc_agent.supervised.StepwiseTask`."""
        turn = self._drawn.advance(choices)
        return None if turn is None else Turn(*turn)

    def choose(self, probabilities: NDArray[np.float32]) -> NDArray[np.int64]:
        """See `dnc_agent.supervised.imitation.Restricted`."""
        return most_probable(probabilities, self._drawn.simulation.leaving()[0])

    def _make(self, arguments: dict[str, Any]) -> PathTurns:
        with refusing():
            return PathTurns(**arguments)
