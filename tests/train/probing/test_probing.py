"""Linear probes: what is there is found, what is not there is at chance; traces of any agent and any world."""

from dataclasses import replace

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


def known(**labels):
    """An episode of three steps."""
    return Trace({"phase": np.zeros(3, np.int64)} | labels, {"x": np.arange(6.0).reshape(3, 2)}, [])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"ahead": -1}, "^ahead=-1; it must be a whole number of at least 0$"),
        ({"ahead": 1.5}, r"^ahead=1\.5; "),
        ({"ahead": True}, "^ahead=True; "),
        ({"most": -1}, "^most=-1; it must be a whole number of at least 1$"),
        ({"most": 0}, "^most=0; "),
        ({"most": 2.0}, r"^most=2\.0; "),
        ({"seed": -1}, "^seed=-1; "),
        (
            {"label": "share"},
            r"^label='share' is float64 of shape \(3,\); it must be a whole number for each of the 3",
        ),
        ({"label": "short"}, r"^label='short' is int64 of shape \(2,\); "),
        ({"label": "own"}, "^label='own'; allowed are "),
    ],
)
def test_what_cannot_be_gathered_is_refused(arguments, said):
    labels = {"due": np.arange(3), "share": np.full(3, 0.7), "short": np.arange(2)}
    # Of the second episode less is known.
    traces = [known(**labels, own=np.arange(3)), known(**labels)]
    with pytest.raises(UsageError, match=said):
        gather(traces, **({"inside": "x", "label": "due"} | arguments))


def test_labels_are_whole_numbers_of_one_type():
    found = gather([known(due=np.array([True, False, True]))], inside="x", label="due", ahead=1)
    assert (found.labels.dtype, found.labels.tolist()) == (np.int64, [0, 1])
    assert found.vectors[:, 0].tolist() == [0, 2]


def test_nothing_played_is_nothing_to_gather():
    with pytest.raises(UsageError, match=r"^traces=\[\]; there must be at least one episode$"):
        gather([], inside="x", label="due")
    with pytest.raises(UsageError, match=r"^traces=\[\]; "):
        labels_worth_asking([])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"l2": 0}, "^l2=0; it must be a finite number above 0$"),
        ({"l2": float("nan")}, "^l2=nan; "),
        ({"l2": float("inf")}, "^l2=inf; "),
        ({"test_share": 1}, "^test_share=1; it must be a number above 0 and below 1$"),
        ({"test_share": 0.0}, r"^test_share=0\.0; "),
        ({"test_share": "0.2"}, r"^test_share='0\.2'; "),
        ({"splits": 0}, "^splits=0; it must be a whole number of at least 1$"),
        ({"splits": 1.5}, r"^splits=1\.5; "),
        ({"seed": -1}, "^seed=-1; "),
    ],
)
def test_numbers_of_a_probe_out_of_range_are_refused(arguments, said):
    with pytest.raises(UsageError, match=said):
        probe(synthetic(True), **arguments)


def test_samples_that_are_none_are_refused():
    good = synthetic(True)
    for changed, said in (
        ({"labels": good.labels + 0.5}, "^labels are float64; they must be whole numbers$"),
        (
            {"vectors": good.vectors[1:]},
            "^239 vectors, 240 labels, 240 groups; there must be as many of each$",
        ),
        ({"vectors": good.vectors * np.inf}, "^vectors hold a number that is not finite"),
    ):
        with pytest.raises(UsageError, match=said):
            probe(replace(good, **changed))


@pytest.mark.parametrize("share", [0.01, 0.99])
def test_something_is_tested_and_something_learnt_from(share):
    found = probe(synthetic(True), splits=2, test_share=share)
    assert np.isfinite(found.accuracy).all()


def test_whoever_acts_may_write_into_the_same_array_at_every_step():
    env = gym.make("shrdlu_env/MiniShrdlu-v0", lesson=3)
    held = np.zeros(2, np.float32)

    def act(obs, info, start):
        held[:] = 0 if start else held + 1
        return 6, {"count": held}

    for trace in trace_episodes(env, act, 2):
        assert trace.inside["count"][:, 0].tolist() == list(range(len(trace)))
    env.close()


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
