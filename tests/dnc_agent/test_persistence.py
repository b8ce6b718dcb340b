"""Saving and loading agents: the same predictions, exactly the same further training, clear refusals."""

import json

import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium import spaces
from hypothesis import given
from hypothesis import strategies as st

import dnc_agent
from dnc_agent import LSTM, EpisodicActorCritic
from dnc_agent.checkpoint import read_checkpoint, write_checkpoint
from dnc_agent.networks.actor_critic import NetworkOptions
from dnc_agent.persistence import read_extra, save_agent
from dnc_agent.spaces_json import space_from_json, space_to_json
from tests.dnc_agent.helpers import examples
from tests.dnc_agent.rl.test_update import IsPositive
from tests.dnc_agent.small_worlds import Cue, Walk, make_agent, same_weights, side_by_side, weights
from tests.dnc_agent.test_checkpoint import flips

FULL = {"hold_at": 1, "core_columns": 2, "head_sizes": (6,)}


def trained(core="lstm", steps=60, **kwargs):
    return make_agent(core=core, **kwargs).learn(steps)


def edited(path, target, change=lambda meta: None, tensors=lambda tensors: None):
    """A copy of a checkpoint with a changed description or changed tensors."""
    values, meta = read_checkpoint(path)
    change(meta)
    tensors(values)
    return write_checkpoint(target, values, meta)


@pytest.mark.parametrize("core", ["dnc", "lstm"])
@pytest.mark.parametrize("policy", [{}, FULL, {"shared_core": True}])
def test_a_loaded_agent_predicts_the_same(tmp_path, core, policy):
    agent = trained(core, policy=policy)
    agent.save(tmp_path / "agent")
    for other in (dnc_agent.load(tmp_path), EpisodicActorCritic.load(tmp_path / "agent", device="cpu")):
        assert same_weights(weights(agent), weights(other))
        state, other_state = None, None
        for observation in np.random.default_rng(0).normal(size=(6, 3, 3)).astype(np.float32):
            action, state = agent.predict(observation, state, deterministic=True)
            other_action, other_state = other.predict(observation, other_state, deterministic=True)
            np.testing.assert_array_equal(action, other_action)
            for one, two in zip(state, other_state, strict=True):
                np.testing.assert_array_equal(one, two)
        assert (other.num_timesteps, other._episode_num) == (agent.num_timesteps, agent._episode_num)


@pytest.mark.parametrize("optimizer", [torch.optim.Adam, torch.optim.RMSprop, torch.optim.SGD])
def test_training_goes_on_exactly(tmp_path, optimizer):
    """Optimizer moments, auxiliary heads and all generators, the environment's too, come back."""
    options = {"policy": {"optimizer_class": optimizer}, "minibatch_episodes": 2, "n_epochs": 2}
    agent = trained(auxiliary=IsPositive(), auxiliary_sizes=(4,), **options)
    agent.save(tmp_path / "agent")
    results = []
    env = side_by_side(Walk, 4)
    loaded = EpisodicActorCritic.load(tmp_path, env=env, device="cpu", auxiliary=IsPositive())
    for one in (loaded, agent):
        one.learn(40, reset_num_timesteps=False)
        heads = {name: value.clone() for name, value in one.auxiliary_heads.state_dict().items()}
        results.append((weights(one), heads, one.num_timesteps, one._n_updates))
    assert same_weights(results[0][0], results[1][0])
    assert same_weights(results[0][1], results[1][1])
    assert results[0][2:] == results[1][2:]


def moments(agent, count):
    entries = agent.policy.optimizer.state_dict()["state"]
    return [entries[index]["exp_avg"].clone() for index in range(count)]


def test_moments_are_kept_without_the_auxiliary_heads(tmp_path):
    adam = {"optimizer_class": torch.optim.Adam}
    agent = trained(auxiliary=IsPositive(), policy=adam)
    agent.save(tmp_path / "agent")
    loaded = dnc_agent.load(tmp_path)
    count = len(list(agent.policy.parameters()))
    for one, other in zip(moments(agent, count), moments(loaded, count), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)


