"""How fast every registered environment runs: steps per second of CPU time, on its hardest lesson.

Episodes are drawn and, where a world has a planner, planned within the time that is measured.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import gymnasium as gym

from shrdlu_env.blocks.lessons import LESSONS
from shrdlu_env.checks import check_whole
from shrdlu_env.graphs.arrays import INFERENCE, NAVIGATION, SHORTEST_PATH, TRAVERSAL
from shrdlu_env.graphs.sampling import LESSONS as GRAPH_LESSONS
from shrdlu_env.registry import ENV_IDS

REPEATS = 3
#: The last lesson of the worlds that have lessons, by id; the others are measured as they are made.
LAST_LESSONS = {
    "shrdlu_env/MiniShrdlu-v0": len(LESSONS),
    "shrdlu_env/GraphTraversal-v0": len(GRAPH_LESSONS[TRAVERSAL]),
    "shrdlu_env/GraphShortestPath-v0": len(GRAPH_LESSONS[SHORTEST_PATH]),
    "shrdlu_env/GraphInference-v0": len(GRAPH_LESSONS[INFERENCE]),
    "shrdlu_env/GraphNavigation-v0": len(GRAPH_LESSONS[NAVIGATION]),
}


def best_rate(work: Callable[[], int]) -> float:
    """Units per CPU second of the best of a few runs; the work says how many units it did."""
    rates = []
    for _ in range(REPEATS):
        begin = time.process_time()
        units = work()
        rates.append(units / (time.process_time() - begin))
    return max(rates)


def bench_worlds(*, num_envs: int = 1024, steps: int = 300, seed: int = 0) -> dict[str, dict[str, Any]]:
    """Measure every registered id, native vector environment and single one, with random actions.

    Args:
        num_envs: sub-environments of the vector environment.
        steps: vector steps per run; the single environment makes ten times as many.
        seed: seed of episodes and actions.

    Returns:
        By id: `lesson` (None: as the id is made without arguments) and the rates in environment steps per CPU second.

    Raises:
        TypeError: an argument is no whole number.
        ValueError: an argument is out of range.
    """
    check_whole("num_envs", num_envs, 1)
    check_whole("steps", steps, 1)
    found: dict[str, dict[str, Any]] = {}
    for env_id in ENV_IDS:
        lesson = LAST_LESSONS.get(env_id)
        given: dict[str, Any] = {} if lesson is None else {"lesson": lesson}
        vector = gym.make_vec(env_id, num_envs, "vector_entry_point", **given)
        single = gym.make(env_id, disable_env_checker=True, **given)
        found[env_id] = {
            "lesson": lesson,
            "vector_steps_per_s": round(best_rate(_vector_work(vector, steps, seed))),
            "single_steps_per_s": round(best_rate(_single_work(single, 10 * steps, seed))),
        }
        vector.close()
        single.close()
    return found


def _begin(env: Any, seed: int) -> list[Any]:
    """Reset an environment, single or of many, and draw some actions to go round in."""
    env.reset(seed=seed)
    env.action_space.seed(seed)
    return [env.action_space.sample() for _ in range(64)]


def _vector_work(env: Any, steps: int, seed: int) -> Callable[[], int]:
    actions = _begin(env, seed)

    def work() -> int:
        for step in range(steps):
            env.step(actions[step % 64])
        return steps * int(env.num_envs)

    work()  # so that all is compiled and sub-environments are no longer in step
    return work


def _single_work(env: Any, steps: int, seed: int) -> Callable[[], int]:
    actions = _begin(env, seed)

    def work() -> int:
        over = True
        for step in range(steps):
            if over:
                env.reset()
            _, _, terminated, truncated, _ = env.step(actions[step % 64])
            over = terminated or truncated
        return steps

    work()
    return work
