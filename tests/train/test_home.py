"""`~` is the home directory wherever a path comes in: nobody gets a directory of that name."""

import os

import pytest

import train
from shrdlu_env import viewer
from tests.shrdlu_env.viewer.samples import plain_episode
from tests.train import toy as toys
from train import api
from train.cli import main
from train.files import at_home
from train.rundir import RunDirectory

pytestmark = pytest.mark.usefixtures("toy")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """An empty home directory, and a place to work in beside it that has to stay empty."""
    (tmp_path / "home").mkdir()
    (tmp_path / "work").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "work")
    yield tmp_path / "home"
    assert not os.listdir(tmp_path / "work")


def visible(folder):
    """Names in a folder without those of caches, which libraries keep there."""
    return sorted(name for name in os.listdir(folder) if not name.startswith("."))


def test_runs_from_python(home):
    api.run("toy", "~/first", minutes=0.001)
    api.run("toy", "~/second", branch="~/first", minutes=0.001)
    assert visible(home) == ["first", "second"]
    assert RunDirectory(home / "second").saved().config.branch == str(home / "first")
    assert train.make_agent("toy", branch="~/second").episodes == toys.meta(home / "second")["counters"][0]


def test_runs_from_the_command_line(home, capsys):
    """`--run=~/NAME` reaches the program as it is written."""
    main(["train", "toy", "--run=~/first", "--max-episodes", "8", "--quiet"])
    main(["train", "--run=~/first", "--max-episodes", "16", "--quiet"])
    assert toys.meta(home / "first")["counters"][0] == 16
    main(["train", "toy", "--run=~/second", "--branch=~/first", "--max-episodes", "24", "--quiet"])
    assert RunDirectory(home / "second").saved().config.branch == str(home / "first")
    main(["evaluate", "~/first", "--out=~/tables"])
    main(["export", "~/first", "~/kept"])
    main(["plot", "~/first", "~/second", "--out=~/curves.png"])
    assert visible(home) == ["curves.png", "first", "kept", "second", "tables"]
    capsys.readouterr()


def test_agents_and_episodes(home):
    train.make_agent("copy", hidden_size=4).save("~/agent")
    viewer.save(plain_episode(), "~/episode.npz")
    assert viewer.load("~/episode.npz").agent == plain_episode().agent
    assert visible(home) == ["agent.safetensors", "episode.npz"]


def test_nobody_s_home_is_a_name_like_any_other(tmp_path):
    assert at_home("~no-such-user/x") == at_home("~no-such-user") / "x"
    assert at_home("a/~/b").parts == ("a", "~", "b")
