"""Graph tasks played by hand, with posted clicks and keys."""

import gymnasium as gym
import numpy as np
import pytest

from shrdlu_env import viewer
from shrdlu_env.graphs.labelled import LabelledGraph
from shrdlu_env.graphs.maps import family_tree
from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.panels.keys import Command
from shrdlu_env.viewer.program.app import App
from shrdlu_env.viewer.program.player import Player
from shrdlu_env.viewer.recording.storage import load, save
from shrdlu_env.viewer.recording.world import World, record_episode
from shrdlu_env.viewer.scenes.graph.geometry import arrange_graph
from shrdlu_env.viewer.scenes.graph.hand import GraphHand, GraphMarks, Target
from shrdlu_env.viewer.scenes.graph.playing import here, leaving, planned_actions, planned_edges
from tests.shrdlu_env.viewer.driving import click, layout, mouse, press, run, settle
from tests.shrdlu_env.viewer.samples import graph_view

TASKS = ("Traversal", "Inference", "ShortestPath", "Navigation")
TOWN = [
    *[("station", "north", "market"), ("market", "south", "station"), ("market", "east", "school")],
    *[("school", "west", "market"), ("station", "east", "park"), ("park", "north", "school")],
]


def world(task, **how):
    return World(gym.make(f"shrdlu_env/Graph{task}-v0", **(how or {"lesson": 4})))


@pytest.fixture
def game(start):
    """Opens a task in the window of a person and goes on to the first answer."""

    def begin(task, seed=1, **how):
        own = world(task, **how)
        app = start(Player(own.start(seed), "person", own), (1280, 800))
        to_answer(app)
        return app

    return begin


def now(app):
    return app.player.episode.steps[-1].view


def to_answer(app):
    """Let time pass until something can be done: to the next phase, the one after it, and to the end."""
    for _ in range(4):
        if now(app)["phase"] != "answer" or not app.player.at_end:
            press(app, pygame.K_RIGHT, pygame.KMOD_SHIFT)
            run(app, 3)
    assert now(app)["phase"] == "answer"
    assert app.player.at_end


def place_of_node(app, node):
    place = layout(app)
    return arrange_graph(place.scene, now(app), place.u).places[node]


def place_of_edge(app, edge):
    """A pixel of an edge that lies on no node, and nearer to no other edge."""
    place, hand = layout(app), GraphHand()
    curve = arrange_graph(place.scene, now(app), place.u).curves[edge]
    for share in (0.5, 0.3, 0.7, 0.2, 0.8, 0.4, 0.6):
        x, y = curve.at(share)
        at = (round(x), round(y))
        if hand.target_at(at, place.scene, now(app), place.u) == Target("edge", edge):
            return at
    raise AssertionError(f"edge {edge} cannot be pointed at")


def right_edge(app):
    return planned_edges(now(app))[0]


def by_node(app):
    edges = planned_edges(now(app))
    relation = now(app)["task"] == "inference"
    click(app, place_of_node(app, now(app)["edges"][edges[-1 if relation else 0]][2]))


def by_edge(app):
    click(app, place_of_edge(app, right_edge(app)))


def by_key(app):
    edges = leaving(now(app), here(now(app)))
    press(app, pygame.K_1 + edges.index(right_edge(app)))


def by_planner(app):
    press(app, pygame.K_s)
    press(app, pygame.K_s)


WAYS = [
    *[(task, by_planner) for task in TASKS],
    *[(task, by_node) for task in ("Traversal", "Inference")],
    *[(task, way) for task in ("Traversal", "ShortestPath", "Navigation") for way in (by_edge, by_key)],
]


@pytest.mark.parametrize(("task", "way"), WAYS)
def test_a_whole_task_is_answered_by_hand(task, way, game):
    app = game(task)
    for _ in range(12):
        if app.player.episode.finished:
            break
        to_answer(app)
        given = len(now(app)["answer"])
        way(app)
        assert len(now(app)["answer"]) == given + 1
        run(app, 1)
    assert now(app)["terminated"]
    assert now(app)["success"]
    assert now(app)["perfect"]
    assert all(holds for _, holds in now(app)["answer"])
    app.player.tick(9)
    assert "N: next one, R: this one again" in app.player.frame().message


@pytest.mark.parametrize("task", TASKS)
def test_planned_answers_are_those_that_the_environment_calls_right(task):
    env = gym.make(f"shrdlu_env/Graph{task}-v0", lesson=6)
    for seed in range(5):
        _, info = env.reset(seed=seed)
        over = False
        while not over:
            view, action = env.unwrapped.view(), 0 if task == "Navigation" else [0] * 9
            if view["phase"] == "answer":
                right = planned_actions(view)
                if task == "Navigation":
                    assert right == view["optimal_actions"]
                else:
                    assert info["answer"].tolist() in right
                action = right[-1]
            else:
                assert planned_actions(view) == []
            _, _, over, _, info = env.step(action if task == "Navigation" else np.array(action))
        assert info["perfect"]


def test_a_wrong_node_is_a_wrong_answer_and_the_walk_goes_on(game):
    app = game("Traversal", graph=LabelledGraph(TOWN), path=(3, 3))
    target = now(app)["edges"][right_edge(app)][2]
    wrong = next(k for k in range(4) if k not in (target, here(now(app))))
    click(app, place_of_node(app, wrong))
    assert [holds for _, holds in now(app)["answer"]] == [False]
    assert here(now(app)) == target
    run(app, 1)
    for _ in range(2):
        by_key(app)
        run(app, 1)
    app.player.tick(9)
    assert app.player.frame().message.startswith("2 of 3 right.")


