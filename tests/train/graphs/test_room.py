"""Graphs that do not fit into a memory: it grows while they are tested or watched, and the result says how far."""

import pytest

from dnc_agent.supervised import SupervisedAgent
from shrdlu_env.graphs.arrays import ASK
from tests.train.graphs.test_experiment import act_of, tiny
from train.errors import UsageError
from train.experiments.graphs import fixed
from train.sets import check_alone
from train.settings import with_settings

RING = "from,label,to\n" + "".join(f"{k},on,{(k + 1) % 30}\n" for k in range(30))


@pytest.fixture
def ring(tmp_path):
    """A graph of 30 edges."""
    path = tmp_path / "ring.csv"
    path.write_text(RING)
    return str(path)


@pytest.mark.parametrize(("name", "asked"), [("traversal", 3), ("inference", 3), ("shortest-path", 1)])
def test_a_memory_grows_to_what_is_tested_unless_told_otherwise(name, asked, ring):
    experiment, config = tiny(name, core="dnc")
    learner = experiment.build(config)
    edges = {"traversal": "walk", "inference": "relation", "shortest-path": "paths"}[name]

    def tested(**flags):
        flags = experiment.Evaluation(graph=ring, episodes=2, **{edges: 3}, **flags)
        report = experiment.evaluate(learner, config, flags, lambda word, share: None, title="x")
        return report.json["memory_size"], report.json["memory_needed"]

    assert tested() == (30 + asked + 8, 30 + asked)
    assert tested(grow_memory=False) == (4, 30 + asked)
    assert tested(memory_size=20) == (20, 30 + asked)
    assert tested(memory_size=50) == (50, 30 + asked)
    assert learner.network.core.memory_size == 4


def test_a_core_without_a_memory_has_none_that_could_grow(ring):
    experiment, config = tiny("traversal")
    flags = experiment.Evaluation(graph=ring, episodes=2)
    report = experiment.evaluate(experiment.build(config), config, flags, lambda word, share: None, title="x")
    assert report.json["memory_size"] is None


def test_sets_are_scored_with_the_memory_that_they_take(monkeypatch):
    experiment, config = tiny("inference", core="dnc")
    monkeypatch.setattr(fixed, "EPISODES", 3)
    learner, drawn = experiment.build(config), experiment.draw_set("family-tree-v1")

    def scored(**flags):
        flags = experiment.Evaluation(**flags)
        return drawn.score(learner, config, flags, lambda word, share: None, "x").json["memory_size"]

    # 140 edges, three questions.
    assert scored() == 140 + 3 + 8
    assert scored(memory_size=256) == 256
    assert scored(grow_memory=False) == 4
    check_alone(experiment, "family-tree-v1", experiment.Evaluation(memory_size=256, grow_memory=False))
    with pytest.raises(UsageError, match="relation=3: a set has its own episodes; allowed beside it are mem"):
        check_alone(experiment, "family-tree-v1", experiment.Evaluation(relation=3))


def test_a_memory_grows_to_what_is_watched(ring):
    experiment, config = tiny("traversal", core="dnc", graph=ring)
    learner = experiment.build(config)
    agent = SupervisedAgent(learner.network, learner.target)
    env, act = act_of(experiment, agent, config, lesson=2)
    obs, info = env.reset(seed=1)
    _, inside = act(obs, info, True)
    asked = int(env.unwrapped.simulation.episodes.meta[0, ASK])
    assert inside["write_weighting"].shape == (30 + asked + 8,)
    # What fits is watched with the memory that was trained.
    env, act = act_of(experiment, agent, with_settings(config, graph=None), lesson=1)
    agent.network.core.resize(60)
    _, inside = act(*env.reset(seed=1), True)
    assert inside["write_weighting"].shape == (60,)
