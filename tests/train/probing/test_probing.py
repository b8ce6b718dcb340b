"""Linear probes: what is there is found, what is not there is at chance; traces of any agent and any world."""

import gymnasium as gym
import numpy as np
import pytest

import shrdlu_env
from shrdlu_env import ENV_IDS
from train.errors import UsageError
from train.probing import Samples, gather, labels_worth_asking, probe, trace_agent, trace_episodes
from train.probing.samples import cue_step
from train.probing.traces import Trace

gym.register_envs(shrdlu_env)


def synthetic(seen: bool, n=240, classes=3):
    """Vectors of noise whose first columns hold the label, or do not."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, classes, n)
    vectors = rng.normal(size=(n, 8)).astype(np.float32)
    if seen:
        vectors[np.arange(n), labels] += 6
    return Samples(vectors, labels, np.arange(n) // 4)


@pytest.mark.parametrize("scale", [True, False])
def test_what_is_there_is_read_off_and_the_controls_are_at_chance(scale):
    found = probe(synthetic(True), splits=10, scale=scale)
    assert found.accuracy.mean() > 0.97
    for control in (found.shuffled, found.commonest, found.frequencies):
        assert abs(control.mean() - 1 / 3) < 0.1
    assert (found.samples, found.values) == (240, 3)
    assert len(list(found.rows())) == 10


def test_what_is_not_there_is_not_found():
    found = probe(synthetic(False), splits=10)
    assert abs(found.accuracy.mean() - found.shuffled.mean()) < 0.1
    assert abs(found.accuracy.mean() - 1 / 3) < 0.1


def test_what_only_an_episode_has_in_common_is_not_found():
    """Steps of one episode never stand on both sides of a split."""
    rng = np.random.default_rng(1)
    groups = np.repeat(np.arange(40), 10)
    own = rng.normal(size=(40, 60)).astype(np.float32)
    found = probe(Samples(own[groups], rng.integers(0, 2, 40)[groups], groups), splits=20)
    assert found.accuracy.mean() < 0.65


def test_the_same_seed_gives_the_same():
    first, again = (probe(synthetic(True), splits=3, seed=4) for _ in range(2))
    assert np.array_equal(first.shuffled, again.shuffled)


def test_too_little_is_refused():
    one = Samples(np.zeros((4, 2), np.float32), np.zeros(4, np.int64), np.arange(4))
    with pytest.raises(UsageError, match="1 labels in 4 episodes"):
        probe(one)


def test_without_scikit_learn_one_line_says_what_to_install(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.linear_model", None)
    with pytest.raises(UsageError, match=r"shrdlu-dnc\[analysis\]"):
        probe(synthetic(True))


@pytest.mark.parametrize("env_id", ENV_IDS)
def test_every_world_knows_labels(env_id):
    """A user's own function acts; the labels agree with what the world says elsewhere."""
    env = gym.make(env_id)
    env.action_space.seed(0)

    def act(obs, info, start):
        return env.action_space.sample(), {"seen": np.asarray(obs, np.float32)}

    traces = trace_episodes(env, act, 2, seed=3, views=True)
    for trace in traces:
        assert len(trace.views) == len(trace) + 1
        assert [shrdlu_env.Phase(p).word for p in trace.labels["phase"]] == [
            view["phase"] for view in trace.views[:-1]
        ]
        assert {len(values) for values in trace.labels.values()} == {len(trace)}
        assert len(trace.inside["seen"]) == len(trace)
    assert len(labels_worth_asking(traces)) > 1
    env.close()


