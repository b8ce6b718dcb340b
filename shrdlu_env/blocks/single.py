"""Mini-SHRDLU as a single Gymnasium environment.

Source: Methods, 'Mini-SHRDLU'.
"""

from __future__ import annotations

from typing import Any

from shrdlu_env.blocks.layout import Layout
from shrdlu_env.blocks.puzzles import Puzzle
from shrdlu_env.blocks.simulation import BlocksSimulation
from shrdlu_env.shells.arguments import check_arguments
from shrdlu_env.shells.single import SingleEnv


class MiniShrdluEnv(SingleEnv[BlocksSimulation]):
    """Mini-SHRDLU, one episode at a time.

    Observations, actions, rewards, infos and all arguments but `render_mode` are told in docs/reference/environment.md.

    Args:
        render_mode: "human", "rgb_array", "ansi" or None.
        **arguments: those of `shrdlu_env.blocks.simulation.BlocksSimulation`: board_size, lesson, goals, blocks,
            constraints, depth, extra_moves, constraint_reward, invalid_move_cost, undo_penalty, earlier,
            planner_info, max_boards, observability.

    Raises:
        TypeError: an argument is unknown or has the wrong type.
        ValueError: an argument is out of range, or no such puzzle exists.
    """

    def __init__(self, *, render_mode: str | None = None, **arguments: Any) -> None:
        super().__init__(BlocksSimulation(1, **check_arguments(BlocksSimulation, arguments)), render_mode)

    @property
    def layout(self) -> Layout:
        """Where each part of an observation lies."""
        return self.simulation.layout

    def puzzle(self) -> Puzzle:
        """The puzzle of the current episode."""
        self._check_started("puzzle")
        return self.simulation.puzzles.puzzle(0)
