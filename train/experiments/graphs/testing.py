"""Agents on a lesson or a given graph: `shrdlu evaluate`, with what the paper says beside it, and `shrdlu watch`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from shrdlu_env.graphs.arrays import Episodes
from shrdlu_env.graphs.sampling import LESSONS, GraphSampler
from train.errors import UsageError
from train.experiment import Progress, Report
from train.experiments.graphs.evaluating import Agent, examine, locations_for, locations_of
from train.experiments.graphs.given import HELD_OUT, fingerprint, refusing
from train.experiments.graphs.heldout import read_test_graph
from train.experiments.graphs.report import Tested, report
from train.experiments.graphs.settings import (
    Evaluation,
    GivenGraph,
    GraphConfig,
    PlannedEvaluation,
    task_of,
)
from train.experiments.graphs.sources import make_sampler
from train.experiments.graphs.tasks import Task


class Chosen(NamedTuple):
    """What to test on."""

    name: str
    paper: float | None
    """The paper's share there; None: it has none."""
    lesson: int
    arguments: dict[str, Any]
    """Of the sampler, beside those of the lesson."""


def choose(task: Task, config: GraphConfig, flags: Evaluation) -> Chosen:
    """What the flags ask for.

    Raises:
        UsageError: naming the flag that is out of range.
    """
    given = {name: getattr(flags, name) for name in ("graph", "lesson", "nodes")}
    asked = [f"{name}={value}" for name, value in given.items() if value is not None]
    if flags.graph is not None and len(asked) > 1:
        raise UsageError(f"{' with '.join(asked)}; give a graph or what random ones are like, not both")
    lesson = task.checked(task.lessons if flags.lesson is None else flags.lesson)
    if flags.graph is not None:
        arguments = _on_graph(flags)
        known = HELD_OUT.get(fingerprint(arguments["graph"]), "").startswith(task.held_out)
        paper = task.paper_graph if known and flags.edges == task.paper_edges else None
        return Chosen(f"{Path(flags.graph).name}, {flags.edges} edges", paper, lesson, arguments)
    if flags.nodes is not None:
        like = LESSONS[task.number][lesson - 1]
        arguments = {"nodes": flags.nodes, "degree": like.degree, "path": like.path}
        low, high = flags.nodes
        return Chosen(f"lesson {lesson} with {low} to {high} nodes", None, lesson, arguments)
    own = task_of(config).graph
    if own is not None:
        return Chosen(f"{Path(own).name}, lesson {lesson}", None, lesson, {})
    paper = task.paper_lesson if lesson == task.lessons else None
    return Chosen(f"lesson {lesson}", paper, lesson, {})


def _on_graph(given: GivenGraph) -> dict[str, Any]:
    """The graph that is given and how many edges are asked for, as arguments of a sampler."""
    assert given.graph is not None
    return {"graph": read_test_graph(given.graph), "path": (given.edges, given.edges)}


def on_graph(task: Task, config: GraphConfig, given: GivenGraph) -> dict[str, Any]:
    """Arguments of an environment on a given graph.

    Raises:
        UsageError: the graph is none, or does not offer so many edges.
    """
    arguments = _on_graph(given)
    check_edges(config, task, given, arguments)
    return make_sampler(config, task.number, task.lessons, **arguments)[1]


def evaluate(
    task: Task,
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
    chosen = choose(task, config, flags)
    changed = chosen.arguments
    if isinstance(flags, PlannedEvaluation) and flags.planning_steps is not None:
        changed = changed | {"planning_steps": flags.planning_steps}
    if flags.graph is not None:
        check_edges(config, task, flags, changed)
    sampler, arguments = make_sampler(config, task.number, chosen.lesson, **changed)
    pairs = task.walks and flags.graph is not None
    episodes = gather(sampler, flags.episodes, np.random.default_rng(flags.seed), pairs=pairs)
    memory = locations_for(agent, episodes, flags)
    found = examine(agent, episodes, arguments, task.number, progress, memory)
    return report(Tested(chosen.name, task, chosen.paper, memory, locations_of(episodes)), found, title)


def check_edges(config: GraphConfig, task: Task, flags: GivenGraph, arguments: dict[str, Any]) -> None:
    """Refuse to ask for more edges than a given graph offers.

    Raises:
        UsageError: naming the flag, and the most edges that can be asked for.
    """

    def offered(edges: int) -> bool:
        asked = arguments | {"path": (edges, edges)}
        try:
            gather(make_sampler(config, task.number, task.lessons, **asked)[0], 1, rng, pairs=False)
        except UsageError:
            return False
        return True

    rng = np.random.default_rng(0)
    if offered(flags.edges):
        return
    most = next(filter(offered, range(flags.edges - 1, 0, -1)), None)
    # Where even one edge is refused, it is for another reason, which the sampler tells.
    if most is not None:
        raise UsageError(f"{flags.asked}={flags.edges}; at most {most} can be asked for on {flags.graph}")


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
