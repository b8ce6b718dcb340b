"""Environments out of a run's configuration."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import gymnasium as gym
from gymnasium.vector import AutoresetMode

import shrdlu_env
from dnc_agent.rl.vec_env import GymnasiumVecEnv
from shrdlu_env.blocks.lessons import Ranges
from train.experiments.mini_shrdlu.settings import WorldConfig

ENV_ID = "shrdlu_env/MiniShrdlu-v0"
gym.register_envs(shrdlu_env)


def world_arguments(
    world: WorldConfig, *, lesson: int | None = None, ranges: Ranges | None = None
) -> dict[str, Any]:
    """Keyword arguments for `gym.make` or `gym.make_vec`: the world's settings and what is drawn from."""
    drawn: dict[str, Any] = {"lesson": lesson} if ranges is None else asdict(ranges)
    return asdict(world) | drawn


def make_world(
    world: WorldConfig,
    num_envs: int,
    *,
    lesson: int | None = None,
    ranges: Ranges | None = None,
    earlier: float = 0.0,
) -> GymnasiumVecEnv:
    """The native vector environment for training and evaluation, without the planner's per-step advice.

    Args:
        world: settings of the environment.
        num_envs: lanes.
        lesson: to draw from; or
        ranges: to draw from.
        earlier: share of episodes from earlier lessons.

    Raises:
        ValueError: if a setting is out of range.
    """
    arguments = world_arguments(world, lesson=lesson, ranges=ranges)
    if ranges is None:
        arguments["earlier"] = earlier
    env = gym.make_vec(
        ENV_ID,
        num_envs,
        vectorization_mode="vector_entry_point",
        autoreset_mode=AutoresetMode.DISABLED,
        planner_info=False,
        **arguments,
    )
    return GymnasiumVecEnv(env)
