"""From settings to an agent."""

import dataclasses

import pytest

from dnc_agent.cores.feedforward import FeedForward
from train.experiments.mini_shrdlu.settings import PRESETS
from train.experiments.mini_shrdlu.wiring import build


@pytest.mark.parametrize("name", ["default", "paper", "plain"])
def test_a_controller_without_a_state_learns_whatever_the_forget_bias(name):
    config = PRESETS[name]
    small = dataclasses.replace(config.agent, controller="feedforward", memory_size=8, sparse_links=4)
    learn = dataclasses.replace(config.learn, episodes_per_batch=8)
    agent = build(dataclasses.replace(config, agent=small, learn=learn))
    cores = [module for module in agent.policy.modules() if isinstance(module, FeedForward)]
    assert len(cores) == (1 if config.agent.shared_core else 2)
    before = [core.weights[0].detach().clone() for core in cores]
    agent.begin()
    agent.update()
    assert all((core.weights[0] != old).any() for core, old in zip(cores, before, strict=True))
