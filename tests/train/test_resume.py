"""A run that is stopped, interrupted or killed goes on exactly as if nothing had happened."""

import dataclasses
import os
import signal
import subprocess
import sys

import pytest

from dnc_agent import EpisodicActorCritic
from dnc_agent.checkpoint import read_checkpoint, write_checkpoint
from dnc_agent.persistence import read_extra
from tests.train.tiny import TINY, standing, train, vary
from train.errors import UsageError

LSTM = vary(TINY, "agent", core="lstm", shared_core=False)
GRU, NTM = (vary(TINY, "agent", core=core) for core in ("gru", "ntm"))
PPO = vary(TINY, "learn", n_epochs=2, minibatch_episodes=4, fork=False, optimizer="rmsprop")


def rows(path):
    """The run's gate checks without the columns that depend on the clock."""
    header, *lines = (path / "lessons.csv").read_text().splitlines()
    names = header.split(",")
    return [{n: v for n, v in zip(names, line.split(","), strict=True) if n != "seconds"} for line in lines]


@pytest.mark.parametrize("config", [TINY, LSTM, GRU, NTM, PPO], ids=["dnc", "lstm", "gru", "ntm", "ppo"])
def test_two_sessions_are_one(tmp_path, config):
    """Stopped after two updates (at a gate check) and after five, then on to the end."""
    train(tmp_path / "straight", 56, config)
    for episodes in (16, 40, 56):
        train(tmp_path / "parts", episodes, config)
    assert standing(tmp_path / "parts") == standing(tmp_path / "straight")
    assert rows(tmp_path / "parts") == rows(tmp_path / "straight")
    assert read_extra(tmp_path / "parts")["run"]["sessions"] == 3
    assert read_extra(tmp_path / "straight")["run"]["updates_in_lesson"] == 7


def test_lessons_are_gone_through_across_sessions(tmp_path):
    """With an open gate every check completes a lesson."""
    easy = vary(TINY, "curriculum", gate_score=0.0, earlier=0.5)
    train(tmp_path / "straight", 40, easy)
    for episodes in (24, 40):
        train(tmp_path / "parts", episodes, easy)
    assert standing(tmp_path / "parts") == standing(tmp_path / "straight")
    run = read_extra(tmp_path / "straight")["run"]
    assert (run["completed"], run["lesson"], run["updates_in_lesson"]) == (2, 3, 1)
    train(tmp_path / "parts", 10**6, easy, until_lesson=3)
    assert read_extra(tmp_path / "parts")["run"]["completed"] == 3
    steps = standing(tmp_path / "parts")
    train(tmp_path / "parts", 10**6, easy, until_lesson=3)
    assert standing(tmp_path / "parts") == steps, "it is complete already"


def test_ctrl_c_stops_after_the_update_with_a_checkpoint(tmp_path, monkeypatch, capsys):
    train(tmp_path / "straight", 24)
    learn, updates = EpisodicActorCritic.update, []

    def interrupted(self):
        updates.append(1)
        if len(updates) == 3:
            signal.raise_signal(signal.SIGINT)
        return learn(self)

    before = signal.getsignal(signal.SIGINT)
    with monkeypatch.context() as patch:
        patch.setattr(EpisodicActorCritic, "update", interrupted)
        train(tmp_path / "stopped", None)
    assert "stopped: asked to" in capsys.readouterr().out
    assert len(updates) == 3
    assert standing(tmp_path / "stopped") == standing(tmp_path / "straight")
    assert signal.getsignal(signal.SIGINT) is before
    train(tmp_path / "stopped", 40)
    train(tmp_path / "straight", 40)
    assert standing(tmp_path / "stopped") == standing(tmp_path / "straight")


