"""The profile of an update adds up; its figures are the machine's business."""

import pytest

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
    of_tables = [profile["share"] for profile in result["profiles"] if profile["backend"] == "tables"]
    assert result["worst_share"] == max(of_tables)
    # Lesson 1: 8 episodes of 7 steps after 4 descriptions of 2 steps with 97 features.
    first, second = result["profiles"][:2]
    assert first["steps"] == second["steps"] == 56
    told = 2 * 4 * 97 * 4 + 2 * 4 + 8 * 8
    assert (first["bytes_up"], first["bytes_down"]) == (told + 8 * 8 * 6, 56 * 4 + 3 * 8 * 8)
    assert (second["bytes_up"], second["bytes_down"]) == (told + 8 * 8 * 97 * 4, 56 * 8)


def test_no_updates_are_refused():
    with pytest.raises(ValueError, match="updates=0"):
        bench_world(updates=0)
