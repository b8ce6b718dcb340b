"""Mini-SHRDLU as a native Gymnasium vector environment: n episodes advanced by compiled loops.

Source: Methods, 'Mini-SHRDLU'.
"""

from __future__ import annotations

from typing import Any

from gymnasium.vector import AutoresetMode

from shrdlu_env.blocks.layout import Layout
from shrdlu_env.blocks.puzzles import Puzzle, PuzzleBatch
from shrdlu_env.blocks.simulation import BlocksSimulation
from shrdlu_env.shells.arguments import check_arguments
from shrdlu_env.shells.vector import NativeVectorEnv


class MiniShrdluVectorEnv(NativeVectorEnv[BlocksSimulation]):
    """Mini-SHRDLU, n episodes side by side.

    Observations, actions, rewards, infos and all other arguments are told in docs/reference/environment.md.

    Args:
        num_envs: n.
        render_mode: "rgb_array", "ansi" (one frame per sub-environment) or None.
        autoreset_mode: `AutoresetMode` or its value: "NextStep" (default), "SameStep", "Disabled".
        **arguments: those of `shrdlu_env.blocks.simulation.BlocksSimulation`.

    Raises:
        TypeError: an argument is unknown or has the wrong type.
        ValueError: an argument is out of range, or no such puzzle exists.
    """

    def __init__(
        self,
        num_envs: int = 1,
        *,
        render_mode: str | None = None,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        **arguments: Any,
    ) -> None:
        simulation = BlocksSimulation(num_envs, **check_arguments(BlocksSimulation, arguments))
        super().__init__(simulation, render_mode, autoreset_mode)

    @property
    def layout(self) -> Layout:
        """Where each part of an observation lies."""
        return self.simulation.layout

    @property
    def puzzles(self) -> PuzzleBatch:
        """The puzzles of the current episodes, row by row; read-only by custom, overwritten by resets."""
        return self.simulation.puzzles

    def puzzle(self, index: int) -> Puzzle:
        """The puzzle of one sub-environment's current episode, as an object of its own."""
        return self.simulation.puzzles.puzzle(self._check_index("puzzle", index))

    def draw_puzzles(self, count: int) -> PuzzleBatch:
        """Draw puzzles as the coming episodes would, from the environment's own generator.

        Args:
            count: how many.

        Raises:
            TypeError: the count is no number.
            ValueError: the count is out of range.
        """
        return self.simulation.sampler.generate(self.np_random, count)