def test_a_checkpoint_made_on_a_gpu_loads_on_a_cpu(tmp_path):
    """Its generator has another kind of state (16 bytes), which cannot be used here."""
    path = save_agent(trained(), tmp_path / "agent")
    edited(path, path, tensors=lambda t: t.update(generator=torch.zeros(16, dtype=torch.uint8)))
    assert dnc_agent.load(path).predict(np.zeros(3, np.float32))


def test_a_generator_of_another_size_is_of_neither(tmp_path):
    path = save_agent(trained(), tmp_path / "agent")
    edited(path, path, tensors=lambda t: t.update(generator=torch.cat([t["generator"]] * 2)))
    with pytest.raises(ValueError, match=r"its generator has shape \(10112,\)"):
        make_agent().restore(path)


def test_extra_and_a_file_without_optimizer(tmp_path):
    agent = trained()
    path = save_agent(agent, tmp_path / "agent", extra={"lesson": 3})
    assert read_extra(path) == {"lesson": 3}
    agent.save(tmp_path / "light", exclude=["policy.optimizer"])
    assert (tmp_path / "light.safetensors").stat().st_size < path.stat().st_size
    assert same_weights(weights(dnc_agent.load(tmp_path / "light")), weights(agent))


def test_hyperparameters_come_back_and_can_be_replaced(tmp_path):
    agent = make_agent(gamma=0.9, ent_coef=0.3, minibatch_episodes=2, max_grad_norm=None, learning_rate=2e-3)
    agent.save(tmp_path / "agent")
    loaded = EpisodicActorCritic.load(tmp_path, gae_lambda=0.5)
    assert (loaded.gamma, loaded.ent_coef, loaded.minibatch_episodes) == (0.9, 0.3, 2)
    assert (loaded.max_grad_norm, loaded.gae_lambda, loaded.learning_rate) == (None, 0.5, 2e-3)


def test_load_takes_an_environment_of_any_kind(tmp_path):
    agent = make_agent("CartPole-v1").learn(10)
    agent.save(tmp_path / "agent")
    for env in (
        "CartPole-v1",
        gym.make("CartPole-v1"),
        gym.make_vec("CartPole-v1", 2, "sync", vector_kwargs={"autoreset_mode": "SameStep"}),
    ):
        loaded = EpisodicActorCritic.load(tmp_path, env=env, device="cpu")
        assert loaded.learn(10).num_timesteps >= 10


def test_another_environment_is_refused(tmp_path):
    make_agent().save(tmp_path / "agent")
    with pytest.raises(ValueError, match="does not fit this environment"):
        EpisodicActorCritic.load(tmp_path, env=Cue())
    agent = make_agent(side_by_side(Cue, 2))
    before = weights(agent)
    with pytest.raises(ValueError, match=r"agent\.safetensors does not fit") as caught:
        agent.restore(tmp_path)
    assert "\n" not in str(caught.value)
    assert same_weights(before, weights(agent))


