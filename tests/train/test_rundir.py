"""Run directories: one process, one configuration, nothing foreign, nothing half-written."""

import json
import os
import subprocess
import sys

import pytest

from tests.train.tiny import MINI, TINY, vary
from train import experiments, files, rundir
from train.errors import UsageError
from train.files import probe, write_text
from train.rundir import RunDirectory, config_from_json, config_to_json

HOLDER = """
import fcntl, sys
file = open(sys.argv[1], "a+")
fcntl.flock(file, fcntl.LOCK_EX)
file.truncate(0); file.write("pid 123\\n"); file.flush()
print("locked", flush=True)
sys.stdin.read()
"""


def refused(directory, config, match):
    before = sorted(os.listdir(directory.path)) if directory.path.is_dir() else None
    with pytest.raises(UsageError, match=match) as caught:
        directory.open(MINI, config)
    assert "\n" not in str(caught.value)
    assert before == (sorted(os.listdir(directory.path)) if directory.path.is_dir() else None)


def test_a_new_run_keeps_its_configuration(tmp_path):
    directory = RunDirectory(tmp_path / "deep" / "run")
    assert directory.saved() is None
    directory.open(MINI, TINY)
    assert RunDirectory(directory.path).saved().config == TINY
    directory.close()
    directory.open(MINI, TINY)
    directory.close()


def test_a_run_in_use_by_another_process(tmp_path):
    directory = RunDirectory(tmp_path)
    directory.open(MINI, TINY)
    directory.close()
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "run.lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with holder:
        assert holder.stdout.readline() == b"locked\n"
        refused(RunDirectory(tmp_path), TINY, r"in use by another process \(pid 123\)")
        holder.kill()
    # However it ended, its lock went with it.
    directory = RunDirectory(tmp_path)
    directory.open(MINI, TINY)
    assert (tmp_path / "run.lock").read_text() == f"pid {os.getpid()}\n"
    refused(RunDirectory(tmp_path), TINY, f"pid {os.getpid()}")
    directory.close()


def test_a_changed_setting_is_refused_once_there_is_a_checkpoint(tmp_path):
    directory = RunDirectory(tmp_path)
    directory.open(MINI, vary(TINY, "learn", gamma=0.75))
    directory.close()
    directory.open(MINI, TINY)
    directory.close()
    directory.checkpoint.write_text("")
    refused(directory, vary(TINY, "learn", gamma=0.5), r"learn\.gamma: 1\.0 -> 0\.5")
    assert directory.saved().config == TINY


def test_foreign_places_are_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    refused(RunDirectory(tmp_path), TINY, "not empty and not a run")
    refused(RunDirectory(tmp_path / "notes.txt"), TINY, "is a file")


@pytest.mark.parametrize("text", ["", "{", '{"colour": 1}', "[]", '{"seed": "x"}', "\xff"])
def test_a_damaged_or_foreign_configuration_is_refused(tmp_path, text):
    (tmp_path / "config.json").write_text(text, encoding="latin-1")
    refused(RunDirectory(tmp_path), TINY, "is not a run configuration")


@pytest.mark.parametrize("left", [[], ["run.lock"], ["run.lock", ".config.json.9999999.tmp"]])
def test_a_run_killed_before_it_kept_its_configuration_can_begin_again(tmp_path, left):
    for name in left:
        (tmp_path / name).write_text("")
    directory = RunDirectory(tmp_path)
    directory.open(MINI, TINY)
    directory.close()
    assert sorted(os.listdir(tmp_path)) == ["config.json", "log", "run.lock"]


def test_what_a_killed_process_was_writing_is_cleared_away(tmp_path):
    directory = RunDirectory(tmp_path)
    directory.open(MINI, TINY)
    directory.close()
    for name in (".agent.safetensors.9999999.tmp", ".evaluation.json.9999999.tmp"):
        (tmp_path / name).write_text("half")
    living = tmp_path / f".lessons.csv.{os.getppid()}.tmp"
    living.write_text("not to be touched")
    directory.open(MINI, TINY)
    directory.close()
    assert list(tmp_path.glob(".*")) == [living]


