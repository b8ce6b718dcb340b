"""The worlds as Gymnasium environments. Importing this package registers every id of `shrdlu_env.registry`."""

from shrdlu_env.blocks import MiniShrdluEnv, MiniShrdluVectorEnv
from shrdlu_env.blocks.goals import Constraint, Goal, Relation
from shrdlu_env.blocks.layout import Layout
from shrdlu_env.blocks.lessons import LESSONS, Ranges
from shrdlu_env.blocks.planner import Plan, find_plan
from shrdlu_env.blocks.puzzles import Puzzle, PuzzleBatch
from shrdlu_env.blocks.sampling import Sampler
from shrdlu_env.registry import ENV_IDS, register
from shrdlu_env.task import Phase

__all__ = [
    "ENV_IDS",
    "LESSONS",
    "Constraint",
    "Goal",
    "Layout",
    "MiniShrdluEnv",
    "MiniShrdluVectorEnv",
    "Phase",
    "Plan",
    "Puzzle",
    "PuzzleBatch",
    "Ranges",
    "Relation",
    "Sampler",
    "find_plan",
]

register()
