"""`shrdlu evaluate` for the graph tasks: which episodes, and what the paper says beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from shrdlu_env.graphs.arrays import SHORTEST_PATH, Episodes
from shrdlu_env.graphs.sampling import GraphSampler
from train.errors import UsageError
from train.experiment import Progress, Report
from train.experiments.graphs.evaluating import Agent, examine
from train.experiments.graphs.given import HELD_OUT, fingerprint, refusing
from train.experiments.graphs.heldout import read_test_graph
from train.experiments.graphs.report import Tested, report
from train.experiments.graphs.settings import Evaluation, GraphConfig, PlannedEvaluation
from train.experiments.graphs.sources import make_sampler

if TYPE_CHECKING:
    from train.experiments.graphs.experiment import GraphExperiment


def evaluate(
    experiment: GraphExperiment,
    agent: Agent,
    config: GraphConfig,
    flags: Evaluation,
    progress: Progress,
    title: str,
) -> Report:
    """The share of episodes right on a lesson, or on a given graph.

    Raises:
        UsageError: naming the flag that is out of range.
    """
    if flags.lesson is not None and flags.lesson > experiment.lessons:
        raise UsageError(f"lesson={flags.lesson}; it must lie between 1 and {experiment.lessons}")
    if flags.lesson is not None and flags.graph is not None:
        raise UsageError(f"lesson={flags.lesson} with graph={flags.graph}: give one of them")
    memory = agent.network.core.memory_size
    if flags.memory_size is not None and memory is None:
        raise UsageError(f"memory_size={flags.memory_size}; the agent's core has no memory")
    changed: dict[str, Any] = {}
    if isinstance(flags, PlannedEvaluation) and flags.planning_steps is not None:
        changed["planning_steps"] = flags.planning_steps
    lesson = experiment.lessons if flags.lesson is None else flags.lesson
    name, paper = f"lesson {lesson}", experiment.paper_lesson if lesson == experiment.lessons else None
    if flags.graph is not None:
        graph = read_test_graph(flags.graph)
        changed |= {"graph": graph, "path": (flags.edges, flags.edges)}
        name = f"{flags.graph}, {flags.edges} edges"
        known = HELD_OUT.get(fingerprint(graph), "").startswith(experiment.held_out)
        edges, share = experiment.paper_graph
        paper = share if known and flags.edges == edges else None
    sampler, arguments = make_sampler(config, experiment.task, lesson, **changed)
    pairs = experiment.task == SHORTEST_PATH and flags.graph is not None
    episodes = gather(sampler, flags.episodes, np.random.default_rng(flags.seed), pairs=pairs)
    found = examine(agent, episodes, arguments, experiment.task, progress, flags.memory_size)
    tested = Tested(name, experiment.about, paper, flags.memory_size or memory)
    return report(tested, found, title)


def gather(sampler: GraphSampler, count: int, rng: np.random.Generator, *, pairs: bool) -> Episodes:
    """Episodes to test on.

    Args:
        sampler: draws them.
        count: so many; with `pairs` at least so many.
        rng: source of all chance.
        pairs: every pair of nodes of a given graph that lies as far apart as asked, over and over with new labels.
    """
    with refusing():
        if not pairs:
            return sampler.generate(rng, count)
        found = sampler.every_path(rng)
        while len(found.meta) < count:
            found = found.joined(sampler.every_path(rng))
        return found
