"""The benchmark runs and tells what it says; how fast it is, no test asks."""

import json

import gymnasium as gym
import pytest

from shrdlu_env import ENV_IDS
from shrdlu_env.benchmark import bench_env
from shrdlu_env.benchmark_worlds import LAST_LESSONS, bench_worlds


def test_keys():
    result = bench_env(num_envs=4, lesson=1, steps=3)
    json.dumps(result)
    assert set(result) == {
        "num_envs",
        "lesson",
        "board_size",
        "steps",
        "seed",
        "vector_steps_per_s",
        "vector_steps_per_s_no_planner",
        "vector_step_us",
        "single_steps_per_s",
        "single_resets_per_s",
        "puzzles_per_s",
        "vector_reset_us_per_episode",
        "worlds",
    }
    assert result.pop("worlds").keys() == set(ENV_IDS)
    parts = result.pop("vector_step_us")
    assert parts.keys() == {"step", "advance", "begin", "observe", "infos", "floor", "shell"}
    assert all(value >= 0 for value in result.values())


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="steps=0"):
        bench_env(steps=0)


def test_every_world_is_measured_on_its_last_lesson():
    found = bench_worlds(num_envs=2, steps=3)
    assert found.keys() == set(ENV_IDS)
    assert {env_id: row["lesson"] for env_id, row in found.items() if row["lesson"]} == LAST_LESSONS
    for row in found.values():
        assert row.keys() == {"lesson", "vector_steps_per_s", "single_steps_per_s"}
        assert row["vector_steps_per_s"] > 0 < row["single_steps_per_s"]


@pytest.mark.parametrize("env_id", ENV_IDS)
def test_worlds_with_lessons_have_no_later_one(env_id):
    env = gym.make(env_id).unwrapped
    last = LAST_LESSONS.get(env_id, 0)
    if last:
        env.set_lesson(last)
    with pytest.raises(ValueError, match=f"lesson={last + 1}"):
        env.set_lesson(last + 1)


@pytest.mark.parametrize("argument", ["num_envs", "steps"])
def test_worlds_want_at_least_one(argument):
    with pytest.raises(ValueError, match=f"{argument}=0"):
        bench_worlds(**{argument: 0})
