"""Thin Gymnasium shells over the rules: a single environment and a native vector one."""

from shrdlu_env.envs.single import MiniShrdluEnv
from shrdlu_env.envs.vector import MiniShrdluVectorEnv

__all__ = ["MiniShrdluEnv", "MiniShrdluVectorEnv"]
