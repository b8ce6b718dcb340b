"""The fixed set of Mini-SHRDLU: puzzles of the last lesson."""

from __future__ import annotations

from typing import Any

import numpy as np

from dnc_agent import EpisodicActorCritic
from shrdlu_env.blocks.layout import Layout
from shrdlu_env.blocks.lessons import LESSONS
from shrdlu_env.blocks.puzzles import PuzzleBatch
from shrdlu_env.blocks.sampling import Sampler
from train.errors import UsageError
from train.experiment import DrawnSet, Progress, Report
from train.experiments.mini_shrdlu.evaluation import play, score
from train.experiments.mini_shrdlu.report import lessons_to_markdown, lessons_to_rich, score_to_json
from train.experiments.mini_shrdlu.settings import WorldConfig

LESSON = len(LESSONS)
PUZZLES = 1000
SEED = 20_161_012
#: On the paper's board, whatever an agent's own settings.
WORLD = WorldConfig()


def draw_set() -> DrawnSet:
    """So many puzzles of the last lesson: 10 goals of 1 to 6 constraints, 1 to 7 moves away."""
    puzzles = Sampler(WORLD.board_size, LESSON).generate(np.random.default_rng(SEED), PUZZLES)

    def judge(agent: EpisodicActorCritic, config: Any, flags: Any, progress: Progress, title: str) -> Report:
        return score_on(puzzles, agent, progress, title)

    return DrawnSet(told(puzzles), judge)


def told(puzzles: PuzzleBatch) -> list[Any]:
    """The arrays of puzzles, with nothing in those rows of the description that mean nothing."""
    lengths = puzzles.meta[:, -1]
    meant = np.arange(puzzles.steps.shape[1]) < lengths[:, None]
    return list(puzzles._replace(steps=np.where(meant[..., None], puzzles.steps, 0)))


def score_on(puzzles: PuzzleBatch, agent: EpisodicActorCritic, progress: Progress, title: str) -> Report:
    """Shares of puzzles solved, by the most probable actions.

    Raises:
        UsageError: if the agent is one of another board.
    """
    wanted, found = Layout(WORLD.board_size).size, agent.policy.observation_size
    if found != wanted:
        raise UsageError(f"the set is for agents that observe {wanted} features; this one observes {found}")
    progress("puzzles", 0.1)
    result = score(play(agent, WORLD, puzzles, LESSONS[LESSON - 1], seed=SEED))
    scores = {LESSON: result}
    return Report(
        score_to_json(result), f"# {title}\n\n{lessons_to_markdown(scores)}", [lessons_to_rich(scores, title)]
    )
