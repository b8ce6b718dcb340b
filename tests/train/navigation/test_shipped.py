"""The shipped walker: loads with this version, finds its way in every lesson and on a map that it never saw."""

from pathlib import Path

import numpy as np
import pytest

from dnc_agent.networks.planning_core import PlanningCore
from shrdlu_env.graphs.maps import example_map
from train.agents import load_agent
from train.experiments.navigation.evaluating import Place, draw, place_of_lesson, walk
from train.experiments.navigation.settings import LESSONS
from train.experiments.navigation.worlds import locations_of

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
