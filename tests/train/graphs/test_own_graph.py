"""A run on a graph of the user's own has everything in it: it goes on, is watched and shared from anywhere."""

import json
import shutil
from pathlib import Path

import pytest

from tests.train.graphs.test_experiment import TOWN, tiny
from train import commands, experiments
from train.agents import identify, load_agent
from train.cli import main
from train.errors import UsageError
from train.experiments.graphs.settings import TraversalEvaluation
from train.rundir import RunDirectory
from train.watching import record

OTHER = TOWN.replace("A", "Z")
FLAGS = ["--quiet", "--processes=1", "--episodes-per-cell=0"]


def train(path, episodes, **settings):
    experiment, config = tiny("traversal", **settings)
    return commands.train(experiment, path, config, max_episodes=episodes, episodes_per_cell=0, quiet=True)


def graph_of(path):
    return Path(identify(path).config.task.graph)


def command(*argv):
    main([*map(str, argv), *FLAGS])


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Trained in one directory, then looked at from another one, where a file of that name is another graph."""
    home, away = tmp_path / "home", tmp_path / "away"
    home.mkdir()
    away.mkdir()
    (home / "town.csv").write_text(TOWN)
    (away / "town.csv").write_text(OTHER)
    monkeypatch.chdir(home)
    train(Path("runs/town"), 16, graph="town.csv")
    monkeypatch.chdir(away)
    return home / "runs" / "town"


def test_the_run_has_a_copy_and_names_it(run):
    assert (run / "files" / "town.csv").read_text() == TOWN
    assert json.loads((run / "config.json").read_text())["task"]["graph"] == "files/town.csv"
    assert graph_of(run) == run / "files" / "town.csv"


@pytest.mark.parametrize("original", ["changed", "gone"])
def test_everything_works_from_elsewhere(run, original):
    town = run.parents[1] / "town.csv"
    town.write_text(OTHER) if original == "changed" else town.unlink()
    command("train", "--run", run, "--max-episodes", 32)
    found = commands.evaluate(run, TraversalEvaluation(lesson=1, episodes=4))
    assert found["tested"] == "town.csv, lesson 1"
    episode = record(run, Path("film.txt"), lesson=1)
    assert {"A", "B"} <= {str(node) for node in episode.steps[0].view["nodes"]}


def test_branches_and_exported_agents_have_their_own_copy(run):
    command("train", "traversal", "--run", "branch", "--branch", run, "--max-episodes", 32)
    commands.export(run, Path("shared"))
    shutil.rmtree(run)
    for path in (Path("branch"), Path("shared")):
        assert graph_of(path) == path / "files" / "town.csv"
        assert graph_of(path).read_text() == TOWN
        commands.evaluate(path, TraversalEvaluation(lesson=1, episodes=4))
    assert identify(Path("branch")).extra["lineage"][0]["settings"]["task"]["graph"] == "files/town.csv"


def test_the_same_command_goes_on_and_another_graph_is_refused(run, monkeypatch):
    before = (run / "files" / "town.csv").read_text()
    (run.parents[1] / "same.csv").write_text(TOWN)
    for graph in ("../home/town.csv", "../home/same.csv"):
        command("train", "traversal", "--run", run, "--graph", graph, "--max-episodes", 16)
    # The other file of this name.
    with pytest.raises(UsageError, match=r"task\.graph: '.*files/town.csv' -> 'town.csv'"):
        train(run, 32, graph="town.csv")
    Path("town.csv").unlink()
    command("train", "traversal", "--run", run, "--graph", "town.csv", "--max-episodes", 16)
    assert (run / "files" / "town.csv").read_text() == before


def test_a_file_that_changes_while_it_trains_changes_nothing(tmp_path, monkeypatch):
    """Every check of the gate ends a lesson, and the next one draws anew."""
    town = tmp_path / "town.csv"
    town.write_text(TOWN)
    experiment = type(experiments.find("traversal"))
    gate, graphs = experiment.gate, []

    def changing(self, learner, config, lesson, rng):
        town.write_text(OTHER)
        graphs.append(config.task.graph)
        return gate(self, learner, config, lesson, rng)

    monkeypatch.setattr(experiment, "gate", changing)
    learner = train(tmp_path / "run", 40, graph=str(town), gate_score=0.0)
    assert set(graphs) == {str(tmp_path / "run" / "files" / "town.csv")}
    assert len(graphs) > 1
    assert "Z" not in learner.source._graph.nodes


class TestEarlierRuns:
    """They name a file of the directory that they were trained in."""

    @pytest.fixture
    def old(self, run, monkeypatch):
        from dnc_agent.checkpoint import read_checkpoint, write_checkpoint

        monkeypatch.chdir(run.parents[1])
        shutil.rmtree(run / "files")
        config = json.loads((run / "config.json").read_text())
        config["task"]["graph"] = "town.csv"
        (run / "config.json").write_text(json.dumps(config))
        tensors, meta = read_checkpoint(run)
        meta["extra"]["config"]["task"]["graph"] = "town.csv"
        write_checkpoint(run / "agent", tensors, meta)
        return run

    def test_they_are_evaluated_and_branched_off_there(self, old):
        commands.evaluate(old, TraversalEvaluation(lesson=1, episodes=4))
        command("train", "traversal", "--run", "branch", "--branch", old, "--max-episodes", 32)
        assert graph_of(Path("branch")).read_text() == TOWN

    def test_going_on_they_get_their_copy(self, old):
        train(old, 32, graph="town.csv")
        assert graph_of(old).read_text() == TOWN
        Path("town.csv").unlink()
        command("train", "--run", old, "--max-episodes", 48)

    def test_elsewhere_the_line_says_what_is_missing(self, old, tmp_path, monkeypatch, capsys):
        (tmp_path / "empty").mkdir()
        monkeypatch.chdir(tmp_path / "empty")
        for argv in (["evaluate", old], ["train", "--run", old], ["watch", old, "--export", "x.txt"]):
            with pytest.raises(SystemExit):
                main(list(map(str, argv)))
            assert "graph=town.csv: No such file" in capsys.readouterr().err
        load_agent(old)


def test_a_checkpoint_alone_says_where_its_file_has_to_be(run, tmp_path):
    alone = tmp_path / "alone" / "agent.safetensors"
    alone.parent.mkdir()
    shutil.copyfile(run / "agent.safetensors", alone)
    with pytest.raises(UsageError, match=r"graph=.*/alone/files/town\.csv: No such file"):
        commands.evaluate(alone, TraversalEvaluation(lesson=1, episodes=4))


def test_a_run_that_cannot_start_leaves_no_copy(run, monkeypatch):
    experiment = experiments.find("traversal")
    directory = RunDirectory(Path("new"))
    directory.open(*tiny("traversal", graph="town.csv"))
    assert (directory.path / "files" / "town.csv").exists()
    directory.discard()
    directory.close()
    assert not directory.path.exists()
    assert experiment.default().task.graph is None
