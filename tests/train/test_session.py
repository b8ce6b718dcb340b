"""What every experiment gets from the generic session, shown on one that only counts."""

import csv
import json
import shlex

import pytest
from tensorboard.compat.proto.event_pb2 import Event

from dnc_agent.checkpoint import read_checkpoint, write_checkpoint
from tests.fuzz.kills import curves
from tests.train.toy import Toy, ToyConfig, ToyLearner, meta, rows, train
from train import commands, running, session
from train.agents import identify
from train.cli import main
from train.errors import TrainingError, UsageError
from train.experiment import Gate
from train.rundir import PREVIOUS_NAME, RunDirectory
from train.settings import with_settings
from train.tables import _records, cut_logs

pytestmark = pytest.mark.usefixtures("toy")


def last_line(capsys):
    return capsys.readouterr().out.strip().splitlines()[-1]


def logged(path):
    return [
        float(row["time/total_timesteps"])
        for file in sorted((path / "log").glob("progress-*.csv"))
        if file.stat().st_size
        for row in csv.DictReader(file.read_text().splitlines())
    ]


def events(path):
    return [
        Event.FromString(event).step
        for file in sorted((path / "log").glob("events.*"))
        for _, event in _records(file.read_bytes())
    ]


def test_a_fresh_run_begins_once_and_a_resumed_one_does_not(tmp_path):
    assert train(tmp_path, 8).begun == 1
    assert train(tmp_path, 16).begun == 0


def test_the_command_at_the_end_can_be_copied(tmp_path, capsys):
    """Whatever the directory is called, and however long its name is."""
    run = tmp_path / f"[red] leer zeichen {'x' * 90}"
    train(run, 8)
    lines = capsys.readouterr().out.splitlines()
    assert f"run directory: {run}" in lines
    assert f"watch it play: shrdlu watch {shlex.quote(str(run))}" in lines


def test_parts_are_the_whole(tmp_path):
    # The last but one ends with a check of the gate, past the small numbers that Python keeps once each.
    for episodes in (4, 20, 36, 1200, 1220):
        train(tmp_path / "parts", episodes)
    train(tmp_path / "whole", 1220)
    one, other = meta(tmp_path / "parts"), meta(tmp_path / "whole")
    assert one["counters"] == other["counters"]
    assert one["rng"] == other["rng"]
    for run in (one["extra"]["run"], other["extra"]["run"]):
        del run["seconds"], run["sessions"]
    assert one["extra"]["run"] == other["extra"]["run"]
    assert rows(tmp_path / "parts") == rows(tmp_path / "whole")
    assert logged(tmp_path / "parts") == logged(tmp_path / "whole")


def test_the_gate_decides_by_its_score_against_the_threshold(tmp_path, monkeypatch):
    """Whatever else is in the row; at the threshold a lesson is complete."""
    scores = iter([0.84, 0.85, 0.1, 0.9, 0.99])
    found = []

    def scripted(self, learner, config, lesson, rng):
        found.append(lesson)
        return Gate(next(scores), {"success": 1.0})

    monkeypatch.setattr(Toy, "gate", scripted)
    train(tmp_path, 40)
    assert found == [1, 1, 2, 2, 3]
    assert [row["passed"] for row in rows(tmp_path)] == ["0", "1", "0", "1", "1"]
    assert [row["accuracy"] for row in rows(tmp_path)] == ["0.84", "0.85", "0.1", "0.9", "0.99"]


def test_the_first_checkpoint_is_written_at_once(tmp_path, monkeypatch):
    def killed(self):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(ToyLearner, "update", killed)
        with pytest.raises(KeyboardInterrupt):
            train(tmp_path, 8)
    assert meta(tmp_path)["counters"] == [0, 0, 0]
    train(tmp_path / "straight", 40)
    train(tmp_path, 40)
    assert meta(tmp_path)["rng"] == meta(tmp_path / "straight")["rng"]