def test_what_leads_nowhere_says_why_and_costs_nothing(game):
    app = game("ShortestPath", graph=LabelledGraph(TOWN), path=(2, 2))
    start = here(now(app))
    given = len(app.player.episode)
    ends = [now(app)["edges"][k][2] for k in leaving(now(app), start)]
    far = next(k for k in range(4) if k not in (*ends, start))
    click(app, place_of_node(app, far))
    assert app.player.frame().message == "No edge leads there from where you stand"
    press(app, pygame.K_9)
    assert app.player.frame().message == "9 stands for nothing here"
    press(app, pygame.K_p)
    assert app.player.frame().message == GraphHand.no_pass
    assert len(app.player.episode) == given


def test_several_edges_to_one_node_are_told_apart():
    view = {
        **graph_view(5, phase="answer"),
        "labels": [1, 2, 3, 4, 5],
        "asked": [(1, None, 5)],
        "destination": 4,
    }
    view["edges"] = [(0, "a", 1), (0, "b", 1), (1, "c", 4), *view["edges"][3:]]
    view["described"] = [(1, 10, 2), (1, 11, 2), (2, 12, 5), (3, 30, 4), (4, 7, 5), (5, 5, 1)]
    view["current"] = 0
    assert "Several edges" in GraphHand().press(Target("node", 1), view).message
    assert GraphHand().press(Target("edge", 1), view).action == [0, 0, 1, 0, 1, 1, 0, 0, 2]


def test_an_edge_is_no_answer_to_a_relation(game):
    app = game("Inference", graph=family_tree())
    given = len(app.player.episode)
    press(app, pygame.K_1)
    assert "click the node where it leads" in app.player.frame().message
    assert len(app.player.episode) == given


def test_an_edge_elsewhere_does_not_leave_here(game):
    app = game("Navigation", seed=3)
    view, given = now(app), len(app.player.episode)
    other = next(k for k, edge in enumerate(view["edges"]) if edge[0] != view["current"])
    app.player.press(Target("edge", other))
    assert app.player.frame().message == "This edge does not leave where you stand"
    assert len(app.player.episode) == given


def test_nothing_is_answered_before_it_is_asked(start):
    own = world("Traversal")
    app = start(Player(own.start(1), "person", own), (1280, 800))
    click(app, place_of_node(app, 0))
    assert app.player.frame().message == GraphHand.not_yet
    assert len(app.player.episode) == 0
    assert app.player.frame().marks is None


@pytest.mark.parametrize("task", TASKS)
def test_what_is_pointed_at_and_asked_for_is_marked(task, game):
    app = game(task)
    node = now(app)["edges"][leaving(now(app), here(now(app)))[0]][2]
    mouse(app, pygame.MOUSEMOTION, place_of_node(app, node), rel=(0, 0), buttons=(0, 0, 0))
    marks = app.player.frame().marks
    assert marks == GraphMarks(here=here(now(app)), hover=Target("node", node))
    before = pygame.surfarray.array3d(pygame.display.get_surface())
    press(app, pygame.K_m)
    press(app, pygame.K_s)
    marks = app.player.frame().marks
    assert list(marks.legal) == ([] if task == "Inference" else leaving(now(app), here(now(app))))
    assert list(marks.hint) == planned_edges(now(app))
    assert (before != pygame.surfarray.array3d(pygame.display.get_surface())).any()


def test_a_watched_agent_is_taken_over_and_a_saved_one_played_on(tmp_path):
    env = gym.make("shrdlu_env/GraphTraversal-v0", lesson=3)

    def wrong(obs, info, start):
        return np.zeros(9, np.int64), None

    own = World(env, wrong, "wrong")
    player = Player(own.finish(own.start(2)), "agent", own)
    assert not player.episode.steps[-1].view["success"]
    answer = next(t for t, step in enumerate(player.episode.steps) if step.view["phase"] == "answer")
    player.seek(float(answer))
    player.do(Command.TAKE_OVER)
    while not player.episode.finished:
        player.press(Target("edge", planned_edges(player.episode.steps[-1].view)[0]))
        settle(player, 2)
    assert player.episode.steps[-1].view["success"]
    again = load(save(player.episode, tmp_path / "walk.npz"))
    assert again.actions == player.episode.actions


def test_views_of_others_say_that_they_are_watched_only():
    view = graph_view(5, phase="answer", current=0)
    assert "watched only" in GraphHand().press(Target("node", 1), view).message
    assert GraphHand().marks(view, hover=None, hint=True, legal=True) is None
    assert GraphHand().target_of(1, view) is None


def test_play_takes_a_graph_that_no_file_can_hold(monkeypatch, tmp_path):
    """Arguments that cannot be recorded are no hindrance; the recording does not say how to make the world again."""
    monkeypatch.setattr(App, "run", lambda self: None)
    graph = LabelledGraph(TOWN)
    episode = viewer.play({"graph": graph}, 0, env_id="shrdlu_env/GraphTraversal-v0", folder=tmp_path)
    assert set(episode.view(0)["nodes"]) == {"station", "market", "school", "park"}
    assert episode.env_id is None
    assert load(save(episode, tmp_path / "town.npz")).view(0)["nodes"] == episode.view(0)["nodes"]
    recorded = record_episode(
        gym.make("shrdlu_env/GraphTraversal-v0", graph=graph), lambda *seen: (np.zeros(9, int), None), seed=0
    )
    assert recorded.finished
    known = world("Traversal", lesson=2).start(0)
    assert (known.env_id, known.env_kwargs) == ("shrdlu_env/GraphTraversal-v0", {"lesson": 2})
