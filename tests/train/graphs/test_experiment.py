"""The supervised graph tasks through the same commands as every other experiment."""

import json
import subprocess
import sys
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
import torch

from dnc_agent.cores import CORES
from dnc_agent.supervised.batches import Resumable
from shrdlu_env.graphs.coding import triples
from shrdlu_env.graphs.sampling import LESSONS
from train import experiments
from train.cli import main
from train.commands import evaluate, train
from train.errors import UsageError
from train.settings import from_json, to_json, with_settings
from train.states import RunState
from train.watching import record

ROOT = Path(__file__).parents[3]
NAMES = ("traversal", "inference", "shortest-path")
SMALL = {
    "hidden_size": 6,
    "memory_size": 4,
    "word_size": 3,
    "read_heads": 1,
    "batch_size": 4,
    "gate_every": 3,
}
every_name = pytest.mark.parametrize("name", NAMES)
TOWN = "from,label,to\nA,right,B\nB,right,C\nC,back,A\nA,left,C\nC,up,D\nD,down,A\n"


def tiny(name, core="lstm", **settings):
    """An experiment with a configuration small enough for tests."""
    experiment = experiments.find(name)
    return experiment, with_settings(experiment.default(), core=core, gate_episodes=6, **(SMALL | settings))


def weights(learner):
    return torch.cat([p.detach().flatten() for p in learner.network.parameters()])


@pytest.fixture
def town(tmp_path):
    path = tmp_path / "town.csv"
    path.write_text(TOWN)
    return str(path)


def act_of(experiment, agent, config, lesson=None, seed=0, deterministic=True):
    """`(environment, the viewer's act)`."""
    shown = experiment.watch(agent, config, lesson=lesson, deterministic=deterministic, seed=seed)
    env = gym.make(shown.env_id, **shown.env_kwargs)
    return env, shown.make_act(env)


@every_name
@pytest.mark.parametrize("own", [False, True])
def test_a_run_is_trained_resumed_and_evaluated_like_any_other(tmp_path, name, own, town):
    experiment, config = tiny(name, lesson=2, graph=town if own else None)
    whole = train(experiment, tmp_path / "whole", config, max_episodes=32, episodes_per_cell=0, quiet=True)
    train(experiment, tmp_path / "run", config, max_episodes=16, episodes_per_cell=0, quiet=True)
    again = train(experiment, tmp_path / "run", config, max_episodes=32, episodes_per_cell=5, quiet=True)
    assert again.updates == whole.updates == 8
    assert torch.equal(weights(again), weights(whole))
    tables = [(tmp_path / run / "lessons.csv").read_text().splitlines() for run in ("run", "whole")]
    assert experiment.score in tables[0][0].split(",")
    assert [line.split(",")[1:] for line in tables[0]] == [line.split(",")[1:] for line in tables[1]]
    found = json.loads((tmp_path / "run" / "evaluation.json").read_text())
    # A lesson may have been complete by luck; the one that training stands at is evaluated.
    lesson = f"lesson {2 + sum(line.endswith(',1') for line in tables[0])}"
    assert found["tested"] == (f"town.csv, {lesson}" if own else lesson)
    assert found["episodes"] == 5
    assert found["paper"] is None


@every_name
def test_the_last_line_of_an_evaluation_is_json(tmp_path, name, capsys, town):
    experiment, config = tiny(name)
    path = experiment.build(config).save(tmp_path / "agent", extra=extra_of(experiment, config))
    evaluate(path, experiment.Evaluation(episodes=7), as_json=True)
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found["episodes"] == 7
    assert found["paper"] == experiment.task.paper_lesson
    low, high = found["interval"]
    assert 0 <= low <= found["accuracy"] <= high <= 1
    assert ("arrived" in found) == (name == "shortest-path")
    edges = {"traversal": "walk", "inference": "relation", "shortest-path": "paths"}[name]
    found = evaluate(path, experiment.Evaluation(graph=town, episodes=20, **{edges: 2}), as_json=True)
    assert found["tested"] == "town.csv, 2 edges"
    assert found["paper"] is None
    assert found["episodes"] >= 20


def extra_of(experiment, config):
    from train.agents import describe

    return describe(experiment, config, vars(RunState(1)), [])


@every_name
@pytest.mark.parametrize("core", CORES)
def test_every_core_takes_the_settings_that_it_has(name, core):
    experiment, config = tiny(name, core=core)
    learner = experiment.build(config)
    assert type(learner.network.core) is CORES[core]
    assert isinstance(learner.source, Resumable)
    assert np.isfinite(learner.update()["loss"])


