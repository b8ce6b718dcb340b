"""Configurations as JSON: round trip, refusals, differences."""

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from train.config import (
    PRESETS,
    AgentConfig,
    LearnConfig,
    RunConfig,
    differences,
    from_json,
    to_json,
)

from tests.train.tiny import TINY, vary

FLOATS = st.floats(0, 10, allow_nan=False)
CONFIGS = st.builds(
    RunConfig,
    agent=st.builds(
        AgentConfig,
        core=st.sampled_from(["dnc", "lstm"]),
        hidden_size=st.integers(1, 999),
        sparse_links=st.none() | st.integers(1, 9),
        write_gate_bias=st.none() | FLOATS,
        head_sizes=st.lists(st.integers(1, 9), max_size=3).map(tuple),
        previous_action=st.booleans(),
    ),
    learn=st.builds(LearnConfig, learning_rate=FLOATS, minibatch_episodes=st.none() | st.integers(1, 9)),
    seed=st.integers(0, 2**63),
)


@given(CONFIGS)
def test_json_round_trip(config):
    again = from_json(RunConfig, json.loads(json.dumps(to_json(config))))
    assert again == config
    assert differences(config, again) == []
    assert isinstance(again.agent.head_sizes, tuple)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_round_trip(name):
    assert from_json(RunConfig, json.loads(json.dumps(to_json(PRESETS[name])))) == PRESETS[name]


def test_missing_settings_keep_their_defaults():
    assert from_json(RunConfig, {}) == RunConfig()
    assert from_json(RunConfig, {"learn": {"gamma": 1}}).learn == LearnConfig(gamma=1.0)


@pytest.mark.parametrize(
    ("data", "word"),
    [
        ({"colour": 1}, "colour"),
        ({"agent": {"colour": 1}}, "agent.colour"),
        ({"agent": {"core": "gru"}}, "agent.core"),
        ({"agent": {"hidden_size": 1.5}}, "agent.hidden_size"),
        ({"agent": {"hidden_size": True}}, "agent.hidden_size"),
        ({"agent": {"hidden_size": None}}, "agent.hidden_size"),
        ({"agent": {"shared_core": 1}}, "agent.shared_core"),
        ({"agent": {"head_sizes": ["a"]}}, "agent.head_sizes"),
        ({"agent": {"head_sizes": 4}}, "agent.head_sizes"),
        ({"agent": {"sparse_links": "all"}}, "agent.sparse_links"),
        ({"learn": {"gamma": "one"}}, "learn.gamma"),
        ({"learn": {"gamma": True}}, "learn.gamma"),
        ({"agent": []}, "agent"),
        ({"seed": "0"}, "seed"),
        ([], "config"),
        (None, "config"),
    ],
)
def test_what_does_not_fit_is_named(data, word):
    with pytest.raises(ValueError, match=word.replace(".", r"\.")) as caught:
        from_json(RunConfig, data)
    assert "\n" not in str(caught.value)


def test_differences_name_every_changed_setting_with_both_values():
    other = dataclasses.replace(vary(vary(TINY, "agent", core="lstm"), "learn", gamma=0.5), seed=3)
    assert differences(TINY, other) == [
        "agent.core: 'dnc' -> 'lstm'",
        "learn.gamma: 1.0 -> 0.5",
        "seed: 0 -> 3",
    ]
    assert differences(TINY, TINY) == []
