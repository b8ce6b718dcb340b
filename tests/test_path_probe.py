"""The probe of shortest paths by length."""

from pathlib import Path

import pytest

from benchmarks import path_probe

AGENT = Path("checkpoints/shortest-path-helped")


def test_the_helped_agent_finds_every_length_and_the_walker_fewer_the_longer(tmp_path, monkeypatch):
    monkeypatch.setattr(path_probe, "EDGES", (1, 3))
    monkeypatch.setattr(path_probe, "DEGREES", ((1, 2),))
    rows = path_probe.measure("helped", AGENT, 3, 64, 0)
    assert [(row["degree"], row["edges"]) for row in rows] == [("1 to 2", 1), ("1 to 2", 3)]
    assert all(row["accuracy"] > 0.95 for row in rows)
    # At best every node has one edge; at worst two, and one of them is right.
    assert 0.5 < rows[0]["any_edge"] < 0.9
    assert rows[1]["any_edge"] == pytest.approx(0.35, abs=0.2)
    path_probe.draw(rows, tmp_path / "paths.png")
    assert (tmp_path / "paths.png").stat().st_size > 1000
