"""The probe of where a walk that is asked for is kept."""

from pathlib import Path

import pytest

from benchmarks import walk_probe

AGENT = Path("checkpoints/traversal-helped")


def test_the_helped_agent_reads_the_walk_with_one_of_its_two_heads(tmp_path):
    rows = walk_probe.measure("helped", AGENT, 3, 64, 0)
    assert [row["triple"] for row in rows] == [1, 2, 3]
    assert rows[0]["walks"] == 64 > rows[1]["walks"] > rows[2]["walks"] > 0
    assert all(row["wrong"] < 0.1 for row in rows)
    # The head is one ahead: with the last triple there is nothing left to read of the walk.
    assert [row["read_of_walk"] for row in rows] == pytest.approx([0.33, 0.25, 0.0], abs=0.17)
    walk_probe.draw(rows, tmp_path / "walks.png")
    assert (tmp_path / "walks.png").stat().st_size > 1000
