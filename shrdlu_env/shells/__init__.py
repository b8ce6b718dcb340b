"""Gymnasium's own rules, once for every world."""

from shrdlu_env.shells.single import SingleEnv
from shrdlu_env.shells.vector import NativeVectorEnv

__all__ = ["NativeVectorEnv", "SingleEnv"]