def test_whoever_writes_a_file_next_clears_away_what_a_killed_writer_left(tmp_path):
    (tmp_path / ".runs.png.9999999.tmp").write_text("half")
    write_text(tmp_path / "other.png", "x")
    assert len(os.listdir(tmp_path)) == 2
    write_text(tmp_path / "runs.png", "x")
    assert sorted(os.listdir(tmp_path)) == ["other.png", "runs.png"]


def test_a_run_that_could_not_start_is_taken_back(tmp_path):
    directory = RunDirectory(tmp_path / "run")
    directory.open(MINI, TINY)
    directory.discard()
    directory.close()
    assert os.listdir(tmp_path) == []
    directory.open(MINI, TINY)
    directory.checkpoint.write_text("precious")
    directory.close()
    directory.open(MINI, TINY)
    directory.discard()
    directory.close()
    assert directory.checkpoint.exists(), "what another session has made stays"


def test_taking_a_run_back_leaves_what_was_there_before_and_what_others_put_there(tmp_path):
    """As a run that was killed before its first checkpoint leaves it."""
    directory = RunDirectory(tmp_path)
    directory.open(MINI, vary(TINY, "learn", gamma=0.75))
    directory.close()
    (directory.logs / "progress-1.csv").touch()
    (tmp_path / "evaluation.json").write_text("{}")
    before = (tmp_path / "config.json").read_text()
    directory.open(MINI, TINY)
    for name in ("agent.safetensors", "agent.safetensors.previous", "lessons.csv", "log/progress-2.csv"):
        (tmp_path / name).write_text("made since")
    (directory.logs / "notes.txt").write_text("mine")
    directory.discard()
    directory.close()
    left = ["config.json", "evaluation.json", "log", "log/notes.txt", "log/progress-1.csv", "run.lock"]
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == left
    assert (tmp_path / "config.json").read_text() == before


def test_a_full_disk_is_noticed_by_asking(tmp_path, monkeypatch):
    probe(tmp_path / "new" / "deeper")
    assert os.listdir(tmp_path) == []

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(UsageError, match="run cannot be written: No space left on device"):
        probe(tmp_path / "run")
    with pytest.raises(UsageError, match="No space left"):
        RunDirectory(tmp_path / "run").open(MINI, TINY)
    assert os.listdir(tmp_path) == []


def test_the_checkpoint_s_name_is_the_learner_s():
    from dnc_agent.checkpoint import FILE_NAME

    assert rundir.CHECKPOINT_NAME == FILE_NAME


def test_text_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "table.md"
    write_text(path, "old")

    def fail(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(files.os, "replace", fail)
    with pytest.raises(UsageError, match=r"table\.md cannot be written: no space"):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["table.md"]


def test_rows_are_appended_under_one_header(tmp_path):
    directory = RunDirectory(tmp_path)
    directory.append_row("x.csv", {"a": 1, "b": 0.123456789})
    directory.append_row("x.csv", {"a": 2, "b": 1e-9})
    assert (tmp_path / "x.csv").read_text() == "a,b\n1,0.123457\n2,1e-09\n"


def test_the_configuration_is_readable_json(tmp_path):
    directory = RunDirectory(tmp_path / "r")
    directory.open(MINI, TINY)
    directory.close()
    assert json.loads((tmp_path / "r" / "config.json").read_text())["learn"]["episodes_per_batch"] == 8


@pytest.mark.parametrize("name", ["mini-shrdlu", "navigation"])
def test_runs_from_before_the_choice_of_a_controller_had_an_lstm(name):
    experiment = experiments.find(name)
    data = config_to_json(experiment, experiment.default())
    assert data["agent"].pop("controller") == "lstm"
    assert config_from_json(data).config == experiment.default()
