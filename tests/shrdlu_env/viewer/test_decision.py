"""The panel of actions: every row says something, and so does every word of the legend."""

import dataclasses

import gymnasium as gym
import numpy as np
import pytest

from shrdlu_env.graphs.labelled import LabelledGraph
from shrdlu_env.viewer.drawing.images import to_array
from shrdlu_env.viewer.drawing.theme import GREEN
from shrdlu_env.viewer.exporting import notes
from shrdlu_env.viewer.panels import decision
from shrdlu_env.viewer.panels.layout import arrange
from shrdlu_env.viewer.panels.renderer import Renderer
from shrdlu_env.viewer.recording.episode import Episode
from shrdlu_env.viewer.recording.frame import Frame
from shrdlu_env.viewer.recording.world import record_episode
from shrdlu_env.viewer.scenes.registry import scene_of
from tests.shrdlu_env.viewer.samples import agent_episode, count, plain_episode, story_episode


def walk() -> Episode:
    """A walker that follows the planner, with its probabilities."""
    env = gym.make("shrdlu_env/GraphNavigation-v0", lesson=4)

    def act(obs, info, start):
        best = np.flatnonzero(info["optimal_actions"])
        shares = np.full(12, 0.05, np.float32)
        action = int(best[-1]) if len(best) else 0
        shares[action] = 0.45
        return action, {"probabilities": shares}

    return record_episode(env, act, seed=0)


def answers(task: str = "Traversal") -> Episode:
    """Right digits, each with its own probability."""
    env = gym.make(f"shrdlu_env/Graph{task}-v0", lesson=2)

    def act(obs, info, start):
        digits = np.maximum(np.array(info["answer"]), 0)
        shares = np.full((9, 10), 0.01, np.float32)
        shares[np.arange(9), digits] = 0.1 + 0.1 * np.arange(9)
        return digits, {"probabilities": shares.reshape(-1)}

    return record_episode(env, act, seed=0)


def looked_at(monkeypatch, episode: Episode, t: int) -> tuple[list[str], np.ndarray]:
    """What the panel says at a step, and its picture."""
    said, original = [], decision.text

    def listening(surface, string, *more, **how):
        said.append(string)
        return original(surface, string, *more, **how)

    with monkeypatch.context() as patch:
        patch.setattr(decision, "text", listening)
        frame = Frame(episode, float(t))
        picture = to_array(Renderer().draw(frame, (1280, 800)))
    place = arrange((1280, 800), episode).actions
    return said, picture[place.top : place.bottom, place.left : place.right]


def test_a_walker_chooses_among_the_edges_that_leave(monkeypatch):
    episode = walk()
    acting = [t for t in range(len(episode)) if episode.view(t)["phase"] == "answer"]
    for t in acting:
        view, step = episode.view(t), episode.steps[t]
        choices = scene_of(view).choices(step, step.internals["probabilities"])
        assert [choice.label for choice in choices] == [str(slot) for slot in view["slots"]]
        planned = [k for k, choice in enumerate(choices) if choice.planned]
        assert planned == view["optimal_actions"]
        assert [k for k, choice in enumerate(choices) if choice.taken] == [step.action]
        here = view["current"]
        assert {c.label for c in choices} == {label for a, label, _ in view["edges"] if a == here}
    said, picture = looked_at(monkeypatch, episode, acting[0])
    assert "planner" in said
    assert "taken" in said
    assert count(picture, GREEN) > 10


def test_edges_of_a_named_graph_are_called_by_their_names():
    town = LabelledGraph([("a", "north", "b"), ("b", "south", "a"), ("b", "east", "c"), ("c", "west", "b")])
    env = gym.make("shrdlu_env/GraphNavigation-v0", graph=town)
    env.reset(seed=0)
    while not env.unwrapped.view()["slots"]:
        env.step(0)
    view = env.unwrapped.view()
    names = scene_of(view).action_labels(12, view)
    assert set(names) - {""} <= {"north", "south", "east", "west"}
    assert len([name for name in names if name]) == len(view["slots"])


@pytest.mark.parametrize("task", ["Traversal", "Inference"])
def test_answers_in_triples_are_told_digit_by_digit(task, monkeypatch):
    episode = answers(task)
    t = next(t for t in range(len(episode)) if episode.view(t)["phase"] == "answer")
    step = episode.steps[t]
    choices = scene_of(step.view).choices(step, step.internals["probabilities"])
    assert [c.share for c in choices] == pytest.approx([0.1 + 0.1 * k for k in range(9)], abs=1e-6)
    assert "".join(ch for c in choices for ch in c.label if ch.isdigit()) == "".join(map(str, step.action))
    assert [c.label.split()[0] for c in choices] == ["from"] * 3 + ["edge"] * 3 + ["to"] * 3
    said, _ = looked_at(monkeypatch, episode, t)
    assert "taken" in said
    assert "planner" not in said
    assert "no effect yet" not in said
    assert "no effect yet" in looked_at(monkeypatch, episode, t - 1)[0]


@pytest.mark.parametrize("make", [agent_episode, plain_episode, walk, answers, story_episode])
def test_the_legend_and_the_note_name_what_is_there(make, monkeypatch):
    episode = make()
    for t in range(len(episode)):
        step = episode.steps[t]
        if "probabilities" not in (step.internals or {}):
            continue
        choices = scene_of(step.view).choices(step, step.internals["probabilities"])
        said, _ = looked_at(monkeypatch, episode, t)
        note = notes.action_words(scene_of(step.view), step)
        assert ("planner" in said) == any(c.planned for c in choices) == ("planner" in note)
        assert ("taken" in said) == any(c.taken for c in choices) == ("yellow" in note)
        assert ("illegal" in note) == (not all(c.legal for c in choices))


def test_long_names_leave_room_for_bars(monkeypatch):
    episode = walk()
    t = next(t for t in range(len(episode)) if episode.view(t)["phase"] == "answer")
    view = {**episode.view(t)}
    view["edges"] = [(a, "Metropolitan line northbound " * 4, b) for a, _, b in view["edges"]]
    steps = list(episode.steps)
    steps[t] = dataclasses.replace(steps[t], view=view)
    _, picture = looked_at(monkeypatch, Episode(tuple(steps)), t)
    assert count(picture, decision.YELLOW) > 100
