"""The fixed set of navigation: walks on random graphs of the last lesson."""

from __future__ import annotations

from typing import Any

import numpy as np

from dnc_agent import EpisodicActorCritic
from shrdlu_env.graphs.coding import LABEL_WIDTH, WIDTH
from train.errors import UsageError
from train.experiment import DrawnSet, Progress, Report
from train.experiments.navigation.evaluating import draw, place_of_lesson, walk
from train.experiments.navigation.report import report
from train.experiments.navigation.settings import LESSONS, WorldConfig

WALKS = 1000
SEED = 20_161_012
#: The default's, whatever an agent's own.
WORLD = WorldConfig()


def draw_set() -> DrawnSet:
    """So many walks of the last lesson."""
    place = place_of_lesson(LESSONS)
    episodes = draw(WORLD, place, WALKS, np.random.default_rng(SEED))

    def judge(agent: EpisodicActorCritic, config: Any, flags: Any, progress: Progress, title: str) -> Report:
        wanted, found = WIDTH + LABEL_WIDTH * WORLD.slots, agent.policy.observation_size
        if found != wanted:
            raise UsageError(
                f"the set is for agents that observe {wanted} columns; this one observes {found}"
            )
        progress("walks", 0.1)
        return report({"agent": walk(agent, WORLD, place, episodes)}, f"{title}, {place.name}")

    return DrawnSet(episodes, judge)
