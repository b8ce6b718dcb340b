"""The policy: predicting step by step is what the learner unrolls; states, batches, options, refusals."""

import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium import spaces

from dnc_agent import DNCPolicy, EpisodicActorCritic, LSTMPolicy
from tests.dnc_agent.small_worlds import DNC_SIZES, LSTM_SIZES, Walk, make_agent, same_weights, weights

OPTIONS = {
    "plain": {},
    "shared": {"shared_core": True, "head_sizes": (6,)},
    "held": {"hold_at": 1, "core_columns": 2, "conjunctions": [[0, 1], [0, 2]], "head_sizes": (6,)},
}


def sharp_policy(core="lstm", **options):
    """A policy whose choices depend visibly on its state."""
    policy = make_agent(core=core, policy=options).policy
    with torch.no_grad():
        for parameter in policy.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=torch.Generator().manual_seed(3)))
    return policy


def episode(steps=12, batch=5, seed=0):
    return np.random.default_rng(seed).normal(size=(steps, batch, 3)).astype(np.float32)


@pytest.mark.parametrize("core", ["dnc", "lstm"])
@pytest.mark.parametrize("option", OPTIONS)
def test_predict_takes_the_mode_of_the_unrolled_logits(core, option):
    policy, observations = sharp_policy(core, **OPTIONS[option]), episode()
    state, actions = None, []
    for observation in observations:
        taken, state = policy.predict(observation, state, deterministic=True)
        actions.append(taken)
    actions, seen = torch.as_tensor(np.stack(actions)), torch.as_tensor(observations)
    outputs, _ = policy.policy_network.unroll(seen)
    logits = outputs.logits if policy.shared_core else outputs
    assert torch.equal(logits.argmax(-1), actions)
    assert len(actions.unique()) > 1


@pytest.mark.parametrize("option", OPTIONS)
def test_one_observation_and_a_batch_agree(option):
    policy, observations = sharp_policy("dnc", **OPTIONS[option]), episode()
    states, batch_state = [None] * 5, None
    for observation in observations:
        together, batch_state = policy.predict(observation, batch_state, deterministic=True)
        assert together.shape == (5,)
        for b in range(5):
            alone, states[b] = policy.predict(observation[b], states[b], deterministic=True)
            assert alone.shape == ()
            assert alone == together[b]
            for one, many in zip(states[b], batch_state, strict=True):
                np.testing.assert_allclose(one[0], many[b], atol=1e-5)


@pytest.mark.parametrize("option", OPTIONS)
def test_episode_start_forgets_that_episode_only(option):
    policy, observations = sharp_policy("dnc", **OPTIONS[option]), episode()
    _, before = policy.predict(observations[0], None, deterministic=True)
    start = np.array([True, False, False, True, False])
    _, after = policy.predict(observations[1], before, episode_start=start, deterministic=True)
    _, fresh = policy.predict(observations[1], None, deterministic=True)
    _, carried = policy.predict(observations[1], before, deterministic=True)
    for part, new, old in zip(after, fresh, carried, strict=True):
        np.testing.assert_allclose(part[start], new[start], atol=1e-6)
        np.testing.assert_allclose(part[~start], old[~start], atol=1e-6)
    assert any(np.abs(new - old).max() > 1e-3 for new, old in zip(fresh, carried, strict=True) if new.size)


def test_a_state_given_to_predict_is_left_alone():
    policy, observations = sharp_policy("dnc"), episode()
    _, state = policy.predict(observations[0])
    kept = [part.copy() for part in state]
    policy.predict(observations[1], state, episode_start=np.ones(5, bool))
    for part, copy in zip(state, kept, strict=True):
        np.testing.assert_array_equal(part, copy)


def test_initial_policy_is_near_uniform():
    policy = make_agent(core="dnc").policy
    logits, _ = policy.step(torch.randn(6, 3), policy.initial_state(6))
    assert torch.softmax(logits, -1).sub(1 / 3).abs().max() < 0.05


class Flat(gym.Env):
    """One step; observes a sample of any space."""

    action_space = spaces.Discrete(2)

    def __init__(self, space):
        self.observation_space = space

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.observation_space.seed(seed)
        return self.observation_space.sample(), {}

    def step(self, action):
        return self.observation_space.sample(), 1.0, True, False, {}


@pytest.mark.parametrize(
    ("space", "width"),
    [
        (spaces.Discrete(5), 5),
        (spaces.MultiDiscrete([2, 3]), 5),
        (spaces.MultiBinary(4), 4),
        (spaces.Box(-1, 1, (2, 3), np.float32), 6),
        (spaces.Box(-1, 1, (2,), np.float64), 2),
    ],
)
def test_other_observation_spaces(space, width):
    agent = make_agent(Flat(space))
    assert agent.policy.observation_size == width
    agent.learn(4)
    action, state = agent.predict(space.sample())
    assert action in (0, 1)
    assert len(state)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"core": "abacus"}, "abacus"),
        ({"colour": 1}, "colour"),
        ({"core_kwargs": {"hidden_size": 0}}, "hidden_size"),
    ],
)
def test_unfit_arguments_are_refused(options, word):
    with pytest.raises(ValueError, match=word):
        make_agent(policy=options)


class Numbered(Flat):
    action_space = spaces.Discrete(3, start=1)


class Steered(Flat):
    action_space = spaces.Box(-1, 1, (1,))


@pytest.mark.parametrize("world", [Numbered, Steered])
def test_unfit_action_spaces_are_refused(world):
    env = world(spaces.Discrete(2))
    with pytest.raises((ValueError, AssertionError), match="Discrete"):
        EpisodicActorCritic("LSTMPolicy", env, policy_kwargs={"core_kwargs": LSTM_SIZES})


def test_unfit_arguments_of_predict_are_refused():
    policy = make_agent(core="dnc").policy
    _, state = policy.predict(np.zeros((2, 3), np.float32))
    with pytest.raises(ValueError, match="shape"):
        policy.predict(np.zeros((2, 4), np.float32))
    with pytest.raises(ValueError, match="state"):
        policy.predict(np.zeros(3, np.float32), state)
    with pytest.raises(ValueError, match="episode_start"):
        policy.predict(np.zeros((2, 3), np.float32), state, episode_start=np.zeros(3, bool))
    with pytest.raises(ValueError, match="deterministic=tensor"):
        policy.predict(np.zeros((2, 3), np.float32), deterministic=torch.zeros(2))


@pytest.mark.parametrize(("cls", "sizes"), [(DNCPolicy, DNC_SIZES), (LSTMPolicy, LSTM_SIZES)])
def test_a_policy_by_class_is_the_policy_by_name(cls, sizes):
    agents = [
        EpisodicActorCritic(policy, Walk(), policy_kwargs={"core_kwargs": sizes}, seed=1, device="cpu")
        for policy in (cls, cls.__name__)
    ]
    assert same_weights(*map(weights, agents))
