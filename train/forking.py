"""Training episodes forked at the cue: every goal of a description is acted out, not one.

The description is told once for all its goals, so with 10 goals 190 steps of a core give 10 acting episodes
instead of 740. Which goal an ordinary episode asks for is drawn uniformly, so the mean over all goals has the
same expectation, and their gradients add up in the shared description. Puzzles count by their number of goals
where that varies. Evaluation always uses ordinary episodes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from dnc_agent.episodes import GymnasiumSource, Prefix
from dnc_agent.vec_env import GymnasiumVecEnv
from shrdlu_env.puzzles import CHOSEN, NUM_GOALS, PuzzleBatch


class ForkedSource(GymnasiumSource):
    """One lane per goal of as many puzzles as fill the lanes.

    The last puzzle may have some of its goals left out, drawn at random.

    Args:
        env: Mini-SHRDLU's native vector environment.
        device: where descriptions are put.

    Raises:
        ValueError: if the environment is another one.
    """

    def __init__(self, env: Any, device: torch.device | str = "cpu") -> None:
        if not isinstance(env, GymnasiumVecEnv) or not hasattr(env.vector_env.unwrapped, "draw_puzzles"):
            raise ValueError("forked episodes need Mini-SHRDLU's native vector environment")
        super().__init__(env)
        self._world: Any = env.vector_env.unwrapped
        self._device = device

    def reset(self) -> tuple[np.ndarray, NDArray[np.bool_]]:
        """Draw puzzles, tell their descriptions, begin every goal at the cue."""
        rng = self._world.np_random
        puzzles: PuzzleBatch = self._world.draw_puzzles(self.num_lanes)
        ends = np.cumsum(puzzles.meta[:, NUM_GOALS])
        used = int(np.searchsorted(ends, self.num_lanes)) + 1
        puzzles = puzzles.select(np.arange(used))
        counts = puzzles.meta[:, NUM_GOALS]
        branch_of = np.repeat(np.arange(used), counts)
        goal = np.arange(len(branch_of)) - np.repeat(np.cumsum(counts) - counts, counts)
        # Which goals of the last puzzle stay must not depend on their order in the description.
        last = branch_of == used - 1
        goal[last] = rng.permutation(goal[last])
        branch_of, goal = branch_of[: self.num_lanes], goal[: self.num_lanes]
        branches = puzzles.select(branch_of)
        branches.meta[:, CHOSEN] = goal
        self.prefix = self._describe(puzzles, branch_of)
        options = {"puzzles": branches, "at_cue": True}
        observations, infos = self._env.vector_env.reset(options=options)
        return observations, infos["acting"]

    def _describe(self, puzzles: PuzzleBatch, branch_of: NDArray[np.int64]) -> Prefix:
        told, lengths = self._world.layout.encode_descriptions(puzzles)
        steps = len(told)
        # Aligned at the end, so that all descriptions are over at the same step.
        index = np.arange(steps)[:, None] - (steps - lengths)
        aligned = np.take_along_axis(told, np.maximum(index, 0)[:, :, None], axis=0)
        aligned[index < 0] = 0.0
        return Prefix(
            observations=torch.as_tensor(aligned, device=self._device),
            reset=torch.as_tensor(index == 0, device=self._device),
            branch_of=torch.as_tensor(branch_of, device=self._device),
        )
