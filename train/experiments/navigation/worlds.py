"""Environments of navigation out of a run's configuration, and the memory that a graph takes."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import gymnasium as gym
from gymnasium.vector import AutoresetMode

import shrdlu_env
from dnc_agent.rl.vec_env import GymnasiumVecEnv
from shrdlu_env.graphs.labelled import LabelledGraph
from shrdlu_env.graphs.lessons import NAVIGATION, GraphRanges
from train.experiments.navigation.settings import WorldConfig
from train.room import SPARE

ENV_ID = "shrdlu_env/GraphNavigation-v0"
gym.register_envs(shrdlu_env)


def make_world(world: WorldConfig, num_envs: int, **drawn: Any) -> GymnasiumVecEnv:
    """The native vector environment for training and evaluation.

    Args:
        world: settings of the environment.
        num_envs: lanes.
        **drawn: what episodes are drawn from: `lesson` and `earlier`, or `graph` and `path`.

    Raises:
        ValueError: if a setting is out of range.
    """
    env = gym.make_vec(
        ENV_ID,
        num_envs,
        vectorization_mode="vector_entry_point",
        autoreset_mode=AutoresetMode.DISABLED,
        **asdict(world),
        **drawn,
    )
    return GymnasiumVecEnv(env)


def locations(lesson: int) -> int:
    """Memory that the largest graph of a lesson takes: a location for each edge, and a few."""
    return locations_within(NAVIGATION[lesson - 1])


def locations_within(ranges: GraphRanges) -> int:
    """Memory that the largest graph within ranges takes."""
    return ranges.nodes[1] * min(ranges.degree[1], ranges.nodes[1] - 1) + SPARE


def locations_of(graph: LabelledGraph) -> int:
    """Memory that a given graph takes."""
    return len(graph.arcs) + SPARE
