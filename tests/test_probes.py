"""Probes that no test of their own goes through: each runs as it stands, on little, and says what it is to say."""

import re
from pathlib import Path

import pytest

from benchmarks import navigation_probe, planning_budget, planning_probe, readout_probe, recall_probe

CHECKPOINTS = Path("checkpoints")


def test_readout(capsys):
    readout_probe.main(
        readout_probe.Probe(CHECKPOINTS / "mini-shrdlu", lessons=(1,), puzzles=1000, hidden=8, epochs=20)
    )
    lines = capsys.readouterr().out.splitlines()
    found = [
        re.fullmatch(r"lesson 1, (.+): constraints found (.+), all of them (.+)", line) for line in lines
    ]
    assert [match and match[1] for match in found] == ["linear", "hidden layer"]
    # One of 144 by chance; what the trained core makes of the cue says which.
    assert float(found[0][2]) > 0.3


def test_readout_is_of_one_experiment():
    with pytest.raises(SystemExit, match="is an agent of navigation; must be of mini-shrdlu"):
        readout_probe.main(readout_probe.Probe(CHECKPOINTS / "navigation"))


@pytest.mark.parametrize("core", ["dnc", "lstm"])
def test_recall(core):
    said = recall_probe.main(recall_probe.Probe(core, updates=20, batch=8, hidden_size=16, read_strength=4.0))
    assert 0 <= said["right"] <= 1
    assert said["updates_to_90_percent"] is None


def test_navigation_by_hand():
    said = navigation_probe.measure(navigation_probe.Probe(episodes=64))
    assert said["gates by hand, 6 sweeps"]["accuracy"] > said["untrained"]["accuracy"]


@pytest.mark.parametrize("head", ["plain", "relational"])
def test_planning_alone(head):
    probe = planning_probe.Probe(head=head, minutes=1e-4, batch=32, check=32)
    assert planning_probe.main(probe) == 1


def test_planning_budget(tmp_path, monkeypatch):
    monkeypatch.setattr(planning_budget, "BUDGETS", (10, 0.5))
    rows = planning_budget.measure("helped", CHECKPOINTS / "shortest-path-helped", 1, 32, 0)
    assert [row["planning_steps"] for row in rows] == ["10", "0.5 an edge"]
    assert all(row["low"] < row["accuracy"] == 1 for row in rows)
    planning_budget.draw(rows, tmp_path / "planning.png")
    assert (tmp_path / "planning.png").stat().st_size > 1000


@pytest.mark.parametrize(
    ("agents", "word"),
    [
        (["helped"], "must be name=PATH"),
        ([f"helped={CHECKPOINTS / 'navigation'}"], "is an agent of navigation; must be of shortest-path"),
        (["helped=nowhere"], "nowhere"),
    ],
)
def test_agents_that_do_not_fit_are_refused_by_name(agents, word, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["planning_budget", *agents, "--out", str(tmp_path)])
    with pytest.raises(SystemExit) as refused:
        planning_budget.main()
    assert refused.value.code == 2
    assert word in capsys.readouterr().err.splitlines()[-1]