class TestWhatIsNotFinite:
    def test_the_last_finite_checkpoint_is_kept(self, tmp_path, monkeypatch):
        monkeypatch.setattr(session, "CHECKPOINT_SECONDS", 0.0)
        with pytest.raises(
            TrainingError, match=r"update 7: .* after update 6; try .*--branch .*--learning-rate"
        ):
            train(tmp_path / "run", 100, breaks_at=7)
        assert meta(tmp_path / "run")["counters"][2] == 6
        assert read_checkpoint(tmp_path / "run" / PREVIOUS_NAME)[1]["counters"][2] == 5

    def test_a_run_that_never_got_anywhere_leaves_nothing(self, tmp_path):
        with pytest.raises(TrainingError, match="nothing was kept"):
            train(tmp_path / "run", 100, breaks_at=1)
        assert not (tmp_path / "run").exists()

    def test_the_command_that_is_proposed_can_be_copied(self, tmp_path, monkeypatch):
        monkeypatch.setattr(session, "CHECKPOINT_SECONDS", 0.0)
        run = tmp_path / "with a blank"
        with pytest.raises(TrainingError) as caught:
            train(run, 100, breaks_at=7)
        assert f"--branch {shlex.quote(str(run))} with a smaller --learning-rate" in str(caught.value)

    def test_exit_code_and_one_line(self, tmp_path, capsys):
        with pytest.raises(SystemExit) as ended:
            main(["train", "toy", "--run", str(tmp_path / "run"), "--breaks-at", "3", "--quiet"])
        assert ended.value.code == 1
        said = capsys.readouterr().err
        assert said.startswith("error: update 3")
        assert said.count("\n") == 1

    def test_a_resumed_run_keeps_what_it_had(self, tmp_path):
        train(tmp_path, 8, breaks_at=4)
        before = meta(tmp_path)["counters"]
        with pytest.raises(TrainingError, match="after update 2"):
            train(tmp_path, 100, breaks_at=4)
        assert meta(tmp_path)["counters"] == before


