"""Lessons of one's own for Mini-SHRDLU: other ranges, another gate. Run: python examples/own_lessons.py [UPDATES]"""

from __future__ import annotations

import sys

import gymnasium as gym

import shrdlu_env  # noqa: F401  (registers the environments)
import train

ID = "shrdlu_env/MiniShrdlu-v0"
#: Goals, blocks, constraints per goal and search depth, each as (lowest, highest); what is left out is lesson 1's.
LESSONS = (
    {"goals": (1, 1), "blocks": (3, 3)},
    {"goals": (2, 2), "blocks": (3, 3), "depth": (1, 2)},
    {"goals": (3, 3), "blocks": (3, 4), "constraints": (1, 2), "depth": (1, 2)},
)
THRESHOLD = 0.85
BATCH = 32


def world(lesson: dict) -> gym.vector.VectorEnv:
    """A lesson as a vector environment; the agent begins all episodes of a batch together."""
    return gym.make_vec(
        ID,
        BATCH,
        vectorization_mode="vector_entry_point",
        autoreset_mode="Disabled",
        planner_info=False,
        **lesson,
    )


def main(updates: int = 30) -> int:
    """Train through the lessons, so many updates at most; returns how many of them are complete."""
    # A small network learns less; leave the sizes out to have the one that `shrdlu train` trains.
    agent = train.make_agent(hidden_size=32, memory_size=16, episodes_per_batch=BATCH)
    complete, smooth = 0, 0.0
    agent.set_env(world(LESSONS[0]))
    for update in range(updates):
        # The mean share of the asked goal's constraints that hold at the end, while exploring.
        smooth += (agent.update()["satisfied"] - smooth) / min(update + 1, 20)
        if smooth >= THRESHOLD:
            complete, smooth = complete + 1, 0.0
            if complete == len(LESSONS):
                break
            agent.set_env(world(LESSONS[complete]))
    print(
        f"{agent.episodes} episodes, {complete} lessons complete, {smooth:.0%} of constraints hold in the next"
    )
    return complete


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
