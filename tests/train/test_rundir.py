"""Run directories: one process, one configuration, nothing foreign, nothing half-written."""

import json
import os
import subprocess
import sys

import pytest

from tests.train.tiny import TINY, vary
from train import rundir
from train.errors import UsageError
from train.rundir import RunDirectory, write_text

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
        directory.open(config)
    assert "\n" not in str(caught.value)
    assert before == (sorted(os.listdir(directory.path)) if directory.path.is_dir() else None)


def test_a_new_run_keeps_its_configuration(tmp_path):
    directory = RunDirectory(tmp_path / "deep" / "run")
    assert directory.saved_config() is None
    directory.open(TINY)
    assert RunDirectory(directory.path).saved_config() == TINY
    directory.close()
    directory.open(TINY)
    directory.close()


def test_a_run_in_use_by_another_process(tmp_path):
    directory = RunDirectory(tmp_path)
    directory.open(TINY)
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
    directory.open(TINY)
    assert (tmp_path / "run.lock").read_text() == f"pid {os.getpid()}\n"
    refused(RunDirectory(tmp_path), TINY, f"pid {os.getpid()}")
    directory.close()


def test_a_changed_setting_is_refused(tmp_path):
    directory = RunDirectory(tmp_path)
    directory.open(TINY)
    directory.close()
    refused(directory, vary(TINY, "learn", gamma=0.5), r"learn\.gamma: 1\.0 -> 0\.5")
    assert directory.saved_config() == TINY


def test_foreign_places_are_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    refused(RunDirectory(tmp_path), TINY, "not empty and not a run")
    refused(RunDirectory(tmp_path / "notes.txt"), TINY, "is a file")


@pytest.mark.parametrize("text", ["", "{", '{"colour": 1}', "[]", '{"seed": "x"}', "\xff"])
def test_a_damaged_or_foreign_configuration_is_refused(tmp_path, text):
    (tmp_path / "config.json").write_text(text, encoding="latin-1")
    refused(RunDirectory(tmp_path), TINY, "is not a run configuration")


@pytest.mark.parametrize("left", [[], ["run.lock"], ["run.lock", ".config.json.77.tmp"]])
def test_a_run_killed_before_it_kept_its_configuration_can_begin_again(tmp_path, left):
    for name in left:
        (tmp_path / name).write_text("")
    directory = RunDirectory(tmp_path)
    directory.open(TINY)
    directory.close()
    assert sorted(os.listdir(tmp_path)) == ["config.json", "log", "run.lock"]


def test_what_a_killed_process_was_writing_is_cleared_away(tmp_path):
    directory = RunDirectory(tmp_path)
    directory.open(TINY)
    directory.close()
    (tmp_path / ".agent.safetensors.77.tmp").write_text("half")
    directory.open(TINY)
    directory.close()
    assert not list(tmp_path.glob(".*"))


def test_text_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "table.md"
    write_text(path, "old")

    def fail(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(rundir.os, "replace", fail)
    with pytest.raises(OSError, match="no space"):
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
    directory.open(TINY)
    directory.close()
    assert json.loads((tmp_path / "r" / "config.json").read_text())["learn"]["episodes_per_batch"] == 8