@pytest.mark.parametrize(
    "change",
    [
        lambda meta: meta.pop("policy"),
        lambda meta: meta.pop("hyperparameters"),
        lambda meta: meta.pop("counters"),
        lambda meta: meta.update(policy="Unknown"),
        lambda meta: meta.update(action_space={"type": "Dict"}),
        lambda meta: meta.update(observation_space={"type": "Discrete", "n": -1, "start": 0}),
        lambda meta: meta["hyperparameters"].update(colour=3),
        lambda meta: meta["hyperparameters"].update(gamma=7),
        lambda meta: meta["policy_kwargs"].update(colour=3),
        lambda meta: meta["policy_kwargs"].update(optimizer_class="system"),
        lambda meta: meta["policy_kwargs"]["core_kwargs"].update(colour=3),
        lambda meta: meta["policy_kwargs"]["core_kwargs"].update(hidden_size=9),
        lambda meta: meta["policy_kwargs"]["core_kwargs"].update(hidden_size="x"),
        lambda meta: meta["policy_kwargs"]["core_kwargs"].pop("forget_bias"),
        lambda meta: meta["policy_kwargs"].pop("hold_at"),
        lambda meta: meta["policy_kwargs"].update(core="abacus"),
        lambda meta: meta["policy_kwargs"].update(core=["lstm"]),
        lambda meta: meta["policy_kwargs"].update(head_sizes=[-1]),
        lambda meta: meta["policy_kwargs"].update(relational=[1]),
        lambda meta: meta["policy_kwargs"].update(conjunctions=3),
        lambda meta: meta.update(policy_kwargs=[]),
        lambda meta: meta["hyperparameters"].pop("gae_lambda"),
        lambda meta: meta["hyperparameters"].update(gamma="x"),
        lambda meta: meta["hyperparameters"].update(auxiliary_sizes=3),
        lambda meta: meta["hyperparameters"].update(seed="x"),
        lambda meta: meta.update(learning_rate=None),
        lambda meta: meta["counters"].update(num_timesteps=-1),
        lambda meta: meta["counters"].update(_n_updates="x"),
        lambda meta: meta["counters"].update(__class__=1),
        lambda meta: meta.update(counters=[]),
        lambda meta: meta.update(extra=None),
        lambda meta: meta.update(lineage={}),
        lambda meta: meta.pop("experiment"),
        lambda meta: meta.update(shuffler={"bit_generator": "PCG64"}),
        lambda meta: meta.update(shuffler={"bit_generator": "MT19937", "state": {}}),
        lambda meta: meta.update(environment=3),
        lambda meta: meta.update(kind=None),
    ],
)
def test_an_unfit_description_is_refused(tmp_path, change):
    path = save_agent(make_agent(), tmp_path / "agent")
    bad = edited(path, tmp_path / "bad", change)
    with pytest.raises(ValueError, match=r".") as caught:
        dnc_agent.load(bad)
    assert "\n" not in str(caught.value)


def weight(change):
    def changed(tensors):
        name = "policy.value_network.readout.head.layers.0.bias"
        tensors[name] = change(tensors[name])

    return changed


@pytest.mark.parametrize(
    "change",
    [
        weight(lambda value: value.double()),
        weight(lambda value: value.int()),
        weight(lambda value: value > 0),
        weight(lambda value: value[:, None]),
        lambda tensors: tensors.update({"policy.other": torch.zeros(2)}),
        lambda tensors: tensors.update({"other": torch.zeros(2)}),
        lambda tensors: tensors.update({"optimizer.x.square_avg": torch.zeros(2)}),
        lambda tensors: tensors.update({"optimizer.0.square_avg": torch.zeros(2, 2)}),
        lambda tensors: tensors.pop("policy.policy_network.core.controller.weights.0"),
    ],
)
def test_unfit_tensors_are_refused_and_change_nothing(tmp_path, change):
    path = save_agent(make_agent(), tmp_path / "agent")
    bad = edited(path, tmp_path / "bad", tensors=change)
    agent = make_agent(seed=5).learn(20)
    before = weights(agent)
    for read in (dnc_agent.load, agent.restore):
        with pytest.raises(ValueError, match=r"bad\.safetensors") as caught:
            read(bad)
        assert "\n" not in str(caught.value)
    assert same_weights(before, weights(agent))


def test_every_flipped_bit_of_an_agent_is_noticed(tmp_path):
    path = save_agent(make_agent().learn(10), tmp_path / "agent")
    for damaged in flips(path, 100):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"agent\.safetensors"):
            dnc_agent.load(path)


