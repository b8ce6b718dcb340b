"""Checkpoints of format version 1 load as if written today, or are refused by name."""

import json

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

import dnc_agent
from dnc_agent import EpisodicActorCritic
from dnc_agent.checkpoint import read_checkpoint, write_checkpoint
from dnc_agent.cores import CORES
from dnc_agent.migration import CORE_DEFAULTS
from tests.dnc_agent.small_worlds import Walk, make_agent, same_weights, side_by_side, weights

RELATIONAL = {
    "start": 0,
    "places": 1,
    "entities": 3,
    "neighbours": [[[0, 0]]],
    "width": 4,
    "rounds": 1,
}
KINDS = {
    "two cores": ("lstm", {}),
    "shared": ("dnc", {"shared_core": True, "head_sizes": (4,)}),
    "relational": ("lstm", {"relational": RELATIONAL, "hold_at": 1}),
    "shared and relational": ("dnc", {"relational": RELATIONAL, "shared_core": True}),
}


def old_name(name, shared):
    """What a tensor was called: every part of the policy had a name of its own."""
    if not name.startswith("policy."):
        return name
    _, network, part, rest = name.split(".", 3)
    whose = network.split("_")[0]
    if part == "core":
        return f"policy.{whose}_core.{rest}"
    what, rest = rest.split(".", 1)
    if what == "trunk":
        return f"policy.{whose}_trunk.{rest}"
    return f"policy.{what if shared else whose + '_head'}.{rest}"


def as_version_1(path, agent, change=lambda kwargs: None):
    """Rewrite a checkpoint as b1cd940 wrote it: given settings only, other names, no digest."""
    tensors, meta = read_checkpoint(path)
    shared = agent.policy.shared_core
    world = meta.pop("environment")
    for name in ("kind", "experiment", "lineage"):
        meta.pop(name)
    given = dict(agent.policy_kwargs)
    given["optimizer_class"] = agent.policy.optimizer_class.__name__
    change(given)
    meta |= {"policy_kwargs": given, "extra": {"world_rng": world[0], "run": {"lesson": 3}}}
    renamed = {old_name(name, shared): value for name, value in tensors.items()}
    header = {"format": "shrdlu-dnc", "version": "1", "meta": json.dumps(meta)}
    save_file(renamed, path, metadata=header)
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_an_old_agent_is_the_agent_it_was(tmp_path, kind):
    core, policy = KINDS[kind]
    policy = policy | {"optimizer_class": torch.optim.Adam}
    agent = make_agent(side_by_side(Walk, 1), core=core, policy=policy, episodes_per_batch=3).learn(30)
    path = as_version_1(agent.save(tmp_path / "agent"), agent)
    loaded = EpisodicActorCritic.load(path, env=side_by_side(Walk, 1), device="cpu")
    assert same_weights(weights(agent), weights(loaded))
    assert loaded.experiment is None
    # Moments belong to the same parameters: training goes on to the bit.
    for one in (agent, loaded):
        one.learn(30, reset_num_timesteps=False)
    assert same_weights(weights(agent), weights(loaded))


def test_what_a_run_kept_comes_back(tmp_path):
    agent = make_agent(side_by_side(Walk, 1)).learn(10)
    path = as_version_1(agent.save(tmp_path / "agent"), agent)
    assert make_agent(side_by_side(Walk, 1)).restore(path)["run"] == {"lesson": 3}


@pytest.mark.parametrize(
    ("name", "off", "on"),
    [
        ("previous_action", False, True),
        ("head_sees_observation", False, True),
        ("value_core_kwargs", None, {"hidden_size": 5}),
    ],
)
def test_options_that_are_no_more(tmp_path, name, off, on):
    agent = make_agent(side_by_side(Walk, 1)).learn(10)
    path = agent.save(tmp_path / "agent")
    as_version_1(path, agent, lambda kwargs: kwargs.update({name: off}))
    assert same_weights(weights(dnc_agent.load(path)), weights(agent))
    agent.save(path)
    as_version_1(path, agent, lambda kwargs: kwargs.update({name: on}))
    with pytest.raises(ValueError, match=f"it needs {name}, which is no more.*b1cd940") as caught:
        dnc_agent.load(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "missing", ["policy", "policy_kwargs", "hyperparameters", "counters", "action_space"]
)
def test_a_description_that_lacks_a_part_is_damaged(tmp_path, missing):
    agent = make_agent(side_by_side(Walk, 1)).learn(10)
    path = as_version_1(agent.save(tmp_path / "agent"), agent)
    with safe_open(path, "pt") as stored:
        header = stored.metadata()
        tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
    meta = json.loads(header["meta"])
    meta.pop(missing)
    save_file(tensors, path, metadata=header | {"meta": json.dumps(meta)})
    with pytest.raises(ValueError, match=missing) as caught:
        dnc_agent.load(path)
    assert "\n" not in str(caught.value)


def test_every_option_of_a_core_has_its_old_default():
    """A new option must say here what it was before it existed."""
    for core, defaults in CORE_DEFAULTS.items():
        assert set(defaults) == set(CORES[core].Options.__dataclass_fields__)


def test_options_that_came_later_need_not_be_in_a_checkpoint(tmp_path):
    agent = make_agent(side_by_side(Walk, 1), core="dnc").learn(10)
    path = agent.save(tmp_path / "agent")
    tensors, meta = read_checkpoint(path)
    del meta["policy_kwargs"]["core_kwargs"]["norm_bias"]
    write_checkpoint(path, tensors, meta)
    assert dnc_agent.load(path).policy.policy_network.core.options == agent.policy.policy_network.core.options
    del meta["policy_kwargs"]["core_kwargs"]["memory_size"]
    write_checkpoint(path, tensors, meta)
    with pytest.raises(ValueError, match="lacks option of core dnc memory_size"):
        dnc_agent.load(path)


def test_the_shipped_agent_is_named_anew():
    tensors, meta = read_checkpoint("checkpoints/mini-shrdlu")
    assert meta["kind"] == "actor-critic"
    assert meta["policy_kwargs"]["names"] == [26, 43, 42]
    assert "names" not in meta["policy_kwargs"]["core_kwargs"]
    assert {name.split(".")[1] for name in tensors} == {"policy_network"}
    action, _ = dnc_agent.load("checkpoints/mini-shrdlu").predict(
        np.zeros(97, np.float32), deterministic=True
    )
    assert 0 <= action < 7
