"""What an agent can do that it was not trained for: more goals, more memory, names in orders never drawn.

Puzzles are otherwise those of the last lesson: 1 to 6 constraints per goal, 1 to 7 moves, 6 blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from dnc_agent import EpisodicActorCritic
from dnc_agent.cores.contract import resized
from shrdlu_env.blocks.lessons import LESSONS
from shrdlu_env.blocks.puzzles import LETTER, NUM_GOALS, STEPS, PuzzleBatch
from shrdlu_env.blocks.sampling import Sampler
from train.experiments.mini_shrdlu.evaluation import Score, play, score
from train.experiments.mini_shrdlu.settings import WorldConfig

#: Goals that no lesson has: the curriculum ends at 10.
MORE_GOALS = (12, 16, 20, 26)
#: Memory sizes as multiples of the trained one.
MEMORY_FACTORS = (1, 2)


@dataclass(frozen=True)
class Condition:
    """One row of the table."""

    name: str
    goals: int
    memory: int | None
    """Locations; None: the core has no memory."""
    score: Score


@contextmanager
def memory_size(agent: EpisodicActorCritic, locations: int) -> Iterator[None]:
    """Let an agent's cores play with another number of locations, on which no weight depends."""
    with ExitStack() as stack:
        for core in agent.policy.cores:
            stack.enter_context(resized(core, locations))
        yield


def in_order(puzzles: PuzzleBatch, *, descending: bool = False) -> PuzzleBatch:
    """The same puzzles with each one's letters given out in alphabetical order, or against it.

    Training draws the order at random, so one of 10 letters in order comes once in 3.6 million puzzles.
    """
    goals, steps = puzzles.goals.copy(), puzzles.steps.copy()
    for row in range(puzzles.num_puzzles):
        count = puzzles.meta[row, NUM_GOALS]
        ordered = np.sort(goals[row, :count, LETTER])
        goals[row, :count, LETTER] = ordered[::-1] if descending else ordered
        told = np.diff(puzzles.offsets[row, : count + 1])
        steps[row, : puzzles.meta[row, STEPS], 0] = np.repeat(goals[row, :count, LETTER], told)
    return puzzles._replace(goals=goals, steps=steps)


def evaluate_beyond(
    agent: EpisodicActorCritic,
    world: WorldConfig,
    *,
    episodes: int = 500,
    seed: int = 0,
    progress: Callable[[str, float], None] | None = None,
) -> list[Condition]:
    """Play the last lesson's puzzles under conditions that training never had.

    Args:
        agent: to evaluate.
        world: the environment's settings.
        episodes: per condition.
        seed: of the puzzles; every memory size plays the same ones.
        progress: called with a word and the share done.

    Returns:
        A condition for each row of the table, the trained one first.
    """
    trained = agent.policy.cores[0].memory_size if agent.policy.cores else None
    sizes = [None] if trained is None else [trained * factor for factor in MEMORY_FACTORS]
    most = LESSONS[-1].goals[1]
    kinds: list[tuple[str, int, Callable[[PuzzleBatch], PuzzleBatch] | None]] = [
        ("as trained", most, None),
        ("letters A to Z", most, in_order),
        ("letters Z to A", most, partial(in_order, descending=True)),
        *(("more goals", goals, None) for goals in MORE_GOALS),
    ]
    rows = []
    for index, (name, goals, rename) in enumerate(kinds):
        ranges = replace(LESSONS[-1], goals=(goals, goals))
        rng = np.random.default_rng([seed, goals])
        puzzles = Sampler(world.board_size, None, ranges).generate(rng, episodes)
        if rename is not None:
            puzzles = rename(puzzles)
        for size in sizes:
            if progress:
                progress(f"{name}, {goals} goals", index / len(kinds))
            if size is None:
                final = play(agent, world, puzzles, ranges, seed=seed)
            else:
                with memory_size(agent, size):
                    final = play(agent, world, puzzles, ranges, seed=seed)
            rows.append(Condition(name, goals, size, score(final)))
    return rows