def test_labels_of_blocks_say_what_is_described():
    env = gym.make("shrdlu_env/MiniShrdlu-v0", lesson=8)
    trace = trace_episodes(env, lambda *_: (6, {}), 1, seed=1, views=True)[0]
    cue = cue_step(trace)
    for t, view in enumerate(trace.views[:-1]):
        told = {name: values[t] for name, values in trace.labels.items()}
        board = [[told[f"square_{row}_{column}"] for column in range(3)] for row in (2, 1, 0)]
        assert board == view["board"]
        if t < cue:
            text = f"{told['first']}{'ablr'[told['relation']]}{told['second']}"
            assert (chr(65 + told["goal"]), text) == (view["shown_goal"], view["shown_constraint"])
            assert told["chosen"] == -1
        else:
            assert told["goal"] == told["first"] == -1
            assert chr(65 + told["chosen"]) == view["cued_goal"]
            source, target = np.array([(a, b) for a in range(3) for b in range(3) if a != b])[told["optimal"]]
            assert f"{source + 1}>{target + 1}" in view["optimal_actions"]
    assert (trace.labels["action"] == 6).all()


def test_labels_of_graphs_are_the_digits_of_the_triple_shown():
    env = gym.make("shrdlu_env/GraphTraversal-v0", lesson=3)
    trace = trace_episodes(env, lambda *_: (np.zeros(9, np.int64), {}), 1, seed=1, views=True)[0]
    for t, view in enumerate(trace.views[:-1]):
        for part, number in zip(("source", "edge", "target"), view["shown"] or (None,) * 3, strict=True):
            digits = [trace.labels[f"{part}_{place}"][t] for place in ("hundreds", "tens", "ones")]
            assert digits == ([-1] * 3 if number is None else [int(d) for d in f"{number:03d}"])


def test_a_shipped_agent_is_read_and_its_core_is_left_as_it_was():
    traces = trace_agent("checkpoints/copy", episodes=12, seed=2, keep=("features", "read_weightings"))
    assert set(traces[0].inside) == {"features", "read_weightings"}
    samples = gather(traces, inside="features", label="due_3")
    assert set(np.unique(samples.labels)) == {0, 1}
    found = probe(samples, splits=5)
    assert found.accuracy.mean() > 0.95 > 0.7 > found.shuffled.mean()
    fewer = gather(traces, inside="features", label="due_3", most=10, seed=1)
    assert fewer.vectors.shape == (10, samples.vectors.shape[1])


def test_an_episode_without_such_a_step_is_left_out():
    phases = (
        {"phase": np.array([0, 3]), "due": np.array([-1, 1])},
        {"phase": np.array([0]), "due": np.array([-1])},
    )
    inside = np.zeros((2, 2, 3), np.float32), np.zeros((1, 2, 3), np.float32)
    traces = [Trace(known, {"table": held}, []) for known, held in zip(phases, inside, strict=True)]
    found = gather(traces, inside="table", label="due", when="answer")
    assert found.vectors.shape == (1, 6)
    assert found.groups.tolist() == [0]


def test_what_is_not_known_is_named():
    traces = trace_agent("checkpoints/copy", episodes=1, keep=("features",))
    for wrong, word in (
        ({"inside": "mind"}, "inside='mind'; allowed are features"),
        ({"label": "mood"}, "label='mood'"),
        ({"when": "never"}, "when='never'"),
    ):
        with pytest.raises(UsageError, match=word):
            gather(traces, **({"inside": "features", "label": "due_0"} | wrong))
    there = r"any, describe, answer, cue"
    for nothing, words in (
        (
            {"when": "plan"},
            rf"when='plan': there is no such step in the episodes played \(1\); allowed are {there}",
        ),
        (
            {"ahead": 500},
            r"when='any' with ahead=500: there is no step so much later .*; at most \d+ are possible",
        ),
        (
            {"when": "describe"},
            r"label='due_0' with when='describe': no such step has that label in the episodes",
        ),
    ):
        with pytest.raises(UsageError, match=words):
            gather(traces, **({"inside": "features", "label": "due_0"} | nothing))
    with pytest.raises(UsageError, match="'mind' is not inside this agent; it has "):
        trace_agent("checkpoints/copy", episodes=1, keep=("mind",))
