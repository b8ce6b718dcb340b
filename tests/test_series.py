"""Series of trainings: what is run, what is kept, and that a stopped one goes on."""

import csv
import dataclasses
import json
import sys

import pytest

from benchmarks.series import SERIES, Series, members, running, train_all
from benchmarks.series.__main__ import main

SMALL = Series(
    "copy",
    0.03,
    {"four": ("--hidden-size", "4"), "five": ("--hidden-size", "5")},
    shared=("--gate-every", "5"),
    evaluate=("--episodes", "10"),
)


@pytest.fixture
def small(monkeypatch, tmp_path):
    monkeypatch.setitem(SERIES, "small", SMALL)

    def run(*flags):
        where = ["--runs", str(tmp_path / "runs"), "--out", str(tmp_path / "out"), "--seeds", "0"]
        monkeypatch.setattr(sys, "argv", ["series", "small", *where, *flags])
        return main()

    return run


def test_a_series_keeps_checks_evaluations_commands_and_a_plot(small, tmp_path):
    out = tmp_path / "out"
    assert small("--only", "four") == 0
    assert sorted(path.name for path in (out / "small").iterdir()) == [
        "four-s0.csv",
        "four-s0.json",
        "runs.csv",
    ]
    before = (out / "small" / "four-s0.csv").read_text()
    assert small("--workers", "2") == 0
    assert (out / "small" / "four-s0.csv").read_text() == before
    rows = list(csv.DictReader((out / "small" / "runs.csv").read_text().splitlines()))
    assert [(row["name"], row["seed"]) for row in rows] == [("five", "0"), ("four", "0")]
    assert "shrdlu train copy --run RUN --seed 0 " in rows[0]["command"]
    assert rows[0]["command"].endswith("--hidden-size 5 --gate-every 5 --minutes 0.03")
    found = json.loads((out / "small" / "five-s0.json").read_text())
    assert {row["episodes"] for row in found["conditions"]} == {10}
    assert (out / "small.png").stat().st_size > 1000


def test_a_stopped_run_gets_the_rest_of_its_minutes_and_is_not_taken_for_finished(tmp_path, monkeypatch):
    series = Series("copy", 0.05, {"four": ("--hidden-size", "4")})
    member = next(members("stopped", series, (0,), tmp_path, tmp_path))
    assert member.left() == 0.05
    half = dataclasses.replace(member, series=dataclasses.replace(series, minutes=0.02))
    list(train_all([half], 1))
    assert 0 < member.left() < 0.035
    list(train_all([member], 1))
    assert member.left() < 0.01
    trained = member.run.joinpath("agent.safetensors").read_bytes()
    list(train_all([member], 1))
    assert member.run.joinpath("agent.safetensors").read_bytes() == trained
    monkeypatch.setattr(running, "_shrdlu", lambda arguments: "stopped: asked to. Lesson 1")
    with pytest.raises(RuntimeError, match="asked to stop; the series goes on from there"):
        list(train_all([dataclasses.replace(member, series=dataclasses.replace(series, minutes=1.0))], 1))


def test_what_fails_is_named(tmp_path):
    broken = Series("copy", 1.0, {"broken": ("--hidden-size", "0")})
    member = next(members("broken", broken, (0,), tmp_path, tmp_path))
    with pytest.raises(RuntimeError, match=r"shrdlu train copy .* exit code 2: .*hidden_size=0"):
        list(train_all([member], 1))


@pytest.mark.parametrize("flags", [("none",), ("ladder", "--workers", "0"), ("ladder", "--only", "wings")])
def test_what_there_is_is_said(monkeypatch, capsys, flags):
    monkeypatch.setattr(sys, "argv", ["series", *flags])
    assert main() == 2
    assert "error: " in capsys.readouterr().err


def test_the_ladder_takes_away_each_help_and_all():
    ladder = SERIES["ladder"].settings
    single = [flags for name, flags in ladder.items() if name not in ("helped", "no-help")]
    assert ladder["helped"] == ()
    assert ladder["no-help"] == sum(single, ())
