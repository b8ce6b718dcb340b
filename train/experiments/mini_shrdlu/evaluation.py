"""Evaluation on puzzles drawn by their minimum number of moves and constraints, and lesson by lesson."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from dnc_agent import EpisodicActorCritic
from dnc_agent.rl.collector import collect_episodes
from dnc_agent.rl.sources import Beginning, GymnasiumSource
from dnc_agent.rl.vec_env import GymnasiumVecEnv
from shrdlu_env.blocks.lessons import LESSONS, Ranges
from shrdlu_env.blocks.puzzles import CHOSEN, MIN_MOVES, NUM_GOALS, STEPS, PuzzleBatch
from shrdlu_env.blocks.sampling import Sampler
from train.experiment import Progress
from train.experiments.mini_shrdlu.settings import MAX_DRAWS, WorldConfig
from train.experiments.mini_shrdlu.worlds import make_world

MOVES = range(1, 8)
CONSTRAINTS = range(1, 7)
DRAWS_AT_ONCE = 5_000


@dataclass(frozen=True)
class Score:
    """Counts over evaluation episodes with modal actions."""

    episodes: int
    perfect: int
    success: int
    satisfied: float
    """Mean share of the chosen goal's constraints that hold at the end."""

    @property
    def incomplete(self) -> int:
        """Episodes that ended with a constraint unsatisfied."""
        return self.episodes - self.success


def score(final: dict[str, NDArray[Any]]) -> Score:
    """The score of episodes from their final infos."""
    satisfied = final["satisfied"]
    return Score(
        episodes=len(satisfied),
        perfect=int(np.sum(final["perfect"])),
        success=int(np.sum(final["success"])),
        satisfied=float(np.mean(satisfied)) if len(satisfied) else math.nan,
    )


class PuzzleSource(GymnasiumSource):
    """Episodes on given puzzles, round after round; the last round repeats puzzles to fill its lanes."""

    def __init__(self, env: GymnasiumVecEnv, puzzles: PuzzleBatch) -> None:
        super().__init__(env)
        self._puzzles, self._next = puzzles, 0

    def reset(self) -> Beginning:
        """Start the next puzzles."""
        rows = np.arange(self._next, self._next + self.num_envs) % self._puzzles.num_puzzles
        self._next += self.num_envs
        return self.begin({"puzzles": self._puzzles.select(rows)})


def play(
    agent: EpisodicActorCritic,
    world: WorldConfig,
    puzzles: PuzzleBatch,
    ranges: Ranges,
    *,
    seed: int,
    deterministic: bool = True,
    lanes: int = 256,
) -> dict[str, NDArray[Any]]:
    """Let an agent play given puzzles, each once.

    Args:
        agent: with a policy for this world.
        world: the environment's settings.
        puzzles: n puzzles drawn from `ranges`.
        ranges: of the puzzles.
        seed: of the actions, where they are drawn.
        deterministic: modal actions instead of drawn ones.
        lanes: episodes side by side.

    Returns:
        Final infos, arrays [n] in the order of the puzzles.
    """
    count = puzzles.num_puzzles
    env = make_world(world, min(lanes, count), ranges=ranges)
    try:
        # Episodes of like length side by side waste the fewest steps.
        order = np.argsort(puzzles.meta[:, STEPS], kind="stable")
        source = PuzzleSource(env, puzzles.select(order))
        generator = torch.Generator(agent.device).manual_seed(seed)
        batch = collect_episodes(agent.policy, source, count, generator, deterministic=deterministic)
    finally:
        env.close()
    assert batch is not None
    back = np.empty(count, np.int64)
    back[order] = np.arange(count)
    return {key: value[:count][back] for key, value in batch.final.items()}