def test_all_options_are_stored_given_or_not(tmp_path):
    """A later release may have other defaults."""
    meta = read_checkpoint(make_agent().save(tmp_path / "agent"))[1]
    core = meta["policy_kwargs"]["core_kwargs"]
    assert core["hidden_size"] == 8
    assert set(core) == set(LSTM.Options.__dataclass_fields__)
    assert set(NetworkOptions.__dataclass_fields__) < set(meta["policy_kwargs"])


def test_a_checkpoint_names_its_experiment_and_lineage(tmp_path):
    agent = make_agent()
    agent.experiment = "walking"
    lineage = [{"from": "runs/a", "episodes": 3}]
    agent.save(tmp_path / "agent", extra={"lineage": lineage, "x": 1})
    loaded = EpisodicActorCritic.load(tmp_path, device="cpu")
    assert (loaded.experiment, loaded.lineage) == ("walking", lineage)
    assert read_extra(tmp_path) == {"lineage": lineage, "x": 1}


def test_an_agent_that_is_saved_again_keeps_the_one_before(tmp_path):
    agent = make_agent()
    path = agent.save(tmp_path / "agent")
    first = weights(agent)
    agent.learn(10)
    agent.save(path)
    assert same_weights(weights(dnc_agent.load(f"{path}.previous")), first)
    assert same_weights(weights(dnc_agent.load(path)), weights(agent))
    agent.save(tmp_path / "light", with_optimizer=False)
    agent.save(tmp_path / "light", with_optimizer=False)
    assert not (tmp_path / "light.safetensors.previous").exists()


def test_missing_weights_are_refused(tmp_path):
    path = save_agent(make_agent(), tmp_path / "agent")
    bad = edited(
        path, tmp_path / "bad", tensors=lambda t: t.pop("policy.value_network.readout.head.layers.0.bias")
    )
    with pytest.raises(ValueError, match=r"readout\.head"):
        dnc_agent.load(bad)
    with pytest.raises(FileNotFoundError):
        dnc_agent.load(tmp_path / "none")


BOXES = st.builds(
    lambda low, high, shape, dtype: spaces.Box(low, high, shape, dtype),
    st.integers(-100, 0),
    st.integers(1, 100),
    st.sampled_from([(), (3,), (2, 2)]),
    st.sampled_from([np.float32, np.float64, np.int8, np.int64]),
)
SPACES = st.one_of(
    BOXES,
    st.builds(lambda n, start: spaces.Discrete(n, start=start), st.integers(1, 9), st.integers(-3, 3)),
    st.builds(lambda n: spaces.MultiBinary(n), st.sampled_from([4, [2, 3]])),
    st.builds(
        lambda n, start: spaces.MultiDiscrete(n, start=start),
        st.just([2, 5]),
        st.sampled_from([None, [1, -1]]),
    ),
    st.just(spaces.Box(np.array([-np.inf, 0.0], np.float32), np.array([1.0, np.inf], np.float32))),
    st.just(spaces.Box(-(2**63), 2**63 - 1, (2,), np.int64)),
)


@given(SPACES)
@examples(60)
def test_spaces_survive_json(space):
    assert space_from_json(json.loads(json.dumps(space_to_json(space)))) == space


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"type": "Tuple"},
        {"type": "Box", "low": 0, "high": 1, "shape": [2], "dtype": "colour"},
        {"type": "Box", "low": "x", "high": 1, "shape": [2], "dtype": "float32"},
        {"type": "Box", "low": 1e308, "high": 1, "shape": [97], "dtype": "float32"},
        {"type": "Discrete", "n": 0, "start": 0},
        {"type": "MultiDiscrete", "nvec": "x"},
    ],
)
def test_what_is_no_space_is_refused(data):
    with pytest.raises(ValueError, match="not a stored space") as caught:
        space_from_json(data)
    assert "\n" not in str(caught.value)
    with pytest.raises(ValueError, match="Dict"):
        space_to_json(spaces.Dict({}))
