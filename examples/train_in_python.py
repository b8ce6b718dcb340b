"""Training in Python: the agent of `make train`, then its score. Run: python examples/train_in_python.py [MINUTES]

In a minute or two of one core it completes lesson 1; the run directory resumes with the same call.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import gymnasium as gym
import numpy as np

import shrdlu_env  # noqa: F401  (registers the environments)
import train
from dnc_agent import EpisodicActorCritic


def success(agent: EpisodicActorCritic, lesson: int, episodes: int = 64) -> float:
    """Share of fresh puzzles that an agent solves with its most probable actions."""
    envs = gym.make_vec(
        "shrdlu_env/MiniShrdlu-v0",
        episodes,
        vectorization_mode="vector_entry_point",
        autoreset_mode="Disabled",
        lesson=lesson,
    )
    observations, infos = envs.reset(seed=1)
    state, over = None, np.zeros(episodes, bool)
    while not over.all():
        actions, state = agent.predict(observations, state, deterministic=True)
        observations, _, over, _, infos = envs.step(actions)  # those that are over stay as they are
    return float(infos["success"].mean())


def main(minutes: float = 0.05, *, run: str | None = None) -> float:
    """Train until lesson 1 is complete or the time is over; returns the share of its puzzles solved."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(run or directory) / "run"
        agent = train.run("mini-shrdlu", path, until_lesson=1, minutes=minutes)
    solved = success(agent, lesson=1)
    print(f"{agent.episodes:,} episodes: {solved:.0%} of fresh puzzles of lesson 1 solved")
    return solved


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))
