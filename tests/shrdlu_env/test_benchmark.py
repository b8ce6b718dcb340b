"""The benchmark runs and tells what it says; how fast it is, no test asks."""

import json

import pytest

from shrdlu_env.benchmark import bench_env


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
    }
    parts = result.pop("vector_step_us")
    assert parts.keys() == {"step", "advance", "begin", "observe", "infos", "floor", "shell"}
    assert all(value >= 0 for value in result.values())


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="steps=0"):
        bench_env(steps=0)