def draw_by_moves(
    rng: np.random.Generator, world: WorldConfig, ranges: Ranges, episodes: int, max_draws: int = MAX_DRAWS
) -> dict[int, PuzzleBatch]:
    """Puzzles by the minimum moves of the goal that is asked for.

    Puzzles are drawn as always; of each, a goal that needs a number of moves still wanted is asked for.

    Args:
        rng: source of all chance.
        world: the environment's settings.
        ranges: of the puzzles.
        episodes: puzzles wanted for each number of moves 1 to 7.
        max_draws: puzzles drawn at most.

    Returns:
        Up to `episodes` puzzles for each number of moves; fewer where such goals are too rare.
    """
    sampler = Sampler(world.board_size, None, ranges)
    found: dict[int, list[PuzzleBatch]] = {moves: [] for moves in MOVES}
    count = dict.fromkeys(MOVES, 0)
    for _ in range(0, max_draws, DRAWS_AT_ONCE):
        batch = sampler.generate(rng, DRAWS_AT_ONCE)
        needed = np.where(
            np.arange(batch.goals.shape[1]) < batch.meta[:, NUM_GOALS, None], batch.goals[..., MIN_MOVES], 0
        )
        free = np.ones(DRAWS_AT_ONCE, bool)
        # The rarest first: a puzzle is used once, where it is wanted most.
        for moves in reversed(MOVES):
            fits = (needed == moves) & free[:, None]
            rows = np.flatnonzero(fits.any(1))[: episodes - count[moves]]
            if not len(rows):
                continue
            free[rows] = False
            part = batch.select(rows)
            # A uniformly chosen one of the goals that fit.
            part.meta[:, CHOSEN] = (fits[rows] * rng.random(fits[rows].shape)).argmax(1)
            found[moves].append(part)
            count[moves] += len(rows)
        if all(count[moves] == episodes for moves in MOVES):
            break
    return {moves: PuzzleBatch.join([sampler.empty(0), *parts]) for moves, parts in found.items()}


def evaluate_table(
    agent: EpisodicActorCritic,
    world: WorldConfig,
    *,
    episodes: int = 100,
    goals: int = 10,
    blocks: int = 6,
    seed: int = 0,
    max_draws: int = MAX_DRAWS,
    progress: Progress | None = None,
) -> dict[tuple[int, int], Score]:
    """The paper's table: minimum moves 1-7 by constraints per goal 1-6, modal actions.

    Args:
        agent: to evaluate.
        world: the environment's settings.
        episodes: per cell.
        goals: told before one is asked for.
        blocks: on the board.
        seed: of puzzles.
        max_draws: puzzles drawn at most for one column.
        progress: called with a word and the share done.

    Returns:
        Scores by (moves, constraints). Constraints are the number asked of the generator: a board one move
        away can carry three new facts at most, so its goals have at most three.
    """
    table: dict[tuple[int, int], Score] = {}
    for column, constraints in enumerate(CONSTRAINTS):
        if progress:
            progress(f"{constraints} constraint{'s' * (constraints > 1)}", column / len(CONSTRAINTS))
        rng = np.random.default_rng([seed, constraints])
        ranges = Ranges((goals, goals), (blocks, blocks), (constraints, constraints), (1, 7))
        drawn = draw_by_moves(rng, world, ranges, episodes, max_draws)
        together = PuzzleBatch.join(drawn.values())
        final = play(agent, world, together, ranges, seed=seed)
        begin = 0
        for moves, part in drawn.items():
            end = begin + part.num_puzzles
            table[moves, constraints] = score({key: value[begin:end] for key, value in final.items()})
            begin = end
    return table


def evaluate_lesson(
    agent: EpisodicActorCritic,
    world: WorldConfig,
    lesson: int,
    *,
    episodes: int,
    rng: np.random.Generator,
    deterministic: bool = True,
) -> Score:
    """Score on fresh puzzles of one lesson, without earlier ones mixed in.

    Args:
        agent: to evaluate.
        world: the environment's settings.
        lesson: 1 to 26.
        episodes: how many.
        rng: source of the puzzles and of drawn actions.
        deterministic: modal actions instead of drawn ones.
    """
    ranges = LESSONS[lesson - 1]
    puzzles = Sampler(world.board_size, lesson).generate(rng, episodes)
    seed = int(rng.integers(2**31))
    return score(play(agent, world, puzzles, ranges, seed=seed, deterministic=deterministic))
