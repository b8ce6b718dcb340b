"""Navigation through the same commands as every other experiment: train, resume, evaluate, watch."""

import json

import gymnasium as gym
import numpy as np
import pytest
import torch

import dnc_agent
from dnc_agent.cores.dnc.core import DNC
from dnc_agent.networks.planning_core import PlanningCore
from shrdlu_env.graphs.arrays import NODES
from shrdlu_env.graphs.lessons import NAVIGATION
from shrdlu_env.graphs.maps import example_map
from train import experiments
from train.agents import identify
from train.commands import evaluate, export, train
from train.errors import UsageError
from train.experiments.navigation import walkers
from train.experiments.navigation.evaluating import Place, draw, place_of_lesson
from train.experiments.navigation.settings import PRESETS, Evaluation, WorldConfig
from train.experiments.navigation.testing import place_of
from train.experiments.navigation.worlds import locations
from train.settings import with_settings
from train.watching import record, watched

NAVIGATION_EXPERIMENT = experiments.find("navigation")
SMALL = {"hidden_size": 8, "read_heads": 1, "episodes_per_batch": 8, "gate_every": 2, "gate_episodes": 8}


def tiny(preset="helped", **settings):
    words = {} if preset == "helped" else {"word_size": 6}
    return with_settings(PRESETS[preset], **(SMALL | words | settings))


def run(path, config, episodes, **how):
    return train(NAVIGATION_EXPERIMENT, path, config, minutes=None, max_episodes=episodes, quiet=True, **how)


def weights(agent):
    return torch.cat([p.detach().flatten() for p in agent.policy.parameters()])


@pytest.mark.parametrize(
    ("preset", "core"), [*((preset, None) for preset in PRESETS), ("plain", "gru"), ("plain", "ntm")]
)
def test_a_run_is_trained_and_resumed_to_the_bit(tmp_path, preset, core):
    # With this threshold every check passes: a lesson, and the memory it takes, every two updates.
    config = tiny(preset, gate_score=0.0, **({} if core is None else {"core": core}))
    whole = run(tmp_path / "whole", config, 48, episodes_per_cell=0)
    run(tmp_path / "run", config, 24, episodes_per_cell=0)
    again = run(tmp_path / "run", config, 48, episodes_per_cell=3)
    assert again.updates == whole.updates == 6
    assert torch.equal(weights(again), weights(whole))
    head, *rows = (tmp_path / "run" / "lessons.csv").read_text().splitlines()
    assert head.split(",")[-4:] == ["lesson", "shortest", "arrived", "passed"]
    assert [row.split(",")[4] for row in rows] == ["1", "2", "3"]
    found = json.loads((tmp_path / "run" / "evaluation.json").read_text())
    assert found["where"] == "lesson 4"
    assert found["episodes"] == 3
    (made,) = again.policy.cores
    assert made.memory_size == (locations(4) if config.agent.core in ("dnc", "ntm") else None)


def test_an_exported_agent_comes_with_the_memory_that_its_last_lesson_takes(tmp_path):
    run(tmp_path / "run", tiny(gate_score=0.0), 24, episodes_per_cell=0)
    export(tmp_path / "run", tmp_path / "copy")
    reached = identify(tmp_path / "copy").standing.state.lesson
    assert reached > 1
    for path in (tmp_path / "run", tmp_path / "copy"):
        agent = dnc_agent.load(path)
        assert [core.memory_size for core in agent.policy.cores] == [locations(reached)]


def test_presets_are_what_they_say():
    helped, plain, lstm = (NAVIGATION_EXPERIMENT.build(PRESETS[name]) for name in ("helped", "plain", "lstm"))
    assert isinstance(helped.policy.cores[0], PlanningCore)
    core = plain.policy.cores[0]
    assert type(core) is DNC
    assert core.options.temporal_links
    assert not core.options.interface_skip
    assert plain.policy.options.planner is plain.policy.options.names is None
    sizes = [sum(p.numel() for p in agent.policy.parameters()) for agent in (helped, lstm)]
    assert abs(sizes[0] - sizes[1]) < 0.05 * sizes[0]