KILLED = """
import os, pathlib, signal, sys
from tests.train.tiny import TINY, train
from train import session

# A checkpoint after every update; the process dies while it writes the fifth.
session.CHECKPOINT_SECONDS = 0.0
replace, count = os.replace, [0]
def deadly(source, target):
    if pathlib.Path(target).name == "agent.safetensors":
        count[0] += 1
        if count[0] == 5:
            os.kill(os.getpid(), signal.SIGKILL)
    replace(source, target)
os.replace = deadly
train(pathlib.Path(sys.argv[1]), None)
"""


def test_a_process_killed_while_it_saves_loses_one_update(tmp_path):
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "killed")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert list((tmp_path / "killed").glob(".agent.safetensors.*.tmp")), "it died in the middle"
    # Saved at once, before the first update, after it, after the second.
    assert read_checkpoint(tmp_path / "killed")[1]["counters"]["_n_updates"] == 2
    train(tmp_path / "killed", 48)
    train(tmp_path / "straight", 48)
    assert standing(tmp_path / "killed") == standing(tmp_path / "straight")
    assert not list((tmp_path / "killed").glob(".*"))
    assert rows(tmp_path / "killed") == rows(tmp_path / "straight")


def test_a_checkpoint_that_cannot_be_resumed_is_left_alone(tmp_path):
    agent = train(tmp_path, 8)
    good = (tmp_path / "agent.safetensors").read_bytes()
    (tmp_path / "agent.safetensors").write_bytes(good[: len(good) // 2])
    with pytest.raises(ValueError, match="damaged"):
        train(tmp_path, 16)
    assert (tmp_path / "agent.safetensors").read_bytes() == good[: len(good) // 2]
    agent.save(tmp_path / "agent")
    with pytest.raises(UsageError, match="without a run"):
        train(tmp_path, 16)
    tensors, meta = read_checkpoint(tmp_path)
    tensors.pop(next(name for name in tensors if name.startswith("policy.")))
    write_checkpoint(tmp_path / "agent", tensors, meta)
    with pytest.raises(ValueError, match="does not fit"):
        train(tmp_path, 16)
    (tmp_path / "agent.safetensors").write_bytes(good)
    train(tmp_path, 16)


def test_counters_of_the_agent_are_those_of_its_checkpoint(tmp_path):
    agent = train(tmp_path, 16)
    counters = read_checkpoint(tmp_path)[1]["counters"]
    assert counters["_episode_num"] == agent._episode_num == 16
    assert counters["num_timesteps"] == agent.num_timesteps


def test_a_branch_with_the_same_settings_is_the_run_itself(tmp_path):
    train(tmp_path / "straight", 56)
    train(tmp_path / "first", 24)
    train(tmp_path / "second", 56, dataclasses.replace(TINY, branch=str(tmp_path / "first")))
    assert standing(tmp_path / "second") == standing(tmp_path / "straight")
    assert rows(tmp_path / "second") == rows(tmp_path / "straight")
    assert read_extra(tmp_path / "first")["run"]["updates_in_lesson"] == 3, "the other run stays as it was"


def test_a_branch_may_have_other_settings_and_goes_on_as_itself(tmp_path):
    train(tmp_path / "first", 16)
    other = vary(vary(TINY, "agent", memory_size=9), "learn", learning_rate=1e-4)
    other = dataclasses.replace(other, branch=str(tmp_path / "first" / "agent.safetensors"))
    train(tmp_path / "straight", 40, other)
    train(tmp_path / "second", 24, other)
    (tmp_path / "first" / "agent.safetensors").unlink()
    train(tmp_path / "second", 40, other)
    assert standing(tmp_path / "second") == standing(tmp_path / "straight")


@pytest.mark.parametrize("part", ["none", "first"])
def test_a_branch_that_cannot_be_leaves_no_directory(tmp_path, part):
    train(tmp_path / "first", 8)
    wider = vary(TINY, "agent", hidden_size=9)
    with pytest.raises((ValueError, FileNotFoundError), match=part):
        train(tmp_path / "second", 16, dataclasses.replace(wider, branch=str(tmp_path / part)))
    assert not (tmp_path / "second").exists()
