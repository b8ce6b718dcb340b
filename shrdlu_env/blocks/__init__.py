"""Mini-SHRDLU: rules, goals, puzzles, planner, dynamics, observations and Gymnasium environments."""

from shrdlu_env.blocks.single import MiniShrdluEnv
from shrdlu_env.blocks.vector import MiniShrdluVectorEnv

__all__ = ["MiniShrdluEnv", "MiniShrdluVectorEnv"]
