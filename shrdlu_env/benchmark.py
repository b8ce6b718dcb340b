"""How fast the environments run: steps per second of CPU time, one core, generation of puzzles included.

CPU time (`time.process_time`), because machines are shared. Compiling and building tables is done before the
clock starts. The keys of the result are told in docs/reference/environment.md, 'Speed'.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from shrdlu_env.benchmark_worlds import bench_worlds, best_rate
from shrdlu_env.blocks import MiniShrdluEnv, MiniShrdluVectorEnv
from shrdlu_env.blocks.rules import num_actions
from shrdlu_env.blocks.sampling import Sampler


def bench_env(
    *, num_envs: int = 1024, lesson: int = 26, steps: int = 1000, board_size: int = 3, seed: int = 0
) -> dict[str, Any]:
    """Measure Mini-SHRDLU (vector environment, single one, puzzle generation) and then every world, random actions.

    Args:
        num_envs: sub-environments of the vector environment.
        lesson: lesson that puzzles are drawn from.
        steps: vector steps per run; the single environment makes 20 times as many.
        board_size: S.
        seed: seed of puzzles and actions.

    Returns:
        The settings and the rates, in units per CPU second; `worlds`: `bench_worlds` of as many sub-environments.

    Raises:
        ValueError: an argument is out of range.
    """
    if steps < 1:
        raise ValueError(f"steps={steps!r}: must be at least 1")
    result: dict[str, Any] = {
        "num_envs": num_envs,
        "lesson": lesson,
        "board_size": board_size,
        "steps": steps,
        "seed": seed,
    }
    for key, planner_info in (("vector_steps_per_s", True), ("vector_steps_per_s_no_planner", False)):
        vector = MiniShrdluVectorEnv(
            num_envs, lesson=lesson, board_size=board_size, planner_info=planner_info
        )
        result[key] = round(best_rate(_vector_work(vector, steps, seed)))
    vector = MiniShrdluVectorEnv(num_envs, lesson=lesson, board_size=board_size)
    result["vector_step_us"] = _taken_apart(vector, steps, seed)
    single = MiniShrdluEnv(lesson=lesson, board_size=board_size)
    result["single_steps_per_s"] = round(best_rate(_single_work(single, 20 * steps, seed)))
    result["single_resets_per_s"] = round(best_rate(_reset_work(single, steps, seed)))
    sampler, rng = Sampler(board_size, lesson), np.random.default_rng(seed)
    sampler.generate(rng, 1000)

    def generate() -> int:
        sampler.generate(rng, num_envs)
        return num_envs

    result["puzzles_per_s"] = round(best_rate(generate))
    result["vector_reset_us_per_episode"] = round(1e6 / best_rate(_vector_reset_work(vector)), 3)
    result["worlds"] = bench_worlds(num_envs=num_envs, steps=min(steps, 300), seed=seed)
    return result


def _vector_work(env: MiniShrdluVectorEnv, steps: int, seed: int) -> Callable[[], int]:
    actions = np.random.default_rng(seed).integers(0, num_actions(env.layout.board_size), (64, env.num_envs))
    env.reset(seed=seed)
    # Two episodes' worth, so that the sub-environments are no longer in step and all tables are there.
    for step in range(150):
        env.step(actions[step % 64])

    def work() -> int:
        for step in range(steps):
            env.step(actions[step % 64])
        return steps * env.num_envs

    return work


def _taken_apart(env: MiniShrdluVectorEnv, steps: int, seed: int) -> dict[str, float]:
    """Microseconds of CPU time of a vector step by what it is spent on, medians.

    `floor` is to write the observations, all zero, and nothing else; `shell` what Gymnasium's side adds to the world's.
    """
    _vector_work(env, 0, seed)
    actions = np.random.default_rng(seed).integers(0, num_actions(env.layout.board_size), (64, env.num_envs))
    world, rng, rows = env.simulation, env.np_random, np.arange(env.num_envs)
    spent: dict[str, list[float]] = {
        name: [] for name in ("step", "advance", "begin", "observe", "infos", "floor")
    }

    def timed(name: str, work: Callable[[], object]) -> None:
        begin = time.process_time()
        work()
        spent[name].append(1e6 * (time.process_time() - begin))

    def put_zeros() -> None:
        np.empty((env.num_envs, env.layout.size), np.float32).fill(0.0)

    for step in range(steps):
        chosen = actions[step % 64]
        timed("step", lambda chosen=chosen: env.step(chosen))  # type: ignore[misc]
        over = np.flatnonzero(world.over)
        timed("advance", lambda chosen=chosen: world.advance(chosen))  # type: ignore[misc]
        timed("begin", lambda over=over: world.begin(rng, over))  # type: ignore[misc]
        out = np.empty((env.num_envs, env.layout.size), np.float32)
        timed("observe", lambda out=out: world.observe(rows, out))  # type: ignore[misc]
        timed("infos", world.infos)
        timed("floor", put_zeros)
    found = {name: float(np.median(times)) for name, times in spent.items()}
    found["shell"] = found["step"] - sum(found[name] for name in ("advance", "begin", "observe", "infos"))
    return {name: round(value, 1) for name, value in found.items()}


def _single_work(env: MiniShrdluEnv, steps: int, seed: int) -> Callable[[], int]:
    actions = np.random.default_rng(seed).integers(0, num_actions(env.layout.board_size), steps).tolist()
    env.reset(seed=seed)

    def work() -> int:
        terminated = True
        for action in actions:
            if terminated:
                env.reset()
            _, _, terminated, _, _ = env.step(action)
        return steps

    work()
    return work


def _reset_work(env: MiniShrdluEnv, resets: int, seed: int) -> Callable[[], int]:
    env.reset(seed=seed)

    def work() -> int:
        for _ in range(resets):
            env.reset()
        return resets

    return work


def _vector_reset_work(env: MiniShrdluVectorEnv) -> Callable[[], int]:
    def work() -> int:
        for _ in range(20):
            env.reset()
        return 20 * env.num_envs

    return work
