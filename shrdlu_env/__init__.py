"""Mini-SHRDLU as Gymnasium environments. Importing this package registers `shrdlu_env/MiniShrdlu-v0`."""

import gymnasium as gym

from shrdlu_env.curriculum import LESSONS, Ranges
from shrdlu_env.envs import MiniShrdluEnv, MiniShrdluVectorEnv
from shrdlu_env.goals import Constraint, Goal, Relation
from shrdlu_env.layout import Layout
from shrdlu_env.planner import Plan, find_plan
from shrdlu_env.puzzles import Puzzle, PuzzleBatch
from shrdlu_env.sampling import Sampler

ENV_IDS = ("shrdlu_env/MiniShrdlu-v0",)

__all__ = [
    "ENV_IDS",
    "LESSONS",
    "Constraint",
    "Goal",
    "Layout",
    "MiniShrdluEnv",
    "MiniShrdluVectorEnv",
    "Plan",
    "Puzzle",
    "PuzzleBatch",
    "Ranges",
    "Relation",
    "Sampler",
    "find_plan",
]

for _id in ENV_IDS:
    if _id not in gym.registry:
        gym.register(
            id=_id,
            entry_point="shrdlu_env.envs:MiniShrdluEnv",
            vector_entry_point="shrdlu_env.envs:MiniShrdluVectorEnv",
        )
