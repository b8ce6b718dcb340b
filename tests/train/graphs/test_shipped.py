"""The shipped agents of graphs: small enough to ship, they load, and do what their cards say."""

from pathlib import Path

import numpy as np
import pytest

from shrdlu_env.graphs.sampling import GraphSampler
from train.agents import load_agent
from train.experiments.graphs.evaluating import examine

AGENT = Path(__file__).parents[3] / "checkpoints" / "traversal-helped"


@pytest.mark.parametrize("lesson", [1, 14])
def test_the_helped_walker_passes_the_gate_on_fresh_graphs(lesson):
    agent, found = load_agent(AGENT)
    assert found.exported
    assert found.config.core.walk_weights
    assert found.extra["run"]["completed"] == 14
    task = found.experiment.task.number
    episodes = GraphSampler(task, lesson).generate(np.random.default_rng([20, lesson]), 96)
    assert examine(agent, episodes, {}, task).accuracy >= 0.95