@every_name
def test_presets(name):
    experiment = experiments.find(name)
    sizes = {}
    for preset, config in experiment.presets.items():
        assert from_json(type(config), json.loads(json.dumps(to_json(config)))) == config
        assert config.task.graph is None
        sizes[preset] = len(weights(experiment.build(config)))
    more = ["feedforward"] if name == "traversal" else []
    assert list(sizes) == ["plain", "lstm", *more, "helped"]
    assert sizes["lstm"] == pytest.approx(sizes["plain"], rel=0.05)
    plain = experiment.default()
    # Nothing in it is put in by hand: the core's options are sizes and the input's share of the start.
    options = experiment.build(plain).network.core.options
    assert not options.interface_skip
    assert not options.reads_skip
    assert options.interface_bias is None
    assert not options.tied_key_init
    assert options.forget_bias == 0
    assert plain.curriculum.gate_score == (0.8 if name == "shortest-path" else 0.9)
    assert plain.curriculum.earlier == (0.0 if name == "shortest-path" else 0.1)


@every_name
def test_lessons_are_those_of_the_world(name):
    experiment = experiments.find(name)
    assert experiment.lessons == len(LESSONS[experiment.task.number])
    assert experiment.task.about
    with pytest.raises(UsageError, match=f"lesson={experiment.lessons + 1}; it must lie between 1 and"):
        experiment.watch(
            None, experiment.default(), lesson=experiment.lessons + 1, deterministic=True, seed=0
        )


@pytest.mark.parametrize(
    ("name", "flag"),
    [("traversal", "walk"), ("inference", "relation"), ("shortest-path", "paths"), ("navigation", "paths")],
)
def test_an_agent_is_watched_on_a_given_graph(tmp_path, town, name, flag, capsys):
    experiment = experiments.find(name)
    small = {"hidden_size": 8, "read_heads": 1, "episodes_per_batch": 8, "gate_episodes": 8}
    config = with_settings(experiment.default(), **small) if name == "navigation" else tiny(name)[1]
    train(experiment, tmp_path / "run", config, max_episodes=8, episodes_per_cell=0, quiet=True)

    def watch(*flags):
        main(["watch", str(tmp_path / "run"), "--export", str(tmp_path / "seen.txt"), *flags])

    watch("--graph", town, f"--{flag}", "2", "--seed", "3")
    told = (tmp_path / "seen.txt").read_text()
    assert "A -right-> B" in told
    assert "D -down-> A" in told
    watch("--graph", "family-tree", f"--{flag}", "2")
    assert "mother" in (tmp_path / "seen.txt").read_text()
    for flags, said in (
        (("--graph", town, f"--{flag}", "60" if flag == "paths" else "1000"), f"{flag}="),
        (("--graph", town, "--lesson", "1"), "lesson=1 with graph="),
        (("--graph", "nowhere.csv"), "graph=nowhere.csv: No such file"),
    ):
        capsys.readouterr()
        with pytest.raises(SystemExit):
            watch(*flags)
        error = capsys.readouterr().err
        assert said in error.replace("--", "")
        assert error.count("\n") == 1


@every_name
def test_a_trained_agent_is_watched_in_its_environment(tmp_path, name):
    experiment, config = tiny(name, core="dnc")
    agent = experiment.load(experiment.build(config).save(tmp_path / "agent"), config)
    for deterministic in (True, False):
        env, act = act_of(experiment, agent, config, lesson=3, deterministic=deterministic)
        for seed in (1, 2):
            obs, info = env.reset(seed=seed)
            start, over = True, False
            while not over:
                digits, inside = act(obs, info, start)
                assert env.action_space.contains(digits)
                assert inside["probabilities"].shape == (90,)
                acting = info["acting"]
                if acting and name == "shortest-path":
                    leaving = env.unwrapped.simulation.leaving()[0][0]
                    assert triples(digits).tolist() in leaving.tolist()
                elif deterministic:
                    assert (digits == inside["probabilities"].reshape(9, 10).argmax(1)).all()
                obs, _, over, _, info = env.step(digits)
                start = False
        assert {"read_weightings", "write_weighting"} <= inside.keys()


