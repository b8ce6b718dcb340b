"""The shipped walker: loads with this version, finds its way in every lesson and on a map that it never saw."""

from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest

import dnc_agent
import shrdlu_env
from dnc_agent.networks.planning_core import PlanningCore
from shrdlu_env.graphs.maps import example_map
from train.agents import load_agent
from train.experiments.navigation.evaluating import Place, draw, place_of_lesson, walk
from train.experiments.navigation.settings import LESSONS
from train.experiments.navigation.worlds import locations_of

gym.register_envs(shrdlu_env)
AGENT = Path(__file__).parents[3] / "checkpoints" / "navigation"
TOWN = example_map()


@pytest.mark.parametrize(
    "place",
    [
        place_of_lesson(1),
        place_of_lesson(LESSONS),
        Place("town", {"graph": TOWN, "path": (4, 4)}, locations_of(TOWN)),
    ],
    ids=lambda place: place.name,
)
def test_it_walks_shortest_paths(place):
    agent, found = load_agent(AGENT)
    assert isinstance(agent.policy.cores[0], PlanningCore)
    assert found.extra["run"]["completed"] == LESSONS
    world = found.config.world
    episodes = draw(world, place, 100, np.random.default_rng(20))
    walked = walk(agent, world, place, episodes)
    assert walked.arrived >= 90
    assert walked.shortest >= 80


def test_it_walks_shortest_paths_as_python_loads_it():
    agent = dnc_agent.load(AGENT)
    perfect = 0
    for seed in range(10):
        env = gym.make("shrdlu_env/GraphNavigation-v0", lesson=LESSONS, planning_steps=10)
        observation, info = env.reset(seed=seed)
        state, over = None, False
        while not over:
            action, state = agent.predict(
                observation, state, deterministic=True, action_masks=info["action_mask"]
            )
            observation, _, over, _, info = env.step(int(action))
        perfect += info["perfect"]
    assert perfect >= 9
