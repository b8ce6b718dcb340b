"""Mini-SHRDLU as Gymnasium environments. Importing this package registers `shrdlu_env/MiniShrdlu-v0`."""

import gymnasium as gym

from shrdlu_env.blocks import MiniShrdluEnv, MiniShrdluVectorEnv
from shrdlu_env.blocks.goals import Constraint, Goal, Relation
from shrdlu_env.blocks.layout import Layout
from shrdlu_env.blocks.lessons import LESSONS, Ranges
from shrdlu_env.blocks.planner import Plan, find_plan
from shrdlu_env.blocks.puzzles import Puzzle, PuzzleBatch
from shrdlu_env.blocks.sampling import Sampler

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
            entry_point="shrdlu_env.blocks:MiniShrdluEnv",
            vector_entry_point="shrdlu_env.blocks:MiniShrdluVectorEnv",
        )

for _name, _task in (
    ("Copy", "copy"),
    ("RepeatCopy", "repeat-copy"),
    ("AssociativeRecall", "associative-recall"),
):
    if (_id := f"shrdlu_env/{_name}-v0") not in gym.registry:
        gym.register(id=_id, entry_point="shrdlu_env.sequences:SequenceEnv", kwargs={"task": _task})