def test_a_given_graph_is_evaluated_with_the_memory_that_it_takes(tmp_path):
    run(tmp_path / "run", tiny(), 8, episodes_per_cell=0)
    path = tmp_path / "ring.csv"
    path.write_text("from,label,to\n" + "".join(f"{k},on,{(k + 1) % 80}\n" for k in range(80)))
    found = evaluate(tmp_path / "run", Evaluation(graph=str(path), paths=4, episodes=5))
    # There is one way: whoever follows the signs arrives.
    assert (found["accuracy"], found["arrived"], found["episodes"]) == (1.0, 1.0, 5)
    assert found["interval"][0] < 1.0 == found["interval"][1]
    assert set(found["walkers"]) == {"any sign", "planner without the goal"}
    assert found["walkers"]["any sign"]["accuracy"] == 1.0


def test_what_is_evaluated(tmp_path):
    assert place_of(Evaluation(), 12) == place_of_lesson(12)
    assert place_of(Evaluation(lesson=3), 12).drawn == {"lesson": 3}
    larger = place_of(Evaluation(nodes=30), 12)
    assert larger.drawn == {"nodes": (30, 30), "degree": (2, 6), "path": (2, 5)}
    assert larger.locations == 30 * 6 + 8
    with pytest.raises(UsageError, match=r"nodes=30 with graph='town\.csv'"):
        place_of(Evaluation(nodes=30, graph="town.csv"), 12)
    with pytest.raises(UsageError, match=r"graph=nowhere\.csv: No such file or directory; it must be a CSV"):
        place_of(Evaluation(graph="nowhere.csv"), 12)
    (tmp_path / "line.csv").write_text("from,label,to\nA,x,B\nB,x,C\n")
    with pytest.raises(UsageError, match=r"paths=4; the longest shortest path in .*line\.csv has 2 edges"):
        place_of(Evaluation(graph=str(tmp_path / "line.csv"), paths=4), 12)


def test_every_lesson_fits_into_its_memory():
    rng = np.random.default_rng(0)
    for lesson in range(1, len(NAVIGATION) + 1):
        episodes = draw(WorldConfig(), place_of_lesson(lesson), 50, rng)
        edges = episodes.offsets[np.arange(50), episodes.meta[:, NODES]]
        assert edges.max() <= locations(lesson) - 8


def test_walkers():
    place = Place("map", {"graph": example_map(), "path": (2, 2)}, 0)
    episodes = draw(WorldConfig(), place, 60, np.random.default_rng(1))
    rng = np.random.default_rng(2)
    lost = walkers.walk(walkers.any_sign(rng), WorldConfig(), place, episodes)
    planning = walkers.walk(walkers.without_goal(rng, episodes), WorldConfig(), place, episodes)
    assert 0 < lost.shortest <= lost.arrived < 60
    assert 0 < planning.shortest <= planning.arrived < 60
    for row in range(5):
        apart = walkers.distances(episodes, row)
        reachable = episodes.distance[row] >= 0
        goal = int(np.flatnonzero(episodes.distance[row] == 0)[0])
        assert apart[reachable, goal].tolist() == episodes.distance[row][reachable].tolist()


def test_it_is_watched_and_played(tmp_path):
    run(tmp_path / "run", tiny(), 8, episodes_per_cell=0)
    shown, _ = watched(tmp_path / "run", lesson=None, deterministic=True)
    assert shown.env_kwargs["lesson"] == 1  # where the run stands
    episode = record(tmp_path / "run", tmp_path / "walk.txt", lesson=2, seed=3)
    assert "location_values" in episode.steps[-2].internals
    assert (tmp_path / "walk.txt").read_text()
    env_id, arguments = NAVIGATION_EXPERIMENT.play(NAVIGATION_EXPERIMENT.Play(lesson=2))
    assert gym.make(env_id, **arguments).reset(seed=0)[1]["lesson"] == 2
    with pytest.raises(UsageError, match="lesson=13"):
        watched(tmp_path / "run", lesson=13, deterministic=True)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"core": "lstm"}, "planner=True goes with"),
        ({"copied_words": False}, "planner=True goes with"),
        ({"planner": False, "word_size": 89}, "word_size of at least 90"),
    ],
)
def test_settings_that_do_not_go_together(settings, message):
    with pytest.raises(UsageError, match=message):
        NAVIGATION_EXPERIMENT.build(tiny(**settings))
