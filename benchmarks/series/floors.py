"""What scores are worth: on the fixed sets, chance, the planner that has forgotten what is asked, and the planner.

python -m benchmarks.series.floors > docs/results/reference/floors.json
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.blocks.lessons import LESSONS
from shrdlu_env.blocks.puzzles import CHOSEN, NUM_GOALS, PuzzleBatch
from shrdlu_env.blocks.sampling import Sampler
from shrdlu_env.blocks.vector import MiniShrdluVectorEnv
from shrdlu_env.graphs.arrays import Episodes
from shrdlu_env.graphs.envs import GraphShortestPathVectorEnv
from shrdlu_env.text import WORDS
from train import experiments
from train.experiments.babi import fixed as babi
from train.experiments.babi.report import generated
from train.experiments.graphs import fixed as graphs
from train.experiments.graphs.experiment import PathExperiment
from train.experiments.graphs.settings import GraphConfig
from train.experiments.graphs.sources import make_sampler
from train.experiments.mini_shrdlu import fixed as blocks
from train.experiments.navigation import fixed as navigation
from train.experiments.navigation import walkers
from train.experiments.navigation.evaluating import draw, place_of_lesson
from train.experiments.navigation.settings import LESSONS as WALKS

#: Names of the three, worst first.
KINDS = ("chance", "without memory", "planner")
Floors = tuple[float, float, float]


def mini_shrdlu(rng: np.random.Generator, count: int = blocks.PUZZLES) -> Floors:
    """Share of the constraints satisfied: any legal move; the way to any goal described; the way to the goal."""
    puzzles = Sampler(blocks.WORLD.board_size, len(LESSONS)).generate(
        np.random.default_rng(blocks.SEED), count
    )
    meta = puzzles.meta.copy()
    meta[:, CHOSEN] = rng.integers(meta[:, NUM_GOALS])
    return (
        _satisfied(
            puzzles, puzzles, lambda infos: rng.random(infos["action_mask"].shape) * infos["action_mask"]
        ),
        _satisfied(puzzles, puzzles._replace(meta=meta), lambda infos: infos["optimal_actions"]),
        _satisfied(puzzles, puzzles, lambda infos: infos["optimal_actions"]),
    )


def _satisfied(
    puzzles: PuzzleBatch, believed: PuzzleBatch, prefer: Callable[[dict[str, Any]], NDArray[Any]]
) -> float:
    """Play puzzles by what is preferred in the infos of others that they are believed to be."""
    count, extra = puzzles.num_puzzles, blocks.WORLD.extra_moves
    true, twin = (
        MiniShrdluVectorEnv(count, lesson=len(LESSONS), extra_moves=moves, autoreset_mode="Disabled")
        for moves in (extra, extra + 100)
    )
    _, infos = true.reset(options={"puzzles": puzzles})
    _, seen = twin.reset(options={"puzzles": believed})
    over = np.zeros(count, bool)
    while not over.all():
        actions = prefer(seen).argmax(1)
        _, _, over, _, infos = true.step(actions)
        seen = twin.step(actions)[4]
    return float(infos["satisfied"].mean())


def walking(rng: np.random.Generator, count: int = navigation.WALKS) -> Floors:
    """Share of shortest walks: any sign; the shortest way to any node; the shortest way."""
    place = place_of_lesson(WALKS)
    episodes = draw(navigation.WORLD, place, count, np.random.default_rng(navigation.SEED))
    chance, without = (
        walkers.walk(choose, navigation.WORLD, place, episodes).shortest / count
        for choose in (walkers.any_sign(rng), walkers.without_goal(rng, episodes))
    )
    return chance, without, 1.0


def shortest_path(rng: np.random.Generator, count: int = graphs.EPISODES) -> Floors:
    """Share of shortest paths: any digits never make a triple; any edge that leaves; the planner."""
    experiment = PathExperiment()
    usual, task = experiment.default(), experiment.task
    assert isinstance(usual, GraphConfig)
    sampler, arguments = make_sampler(usual, task.number, task.lessons)
    episodes = sampler.generate(np.random.default_rng(graphs.SEED), count)
    return 0.0, any_edges(rng, episodes, arguments), 1.0


def any_edges(rng: np.random.Generator, episodes: Episodes, arguments: dict[str, Any]) -> float:
    """Share of shortest paths of a walker that takes any edge that leaves where it stands.

    Args:
        rng: of its choices.
        episodes: that it walks.
        arguments: of the sampler that drew them.
    """
    env = GraphShortestPathVectorEnv(len(episodes.meta), autoreset_mode="Disabled", **arguments)
    env.reset(options={"episodes": episodes})
    over, rows = np.zeros(env.num_envs, bool), np.arange(env.num_envs)
    while not over.all():
        triples, _ = env.simulation.leaving()
        chosen = triples[rows, (rng.random(triples.shape[:2]) * (triples[..., 0] >= 0)).argmax(1)]
        digits = np.maximum(chosen, 0)[..., None] // np.array([100, 10, 1]) % 10
        _, _, over, _, infos = env.step(digits.reshape(env.num_envs, 9))
    return float(infos["perfect"].mean())


def questions(rng: np.random.Generator, per_task: int = babi.QUESTIONS) -> Floors:
    """Mean share of questions answered right: any word; the task's commonest answer; the rules that made them."""
    commonest = {
        task: Counter(
            answer for kind, answer in _answers(per_task, babi.SEED + 1) if kind == task
        ).most_common(1)[0][0]
        for task in range(1, 21)
    }
    right: dict[int, list[bool]] = {task: [] for task in commonest}
    for task, answer in _answers(per_task, babi.SEED):
        right[task].append(answer == commonest[task])
    return 1 / len(WORDS), float(np.mean([np.mean(found) for found in right.values()])), 1.0


def _answers(per_task: int, seed: int) -> list[tuple[int, tuple[str, ...]]]:
    stories = generated(per_task, seed)
    return [(story.task, line.answer) for story in stories for line in story.lines if line.answer]


#: By experiment. Of a walk or a relation whose question is forgotten nothing is left; of bits, half are right anyway.
FLOORS: dict[str, Callable[[np.random.Generator], Floors]] = {
    "mini-shrdlu": mini_shrdlu,
    "navigation": walking,
    "traversal": lambda rng: (0.0, 0.0, 1.0),
    "shortest-path": shortest_path,
    "inference": lambda rng: (0.0, 0.0, 1.0),
    "copy": lambda rng: (0.5, 0.5, 1.0),
    "repeat-copy": lambda rng: (0.5, 0.5, 1.0),
    "associative-recall": lambda rng: (0.5, 0.5, 1.0),
    "babi": questions,
}


def main() -> None:
    """See the module."""
    assert FLOORS.keys() == experiments.ROWS.keys()
    found = {
        name: dict(zip(KINDS, floor(np.random.default_rng(0)), strict=True)) for name, floor in FLOORS.items()
    }
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