class TestCutBack:
    """What a run shows is cut back to the checkpoint that it goes on from."""

    def killed(self, path):
        """A run whose checkpoint is older than its tables: 30 of 60 updates."""
        train(path, 120)
        old = (path / "agent.safetensors").read_bytes()
        train(path, 240)
        (path / "agent.safetensors").write_bytes(old)
        return path

    def test_tables_and_logs(self, tmp_path):
        run = self.killed(tmp_path / "run")
        assert max(logged(run)) > 1200
        assert max(events(run)) > 1200
        with open(run / "lessons.csv", "a") as table:
            table.write("1.5,62,24")
        with open(run / "log" / "progress-2.csv", "a") as table:
            table.write("0.5,")
        train(run, 240)
        train(tmp_path / "straight", 240)
        assert rows(run) == rows(tmp_path / "straight")
        # A check of the gate after every second update, a line with each.
        assert logged(run) == logged(tmp_path / "straight") == [80.0 * k for k in range(1, 31)]
        steps = [step for step in events(run) if step]
        assert sorted(set(steps)) == [80 * k for k in range(1, 31)]
        assert len(steps) == len([step for step in events(tmp_path / "straight") if step])

    def test_no_check_of_the_gate_is_lost_between_two_sessions(self, tmp_path):
        """Sessions end at updates with a check of the gate and without a line of the log of their own."""
        for episodes in (12, 24, 40):
            train(tmp_path / "parts", episodes, gate_every=3)
        train(tmp_path / "straight", 40, gate_every=3)
        found = curves(tmp_path / "parts" / "log")
        assert found == curves(tmp_path / "straight" / "log")
        assert [step for step, _ in found["gate/accuracy"]][:2] == [120, 240]

    def test_a_half_written_event_goes(self, tmp_path):
        run = self.killed(tmp_path / "run")
        file = min((run / "log").glob("events.*"))
        whole = file.read_bytes()
        file.write_bytes(whole[:-3])
        cut_logs(run / "log", 10**9)
        kept = file.read_bytes()
        assert whole.startswith(kept)
        assert len(kept) < len(whole) - 3
        assert b"".join(record for record, _ in _records(kept)) == kept

    def test_a_damaged_event_is_told(self, tmp_path):
        run = self.killed(tmp_path / "run")
        file = min((run / "log").glob("events.*"))
        whole = file.read_bytes()
        for place in (3, 9, 20, len(whole) // 2):
            file.write_bytes(whole[:place] + bytes([whole[place] ^ 8]) + whole[place + 1 :])
            with pytest.raises(UsageError, match="move it away"):
                train(run, 240)
        file.write_bytes(whole)
        train(run, 240)

    def test_a_configuration_that_is_not_the_checkpoint_s_is_told(self, tmp_path):
        train(tmp_path, 8)
        config = json.loads((tmp_path / "config.json").read_text())
        (tmp_path / "config.json").write_text(json.dumps(config | {"step_size": 2.0}))
        with pytest.raises(UsageError, match="step_size: 1"):
            train(tmp_path, 16, step_size=2.0)

    @pytest.mark.parametrize(
        "text", ["", "seco", "seconds,updates,episodes,steps,lesson,accuracy,spread,passed\n"]
    )
    def test_an_empty_table(self, tmp_path, text):
        train(tmp_path / "run", 4)
        (tmp_path / "run" / "lessons.csv").write_text(text)
        train(tmp_path / "run", 40)
        train(tmp_path / "straight", 40)
        assert rows(tmp_path / "run") == rows(tmp_path / "straight")


class TestLineage:
    def test_a_checkpoint_says_what_it_is_and_where_it_came_from(self, tmp_path):
        train(tmp_path / "a", 12)
        train(tmp_path / "b", 24, branch=str(tmp_path / "a"), step_size=2.0)
        train(tmp_path / "c", 28, branch=str(tmp_path / "b"))
        found = identify(tmp_path / "c")
        assert found.experiment.name == "toy"
        assert found.config.branch == str(tmp_path / "b")
        first, second = found.extra["lineage"]
        assert (first["path"], first["episodes"], first["updates"]) == (
            str(tmp_path / "a" / "agent.safetensors"),
            12,
            3,
        )
        assert first["settings"]["step_size"] == 1.0
        assert second["settings"]["step_size"] == 2.0
        assert second["episodes"] == 24
        assert rows(tmp_path / "c")[: len(rows(tmp_path / "b"))] == rows(tmp_path / "b")

    def test_evaluating_needs_nothing_but_the_checkpoint(self, tmp_path, capsys):
        train(tmp_path / "a", 12, step_size=2.0)
        alone = tmp_path / "alone.safetensors"
        alone.write_bytes((tmp_path / "a" / "agent.safetensors").read_bytes())
        main(["evaluate", str(alone), "--episodes", "2", "--json"])
        assert json.loads(last_line(capsys))["table"][0]["episodes"] == 2
        assert identify(alone).config.step_size == 2.0

    def test_an_agent_of_another_experiment_is_no_branch(self, tmp_path, monkeypatch):
        train(tmp_path / "a", 4)

        class Other(Toy):
            name = "other"

        config = with_settings(ToyConfig(), branch=str(tmp_path / "a"))
        with pytest.raises(UsageError, match="an agent of toy, not of other"):
            commands.train(Other(), tmp_path / "b", config)
        assert not (tmp_path / "b").exists()

    def test_a_damaged_description(self, tmp_path):
        train(tmp_path, 4)
        tensors, data = read_checkpoint(tmp_path)
        for config in ({}, [], {"experiment": "toy"}, {"experiment": "chess"}):
            data["extra"]["config"] = config
            write_checkpoint(tmp_path / "agent", tensors, data)
            with pytest.raises(UsageError, match="damaged"):
                identify(tmp_path)


class TestTablesOfAnEvaluation:
    def test_a_good_one_is_not_replaced_by_an_empty_one(self, tmp_path, capsys):
        train(tmp_path, 12)
        main(["evaluate", str(tmp_path)])
        good = (tmp_path / "evaluation.json").read_text()
        main(["evaluate", str(tmp_path), "--episodes", "0"])
        assert (tmp_path / "evaluation.json").read_text() == good
        assert "not saved" in capsys.readouterr().out
        main(["evaluate", str(tmp_path), "--episodes", "5"])
        assert json.loads((tmp_path / "evaluation.json").read_text())["table"][0]["episodes"] == 5

    def test_json_is_printed_before_it_is_saved(self, tmp_path, monkeypatch, capsys):
        train(tmp_path, 12)
        capsys.readouterr()

        def full(*_):
            raise UsageError("evaluation.json cannot be written: No space left on device")

        monkeypatch.setattr(commands, "write_text", full)
        with pytest.raises(SystemExit) as ended:
            main(["evaluate", str(tmp_path), "--json"])
        assert ended.value.code == 2
        said = capsys.readouterr()
        assert json.loads(said.out)["table"]
        assert "No space left" in said.err

    def test_a_place_that_cannot_be_written_is_noticed_before_the_work(self, tmp_path, monkeypatch):
        train(tmp_path, 12)
        (tmp_path / "file").write_text("")

        def worked(*_, **__):
            raise AssertionError("worked for nothing")

        monkeypatch.setattr(Toy, "evaluate", worked)
        with pytest.raises(UsageError, match="cannot be written"):
            commands.evaluate(tmp_path, out=tmp_path / "file" / "deeper")


def test_a_full_disk_ends_the_run_with_its_last_checkpoint(tmp_path, monkeypatch):
    train(tmp_path, 12)
    before = meta(tmp_path)

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ToyLearner, "save", full)
    with pytest.raises(UsageError, match=r"agent\.safetensors cannot be written: No space left on device"):
        train(tmp_path, 40)
    assert meta(tmp_path) == before