@every_name
def test_an_agent_of_an_own_graph_is_filmed_with_its_names(tmp_path, name, town):
    experiment, config = tiny(name, core="dnc", graph=town)
    extra = extra_of(experiment, config)
    experiment.build(config).save(tmp_path / "agent", extra=extra)
    episode = record(tmp_path / "agent.safetensors", tmp_path / "agent.npz", lesson=2, seed=1)
    assert set(episode.steps[-1].view["nodes"]) == {"A", "B", "C", "D"}


def test_an_agent_of_another_task_is_refused(tmp_path):
    copy = experiments.find("copy")
    path = copy.build(with_settings(copy.default(), hidden_size=4)).save(tmp_path / "copy")
    experiment, config = tiny("traversal")
    with pytest.raises(UsageError, match="traversal has 92 and 9"):
        experiment.load(path, config)


@pytest.mark.parametrize(
    ("name", "flags", "message"),
    [
        ("traversal", {"lesson": 15}, "lesson=15; it must lie between 1 and 14"),
        ("traversal", {"lesson": 3, "graph": "x.csv"}, "graph=x.csv with lesson=3; give a graph or"),
        (
            "traversal",
            {"graph": "no-such.csv"},
            r"graph=no-such\.csv: No such file or directory; it must be a CSV",
        ),
        ("inference", {"memory_size": 9}, "memory_size=9; the agent's core has no memory"),
        ("traversal", {"graph": "."}, r"graph=\.: Is a directory; it must be a CSV file"),
        (
            "shortest-path",
            {"graph": "family-tree", "paths": 90},
            r"paths=90; at most \d+ can be asked for on family-tree",
        ),
        (
            "inference",
            {"graph": "line.csv", "relation": 5},
            r"relation=5; at most 3 can be asked for on line\.csv",
        ),
        ("traversal", {"graph": "line.csv"}, r"walk=7; at most 3 can be asked for on line\.csv"),
        ("shortest-path", {"graph": "line.csv"}, r"paths=4; at most 3 can be asked for on line\.csv"),
    ],
)
def test_flags_that_do_not_fit_are_refused_in_one_line(name, flags, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("line.csv").write_text("from,label,to\nA,x,B\nB,x,C\nC,x,D\n")
    experiment, config = tiny(name)
    learner = experiment.build(config)
    with pytest.raises(UsageError, match=message) as refused:
        experiment.evaluate(
            learner, config, experiment.Evaluation(**flags), lambda word, share: None, title="x"
        )
    assert "\n" not in str(refused.value)


@every_name
def test_larger_graphs_and_the_paper_s_own_map(name):
    from train.experiments.graphs.testing import choose

    experiment, config = tiny(name)
    chosen = choose(experiment.task, config, experiment.Evaluation(nodes=(50, 60)))
    last = LESSONS[experiment.task.number][-1]
    assert chosen.arguments == {"nodes": (50, 60), "degree": last.degree, "path": last.path}
    assert chosen.paper is None
    flags = experiment.Evaluation(nodes=(50, 60), episodes=2)
    report = experiment.evaluate(experiment.build(config), config, flags, lambda word, share: None, title="x")
    assert report.json["tested"] == f"lesson {experiment.lessons} with 50 to 60 nodes"
    chosen = choose(experiment.task, config, experiment.Evaluation(graph="family-tree"))
    assert chosen.paper == (experiment.task.paper_graph if name == "inference" else None)


@every_name
def test_a_person_may_play(name, town):
    experiment = experiments.find(name)
    for flags, nodes in ((experiment.Play(), None), (experiment.Play(graph=town), 4)):
        env_id, arguments = experiment.play(flags)
        env = gym.make(env_id, **arguments)
        env.reset(seed=0)
        assert nodes in (None, len(env.unwrapped.view()["nodes"]))
    with pytest.raises(UsageError, match=f"lesson=99; it must lie between 1 and {experiment.lessons}"):
        experiment.play(experiment.Play(lesson=99))


def test_training_never_loads_a_map(tmp_path):
    """A whole run, its gates and a film of its agent included."""
    code = f"""
import sys
from pathlib import Path
from tests.train.graphs.test_experiment import NAMES, tiny
from train.commands import train
for name in NAMES:
    experiment, config = tiny(name)
    learner = train(experiment, Path({str(tmp_path)!r}) / name, config, max_episodes=16,
                    episodes_per_cell=0, quiet=True)
    experiment.set_lesson(learner, config, experiment.lessons)
    learner.update()
print([name for name in sys.modules if "graphs.maps" in name or name.endswith("graphs.heldout")])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.splitlines()[-1] == "[]"
