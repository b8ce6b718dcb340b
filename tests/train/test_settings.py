"""Settings: round trip through JSON, ranges, differences, and configurations of earlier releases."""

import dataclasses
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.train.tiny import MINI, TINY, vary
from train import experiments
from train.errors import UsageError
from train.experiments.mini_shrdlu.settings import PRESETS, AgentConfig, LearnConfig, MiniShrdluConfig
from train.experiments.mini_shrdlu.wiring import policy_arguments
from train.rundir import config_from_json, config_to_json
from train.settings import (
    LATER,
    Curriculum,
    History,
    check_ranges,
    completed,
    differences,
    from_json,
    leaves,
    to_json,
    with_settings,
)

ROOT = Path(__file__).parents[2]
OLD = ROOT / "tests" / "train" / "old_config.json"
CONFIGS = st.builds(
    MiniShrdluConfig,
    agent=st.builds(
        AgentConfig,
        core=st.sampled_from(["dnc", "lstm"]),
        hidden_size=st.integers(1, 999),
        sparse_links=st.none() | st.integers(1, 9),
        forget_bias=st.floats(-20, 20),
        head_sizes=st.lists(st.integers(1, 9), max_size=3).map(tuple),
        hold_cue=st.booleans(),
    ),
    learn=st.builds(
        LearnConfig, learning_rate=st.floats(1e-9, 1), minibatch_episodes=st.none() | st.integers(1, 9)
    ),
    seed=st.integers(0, 2**32 - 1),
)


def old_config():
    """A complete configuration as commit b1cd940 kept it: the default preset's."""
    return json.loads(OLD.read_text())


@given(CONFIGS)
def test_json_round_trip(config):
    experiment, again = config_from_json(json.loads(json.dumps(config_to_json(MINI, config))))
    assert experiment.name == "mini-shrdlu"
    assert again == config
    assert differences(config, again) == []
    assert isinstance(again.agent.head_sizes, tuple)
    check_ranges(again)


@pytest.mark.parametrize("name", experiments.ROWS)
def test_presets_are_whole_and_in_range(name):
    experiment = experiments.find(name)
    assert experiment.name == name
    for config in experiment.presets.values():
        check_ranges(config)
        assert config_from_json(json.loads(json.dumps(config_to_json(experiment, config)))).config == config
        assert config.curriculum.first <= experiment.lessons


@pytest.mark.parametrize("name", experiments.ROWS)
def test_settings_are_about_forty_and_each_says_what_it_does(name):
    config = experiments.find(name).default()
    names = [leaf for leaf, _, _ in leaves(config)]
    assert len(names) <= 45
    assert len({leaf.rpartition(".")[2] for leaf in names}) == len(names), "flags have no prefixes"


def test_a_missing_or_unknown_setting_is_named():
    data = to_json(TINY)
    assert from_json(MiniShrdluConfig, data) == TINY
    del data["learn"]["gamma"]
    with pytest.raises(UsageError, match=r"missing setting learn\.gamma"):
        from_json(MiniShrdluConfig, data)
    with pytest.raises(UsageError, match="missing setting agent"):
        from_json(MiniShrdluConfig, {})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("colour", 1),
        ("agent.colour", 1),
        ("agent.core", "perceptron"),
        ("agent.hidden_size", 1.5),
        ("agent.hidden_size", True),
        ("agent.hidden_size", None),
        ("agent.hidden_size", 0),
        ("agent.memory_size", 2**31),
        ("agent.shared_core", 1),
        ("agent.head_sizes", ["a"]),
        ("agent.head_sizes", [-1]),
        ("agent.head_sizes", 4),
        ("agent.sparse_links", "all"),
        ("learn.gamma", "one"),
        ("learn.gamma", True),
        ("learn.learning_rate", math.nan),
        ("learn.vf_coef", math.inf),
        ("agent.sparse_links", np.zeros((2, 3))),
        ("agent.core", np.zeros((2, 3))),
        pytest.param("agent.hidden_size", 10**5000, id="huge"),
        ("agent", []),
        ("seed", "0"),
        ("seed", -1),
    ],
)
def test_what_does_not_fit_is_named(name, value):
    data = to_json(TINY)
    group, _, leaf = name.rpartition(".")
    (data[group] if group else data)[leaf] = value
    with pytest.raises(UsageError, match=leaf) as caught:
        from_json(MiniShrdluConfig, data)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("data", [[], None, "x", {"experiment": 3}, {"experiment": "chess"}, {"agent": {}}])
def test_what_is_no_configuration(data):
    with pytest.raises(UsageError):
        config_from_json(data)


def test_what_is_no_name_of_an_experiment_is_told_in_one_line():
    with pytest.raises(UsageError, match=r"experiment=array.*allowed are mini-shrdlu") as caught:
        experiments.find(np.zeros((2, 3)))
    assert "\n" not in str(caught.value)


def test_differences_name_every_changed_setting_with_both_values():
    other = dataclasses.replace(vary(vary(TINY, "agent", core="lstm"), "learn", gamma=0.5), seed=3)
    assert sorted(differences(TINY, other)) == [
        "agent.core: 'dnc' -> 'lstm'",
        "learn.gamma: 1.0 -> 0.5",
        "seed: 0 -> 3",
    ]
    assert differences(TINY, TINY) == []