def test_a_start_that_fails_leaves_no_run_behind(tmp_path, monkeypatch):
    def broken(self):
        raise ValueError("no such thing")

    with monkeypatch.context() as patch:
        patch.setattr(ToyLearner, "begin", broken)
        with pytest.raises(ValueError, match="no such thing"):
            train(tmp_path / "run", 8)
    assert not (tmp_path / "run").exists()
    train(tmp_path / "run", 8)


@pytest.mark.parametrize(
    ("limits", "word"),
    [
        ({"minutes": float("nan")}, "minutes=nan"),
        ({"minutes": float("inf")}, "minutes=inf"),
        ({"minutes": -1.0}, "minutes=-1"),
        ({"minutes": 0.0}, "minutes=0"),
        ({"max_episodes": -1}, "max_episodes=-1"),
        ({"until_lesson": 0}, "until_lesson=0"),
        ({"until_lesson": 4}, "until_lesson=4"),
    ],
)
def test_limits_out_of_range(limits, word):
    with pytest.raises(UsageError, match=word):
        running.check(Toy(), ToyConfig(), session.Limits(**({"minutes": 1.0} | limits)))


def test_the_run_says_what_it_is_of(tmp_path, capsys):
    """The same command goes on, with or without the experiment's name."""
    flags = ["--run", str(tmp_path / "run"), "--quiet"]
    main(["train", "toy", *flags, "--max-episodes", "8", "--preset", "fast"])
    main(["train", *flags, "--max-episodes", "16"])
    assert meta(tmp_path / "run")["counters"][0] == 16
    assert RunDirectory(tmp_path / "run").saved().config.step_size == 2.0
    with pytest.raises(SystemExit):
        main(["train", "mini-shrdlu", *flags])
    assert "is a run of toy" in capsys.readouterr().err
