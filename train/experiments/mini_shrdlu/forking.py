"""Training episodes forked at the cue: every goal of a description is acted out, not one.

The description is told once for all its goals, so with 10 goals 190 steps of a core give 10 acting episodes
instead of 740. Which goal an ordinary episode asks for is drawn uniformly, so the mean over all goals has the
same expectation, and their gradients add up in the shared description. Puzzles count by their number of goals
where that varies. Evaluation always uses ordinary episodes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from dnc_agent.rl.episodes import Prefix
from dnc_agent.rl.sources import Beginning, GymnasiumSource
from dnc_agent.rl.vec_env import GymnasiumVecEnv
from shrdlu_env.blocks.layout import Layout
from shrdlu_env.blocks.puzzles import CHOSEN, NUM_GOALS, PuzzleBatch
from shrdlu_env.blocks.sampling import Sampler


@dataclass(frozen=True)
class Branches:
    """Goals to act out, one per lane, and the P puzzles that they belong to."""

    puzzles: PuzzleBatch
    puzzle: NDArray[np.int64]  #: [B], row of each lane's puzzle
    goal: NDArray[np.int64]  #: [B], which of its goals

    def apart(self) -> PuzzleBatch:
        """B puzzles, each asking for the goal of its lane."""
        puzzles = self.puzzles.select(self.puzzle)
        puzzles.meta[:, CHOSEN] = self.goal
        return puzzles


def draw_branches(sampler: Sampler, rng: np.random.Generator, lanes: int) -> Branches:
    """Draw as many puzzles as fill the lanes with their goals.

    The last puzzle may have some of its goals left out, drawn at random.

    Args:
        sampler: what to draw.
        rng: source of all chance.
        lanes: B.
    """
    parts, left = [], lanes
    while left > 0:
        # So many are needed, however many goals each of them turns out to have: none is drawn in vain.
        parts.append(sampler.generate(rng, -(-left // sampler.most_goals)))
        left -= int(parts[-1].meta[:, NUM_GOALS].sum())
    puzzles = PuzzleBatch.join(parts)
    counts = puzzles.meta[:, NUM_GOALS]
    puzzle = np.repeat(np.arange(len(counts)), counts)
    goal = np.arange(len(puzzle)) - np.repeat(np.cumsum(counts) - counts, counts)
    # Which goals of the last puzzle stay must not depend on their order in the description.
    last = puzzle == len(counts) - 1
    goal[last] = rng.permutation(goal[last])
    return Branches(puzzles, puzzle[:lanes], goal[:lanes])


def describe(layout: Layout, puzzles: PuzzleBatch) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The descriptions of P puzzles, aligned so that all are over at the same step.

    Returns:
        The observations float32[T1, P, X], and bool[T1, P], true at the first of each puzzle.
    """
    told, lengths = layout.encode_descriptions(puzzles, at_end=True)
    return told, np.arange(len(told))[:, None] == len(told) - lengths


def native_world(env: Any) -> Any:
    """Mini-SHRDLU's native vector environment inside a VecEnv.

    Raises:
        ValueError: if it is another one.
    """
    if not isinstance(env, GymnasiumVecEnv) or not hasattr(env.vector_env.unwrapped, "simulation"):
        raise ValueError("forked episodes need Mini-SHRDLU's native vector environment")
    return env.vector_env.unwrapped


class ForkedSource(GymnasiumSource):
    """One lane per goal of as many puzzles as fill the lanes (see `draw_branches`).

    Args:
        env: Mini-SHRDLU's native vector environment.
        device: where descriptions are put.

    Raises:
        ValueError: if the environment is another one.
    """

    def __init__(self, env: Any, device: torch.device | str = "cpu") -> None:
        self._world = native_world(env)
        super().__init__(env)
        self._device = device

    def reset(self) -> Beginning:
        """Draw puzzles, tell their descriptions, begin every goal at the cue."""
        branches = draw_branches(self._world.simulation.sampler, self._world.np_random, self.num_envs)
        told, first = describe(self._world.layout, branches.puzzles)
        self.prefix = Prefix(
            observations=torch.as_tensor(told, device=self._device),
            reset=torch.as_tensor(first, device=self._device),
            branch_of=torch.as_tensor(branches.puzzle, device=self._device),
        )
        return self.begin({"puzzles": branches.apart(), "at_cue": True})