def test_settings_by_their_names_alone():
    changed = with_settings(TINY, gamma=0.5, seed=3, gate_every=7)
    assert (changed.learn.gamma, changed.seed, changed.curriculum.gate_every) == (0.5, 3, 7)
    assert with_settings(TINY) == TINY
    with pytest.raises(UsageError, match="unknown setting colour"):
        with_settings(TINY, colour=1)
    with pytest.raises(UsageError, match="gamma=2"):
        with_settings(TINY, gamma=2)


class TestEarlierReleases:
    def test_the_default_of_then_is_the_default_of_now(self):
        experiment, config = config_from_json(old_config())
        assert experiment.name == "mini-shrdlu"
        # Checks were rarer then.
        assert config == vary(PRESETS["default"], "curriculum", lesson=1, gate_every=50)

    def test_the_shipped_agent_s_settings(self):
        config = config_from_json(
            json.loads((ROOT / "checkpoints/mini-shrdlu/config.json").read_text())
        ).config
        assert config.learn.gae_lambda == 0.97
        assert config.agent.gate_biases
        assert config.curriculum == Curriculum(lesson=1, gate_every=50)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("agent.previous_action", True),
            ("agent.head_sees_observation", True),
            ("agent.relational_hidden", 256),
            ("agent.masked_lookup", True),
            ("agent.content_mode_bias", 2.0),
            ("learn.recall", 0.1),
            ("learn.reward_scale", 2.0),
            ("world.undo_penalty", 0.0),
        ],
    )
    def test_what_was_switched_on_and_is_gone_is_refused(self, name, value):
        data = old_config()
        group, leaf = name.split(".")
        data[group][leaf] = value
        with pytest.raises(UsageError, match="b1cd940") as caught:
            config_from_json(data)
        assert "bias" in str(caught.value) or f"{name}={value!r}" in str(caught.value)

    def test_settings_that_came_later_are_off_where_nothing_was_said(self):
        data = old_config()
        for name in ("conjunctions", "name_keys", "hold_cue", "core_sees_board", "forget_bias"):
            del data["agent"][name]
        for name in ("write_gate", "allocation_gate", "free_gate", "read_strength", "content_mode"):
            data["agent"][f"{name}_bias"] = None
        agent = config_from_json(data).config.agent
        on = (agent.conjunctions, agent.name_keys, agent.hold_cue, agent.gate_biases)
        assert not any(on)
        assert agent.core_sees_board
        assert agent.forget_bias == 0

    def test_other_parts_may_not_be_missing(self):
        data = old_config()
        del data["learn"]["gamma"]
        with pytest.raises(UsageError, match=r"learn\.gamma"):
            config_from_json(data)


def test_settings_that_came_later_are_filled_in_by_name():
    history = History(later={"learn.share": 0.25, "mood": "calm"})
    expected = {"learn": {"rate": 1, "share": 0.25}, "mood": "calm"}
    assert completed({"learn": {"rate": 1}}, history) == expected | LATER
    kept = {"learn": {"rate": 1, "share": 0.5}, "mood": "wild", "matmul_precision": "bf16"}
    assert completed(kept, history) == kept
    assert completed({"learn": 3}, history) == {"learn": 3, "mood": "calm"} | LATER
    # Runs of question answering from before words were said again.
    experiment = experiments.find("babi")
    data = config_to_json(experiment, experiment.default())
    del data["learn"]["reemit_share"]
    assert config_from_json(data).config == experiment.default()
    del data["learn"]["optimizer"]
    with pytest.raises(UsageError, match=r"learn\.optimizer"):
        config_from_json(data)


def test_the_plain_preset_has_none_of_what_is_put_in():
    """Free are the optimiser, its numbers, the input's gain and the interface's biases."""
    from shrdlu_env.blocks.layout import Layout

    plain = PRESETS["plain"]
    arguments = policy_arguments(plain, Layout(3))
    core = arguments["core_kwargs"]
    assert (core["controller"], core["hidden_size"], core["num_layers"]) == ("feedforward", 192, 1)
    assert (core["forget_bias"], core["input_gain"]) == (0.0, 8.0)
    assert (core["memory_size"], core["word_size"], core["read_heads"]) == (32, 96, 4)
    assert not any((core["interface_skip"], core["reads_skip"]))
    assert arguments["relational"] is None
    assert arguments["core_columns"] is None
    assert arguments["names"] is None
    assert arguments["hold_at"] is None
    assert arguments["conjunctions"] == ()
    assert arguments["core_lr_scale"] == 1.0
    assert not plain.learn.fork


def test_the_paper_s_preset_has_none_of_what_is_put_in():
    """Columns of the paper's table, and a policy without any lever."""
    from shrdlu_env.blocks.layout import Layout

    paper = PRESETS["paper"]
    arguments = policy_arguments(paper, Layout(3))
    core = arguments["core_kwargs"]
    assert not core.keys() & {"interface_bias", "names"}
    assert (core["memory_size"], core["word_size"], core["read_heads"]) == (32, 100, 3)
    assert (core["hidden_size"], core["num_layers"], core["forget_bias"]) == (250, 2, 0.0)
    assert not any((core["interface_skip"], core["reads_skip"]))
    assert arguments["relational"] is None
    assert arguments["core_columns"] is None
    assert arguments["hold_at"] is None
    assert arguments["conjunctions"] == ()
    assert arguments["head_sizes"] == ()
    assert not arguments["shared_core"]
    assert arguments["core_lr_scale"] == 1.0
    assert (paper.learn.learning_rate, paper.learn.ent_coef, paper.learn.episodes_per_batch) == (
        3e-5,
        0.5,
        32,
    )
    assert paper.learn.max_grad_norm is None
    assert not any((paper.learn.fork, paper.learn.normalize_advantage))
