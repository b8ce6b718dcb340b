"""The registered environments: ways to make them, spaces, views for the viewer, and given graphs through `make`."""

import itertools
import json

import gymnasium as gym
import networkx as nx
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import shrdlu_env
from shrdlu_env.graphs.maps import example_map
from shrdlu_env.viewer.panels.still import draw_frame

TASKS = ("Traversal", "ShortestPath", "Inference", "Navigation")
every_id = pytest.mark.parametrize("env_id", [f"shrdlu_env/Graph{task}-v0" for task in TASKS])


def answer(env, info):
    """The planner's action."""
    if isinstance(env.action_space, gym.spaces.Discrete):
        return int(info["optimal_actions"].argmax())
    return np.maximum(info["answer"], 0).astype(np.int64)


def episode(env, seed=0):
    """Views, the last info and the return of the planner's episode."""
    _, info = env.reset(seed=seed)
    views, total, over = [env.unwrapped.view()], 0.0, False
    while not over:
        _, reward, over, _, info = env.step(answer(env, info))
        views.append(env.unwrapped.view())
        total += reward
    return views, info, total


@every_id
def test_registered_single_and_vector(env_id):
    env = gym.make(env_id)
    check_env(env.unwrapped, skip_render_check=True)
    wide = 92 + 30 * 12 * (env_id == "shrdlu_env/GraphNavigation-v0")
    assert env.observation_space == gym.spaces.Box(0, 1, (wide,), np.float32)
    nine = gym.spaces.MultiDiscrete([10] * 9)
    assert env.action_space == (gym.spaces.Discrete(12) if wide > 92 else nine)
    vector = gym.make_vec(env_id, num_envs=5, vectorization_mode="vector_entry_point", lesson=2)
    observations, infos = vector.reset(seed=0)
    assert observations.shape == (5, wide)
    assert (infos["lesson"] == 2).all()
    assert infos["action_mask"].shape == (5, 12 if wide > 92 else 90)
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        gym.make(env_id, lessen=1)


@every_id
@pytest.mark.parametrize("mode", ["NextStep", "SameStep"])
def test_the_planner_is_perfect_in_every_mode(env_id, mode):
    env = gym.make_vec(
        env_id, num_envs=6, vectorization_mode="vector_entry_point", lesson=3, autoreset_mode=mode
    )
    _, infos = env.reset(seed=1)
    ended = 0
    for _ in range(150):
        if "optimal_actions" in infos:
            actions = infos["optimal_actions"].argmax(1)
        else:
            actions = np.maximum(infos["answer"], 0).astype(np.int64)
        _, rewards, over, _, infos = env.step(actions)
        last = infos["final_info"] if mode == "SameStep" and over.any() else infos
        assert last["perfect"][over].all()
        assert (rewards[over] > 0).all()
        ended += over.sum()
    assert ended > 10


@every_id
def test_views_are_drawn(env_id):
    views, info, total = episode(gym.make(env_id))
    assert info["perfect"]
    assert [view["step"] for view in views] == list(range(len(views)))
    assert [view["terminated"] for view in views] == [False] * (len(views) - 1) + [True]
    assert views[-1]["episode_return"] == pytest.approx(total)
    pictures = []
    for view in views:
        assert json.loads(json.dumps(view))["trail"] == view["trail"]
        assert "0 of 0" not in view["caption"]
        pictures.append(draw_frame(view, (600, 500)))
    assert all(not np.array_equal(a, b) for a, b in itertools.pairwise(pictures))
    last = views[-1]
    assert all(right for _, right in last["answer"])
    assert last["trail"][-1] == last["current"]
    joined = {(a, b) for a, _, b in last["edges"]}
    assert set(zip(last["trail"], last["trail"][1:], strict=False)) <= joined
    if last["destination"] is not None:
        assert last["current"] == last["destination"]


def test_a_given_graph_is_shown_under_its_names(tmp_path):
    env = gym.make("shrdlu_env/GraphNavigation-v0", graph=example_map(), path=(4, 4))
    views, info, _ = episode(env)
    assert info["min_moves"] == 4
    assert set(views[-1]["nodes"]) == set(example_map().nodes)
    assert {label for _, label, _ in views[-1]["edges"]} == set(example_map().labels)
    named = {(a, label, b) for a, label, b in example_map().edges}
    assert all(triple in named for triple, _ in views[-1]["answer"])
    assert views[-1]["positions"] is not None
    destination = views[-1]["nodes"][views[-1]["destination"]]
    assert f"at: {destination}" in env.unwrapped.simulation.text(views[-1])


def test_graphs_from_files_networkx_and_functions(tmp_path):
    path = tmp_path / "ring.csv"
    path.write_text("from,label,to\nA,on,B\nB,on,C\nC,on,A\n", "utf-8")
    ring = nx.DiGraph([("A", "B", {"label": "on"}), ("B", "C", {"label": "on"}), ("C", "A", {"label": "on"})])
    seen = []
    for graph in (path, str(path), ring, lambda rng: ring):
        env = gym.make("shrdlu_env/GraphTraversal-v0", graph=graph, path=(3, 3))
        observations = [env.reset(seed=4)[0]]
        views, info, _ = episode(env, seed=4)
        assert info["perfect"]
        assert views[-1]["nodes"] == ["A", "B", "C"]
        assert len(set(views[-1]["trail"])) == 3
        seen.append(observations[0])
    assert all(np.array_equal(seen[0], other) for other in seen)


def test_labelled_graph_is_a_public_name():
    assert shrdlu_env.LabelledGraph([("a", 1, "b")]).nodes == ("a", "b")
