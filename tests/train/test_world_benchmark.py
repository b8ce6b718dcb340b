"""The profile of an update adds up; its figures are the machine's business."""

import pytest

from train.operations import count_operations
from train.world_benchmark import bench_world


def test_every_case_is_profiled():
    result = bench_world(lessons=(1, 3), batches=(8,))
    cases = [(profile["lesson"], profile["episodes"], profile["backend"]) for profile in result["profiles"]]
    assert cases == [(1, 8, "tables"), (1, 8, "numpy"), (3, 8, "tables"), (3, 8, "numpy")]
    for profile in result["profiles"]:
        parts = profile["cpu_seconds"]
        assert set(parts) == {"drawing_ahead", "environment", "transfers", "acting", "learning"}
        outside = parts["drawing_ahead"] + parts["environment"] + parts["transfers"]
        assert profile["share"] == pytest.approx(outside / sum(parts.values()), abs=0.01)
        assert (parts["drawing_ahead"] > 0) == (profile["backend"] == "tables")
        assert parts["environment"] > 0
        assert parts["learning"] > 0
    assert [counted["lesson"] for counted in result["operations"]] == [1, 3]
    of_tables = [profile["share"] for profile in result["profiles"] if profile["backend"] == "tables"]
    assert result["worst_share"] == max(of_tables)
    # Lesson 1: 8 episodes of 7 steps after 4 descriptions of 2 steps with 97 features.
    first, second = result["profiles"][:2]
    assert first["steps"] == second["steps"] == 56
    told = 2 * 4 * 97 * 4 + 2 * 4 + 8 * 8
    assert (first["bytes_up"], first["bytes_down"]) == (told + 8 * 8 * 6, 56 * 4 + 3 * 8 * 8)
    assert (second["bytes_up"], second["bytes_down"]) == (told + 8 * 8 * 97 * 4, 56 * 8)


def test_the_environment_asks_little_of_a_device():
    """The share that had to be below 20 %, where it is the same on every machine."""
    counted = count_operations(26, episodes=64)
    parts = [counted[name] for name in ("environment", "acting", "learning")]
    assert counted["share"] == pytest.approx(parts[0] / sum(parts), abs=1e-5)
    assert counted["share"] < 0.05
    # Of every step some operations, of the longest episode 13 steps.
    assert 13 * 20 < counted["environment"] < 13 * 50
    assert count_operations(26, episodes=64) == counted


def test_no_updates_are_refused():
    with pytest.raises(ValueError, match="updates=0"):
        bench_world(updates=0)
