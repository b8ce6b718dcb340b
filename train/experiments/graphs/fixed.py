"""Fixed sets of the graph tasks: random graphs of the last lesson, and the family tree."""

from __future__ import annotations

from typing import Any

import numpy as np

from train.experiment import DrawnSet, Progress, Report
from train.experiments.graphs.evaluating import Agent, examine, locations_for, locations_of
from train.experiments.graphs.heldout import FAMILY_TREE, read_test_graph
from train.experiments.graphs.report import Tested, report
from train.experiments.graphs.settings import Evaluation, GraphConfig
from train.experiments.graphs.sources import make_sampler
from train.experiments.graphs.tasks import Task

EPISODES = 1000
SEED = 20_161_012


def draw_set(task: Task, usual: GraphConfig, name: str) -> DrawnSet:
    """So many episodes with the settings of an experiment's default, whatever an agent's own.

    Args:
        task: that is asked about.
        usual: the default.
        name: of the set; one that begins with the family tree's is on it.
    """
    paper, changed = task.paper_lesson, dict[str, Any]()
    if name.startswith(FAMILY_TREE):
        edges = (task.paper_edges, task.paper_edges)
        paper, changed = task.paper_graph, {"graph": read_test_graph(FAMILY_TREE), "path": edges}
    sampler, arguments = make_sampler(usual, task.number, task.lessons, **changed)
    episodes = sampler.generate(np.random.default_rng(SEED), EPISODES)

    def judge(agent: Agent, config: GraphConfig, flags: Evaluation, progress: Progress, title: str) -> Report:
        memory = locations_for(agent, episodes, flags)
        found = examine(agent, episodes, arguments, task.number, progress, memory)
        return report(Tested(name, task, paper, memory, locations_of(episodes)), found, title)

    return DrawnSet(episodes, judge)
