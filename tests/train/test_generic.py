"""The generic part of `train` knows no task; the registry finds every one, and finding costs nothing."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import dnc_agent
import train
from shrdlu_env.blocks.lessons import LESSONS
from tests.train.tiny import FLAGS, standing
from train import experiments
from train.cli import main
from train.errors import UsageError
from train.rundir import RunDirectory
from train.settings import leaves

ROOT = Path(__file__).parents[2]
GENERIC = sorted((ROOT / "train").glob("*.py"))
#: The program, the distribution and the package of environments are called so.
NAMES = re.compile(r"(?<![\w-])shrdlu(?![\w-])|shrdlu-dnc|shrdlu_env(?!\.blocks)")
TASKS = re.compile(r"shrdlu|\b(blocks?|boards?|goals?|constraints?|satisfied|puzzle_batch)\b", re.IGNORECASE)


@pytest.mark.parametrize("path", GENERIC, ids=lambda path: path.name)
def test_generic_files_name_no_task(path):
    lines = enumerate(NAMES.sub("", path.read_text("utf-8")).splitlines(), 1)
    assert not [(number, line) for number, line in lines if TASKS.search(line)]


@pytest.mark.parametrize("name", experiments.ROWS)
def test_an_experiment_s_module_is_quick_to_import(name):
    """`shrdlu train NAME --help` shows its presets."""
    text = f"import sys\nfrom train import experiments\nexperiments.find({name!r})\nprint('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "False\n"


@pytest.mark.parametrize("name", experiments.ROWS)
def test_an_experiment_is_complete(name):
    experiment = experiments.find(name)
    assert experiment.name == name
    assert experiments.ROWS[name].summary
    assert experiments.ROWS[name].played == (experiments.find(name).Play is not None)
    assert experiment.figures()[0] == experiment.score
    flags = experiment.Evaluation()
    assert list(leaves(flags))
    assert {type(config) for config in experiment.presets.values()} == {type(experiment.default())}


def test_the_curriculum_is_as_long_as_the_world_s():
    assert experiments.find("mini-shrdlu").lessons == len(LESSONS)


def test_an_unknown_experiment():
    with pytest.raises(UsageError, match="experiment='chess'; allowed are mini-shrdlu"):
        experiments.find("chess")


class TestFromPython:
    SETTINGS = {  # noqa: RUF012
        "hidden_size": 8,
        "memory_size": 4,
        "word_size": 4,
        "read_heads": 1,
        "conjunctions": False,
        "name_keys": False,
        "episodes_per_batch": 8,
        "gate_every": 2,
        "gate_episodes": 8,
    }

    def test_it_trains_what_the_command_line_trains(self, tmp_path):
        main(["train", "--run", str(tmp_path / "cli"), "--max-episodes", "16", *FLAGS])
        # The gate at update 2 completes lesson 1 with a threshold of 0, after 16 episodes.
        settings = self.SETTINGS | {"gate_score": 0.0}
        agent = train.run(path=tmp_path / "python", until_lesson=1, **settings)
        assert agent.episodes == 16
        cli, python = standing(tmp_path / "cli"), standing(tmp_path / "python")
        assert cli[0] == python[0]
        assert cli[1] == python[1]

    def test_a_branch_has_the_settings_and_the_place_of_what_it_branches_off(self, tmp_path):
        settings = self.SETTINGS | {"gate_score": 0.0}
        train.run(path=tmp_path / "first", until_lesson=1, **settings)
        agent = train.run(
            path=tmp_path / "second", branch=str(tmp_path / "first"), learning_rate=1e-4, minutes=1e-4
        )
        assert agent.core.options.hidden_size == 8
        assert agent.episodes >= 16
        saved = RunDirectory(tmp_path / "second").saved().config
        assert (saved.learn.learning_rate, saved.learn.episodes_per_batch) == (1e-4, 8)
        assert saved.curriculum.lesson == 2

    def test_an_agent_begins_with_what_it_branches_off(self):
        fresh, agent = (train.make_agent("copy", **given) for given in ({}, {"branch": "checkpoints/copy"}))
        shipped = dnc_agent.load("checkpoints/copy").network.state_dict()
        found = agent.network.state_dict()
        assert all(torch.equal(found[name], value) for name, value in shipped.items())
        assert not torch.equal(
            found["readout.layer.weight"], fresh.network.state_dict()["readout.layer.weight"]
        )
        assert agent.episodes > 0 == fresh.episodes
        assert agent.update()["accuracy"] > 0.99

    def test_an_agent_to_do_with_what_one_likes(self):
        agent = train.make_agent("mini-shrdlu", seed=3, **self.SETTINGS)
        agent.begin()
        figures = agent.update()
        assert agent.episodes == 8
        assert 0 <= figures["satisfied"] <= 1

    def test_a_run_is_a_path(self):
        with pytest.raises(ValueError, match=r"^path=3; it must be a path, or None"):
            train.run("copy", 3)

    @pytest.mark.parametrize(
        ("arguments", "word"),
        [
            ({"colour": 1}, "^unknown setting colour; shrdlu train EXPERIMENT --help lists all$"),
            ({"learn_rate": 1}, r"^unknown setting learn_rate; did you mean learning_rate.*\? shrdlu train"),
            ({"preset": "best"}, "preset='best'; allowed are default"),
            ({"experiment": "chess"}, "experiment='chess'"),
            ({"hidden_size": -1}, "hidden_size=-1"),
            ({"learning_rate": float("nan")}, r"learn\.learning_rate=nan; it must be a finite number$"),
            ({"core": "foo"}, r"agent\.core='foo'; allowed are dnc, lstm"),
            ({"hidden_size": "8"}, r"agent\.hidden_size='8'; it must be a whole number$"),
            ({"shared_core": 1}, r"agent\.shared_core=1; it must be True or False$"),
            ({"head_sizes": 4}, r"agent\.head_sizes=4; it must be a list$"),
            ({"branch": 3}, "^branch=3; it must be a path, or None$"),
            ({"lesson": 27}, "lesson=27"),
        ],
    )
    def test_what_cannot_be_is_refused_by_name(self, arguments, word):
        with pytest.raises(ValueError, match=word):
            train.make_agent(**arguments)

    @pytest.mark.parametrize(
        ("limits", "said"),
        [
            ({"minutes": "1"}, "^minutes='1'; it must be a number$"),
            ({"minutes": float("nan")}, "^minutes=nan; it must be above 0"),
            (
                {"until_lesson": "1"},
                "^until_lesson='1'; it must be a whole number between the first lesson 1 and 26$",
            ),
            ({"until_lesson": 1.5}, r"^until_lesson=1\.5; it must be a whole number"),
            ({"until_lesson": 27}, "^until_lesson=27; "),
        ],
    )
    def test_limits_are_refused_before_anything_exists(self, tmp_path, limits, said):
        with pytest.raises(UsageError, match=said):
            train.run("mini-shrdlu", tmp_path / "run", **limits)
        assert not (tmp_path / "run").exists()

    def test_names(self):
        with pytest.raises(AttributeError, match="no attribute 'nothing'"):
            train.nothing  # noqa: B018
