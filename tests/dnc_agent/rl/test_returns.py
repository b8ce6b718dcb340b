"""Advantages and returns against the sums that define them, written out one element at a time."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnc_agent.parallel import Processes
from dnc_agent.rl.returns import generalized_advantages, normalize
from tests.dnc_agent.helpers import SEEDS, examples

FACTORS = st.sampled_from([0.0, 0.3, 0.75, 0.95, 1.0])


def random_batch(seed, steps=7, episodes=4, prefix=False, cut=False):
    """Episodes of random lengths; padding is full of noise, which must not matter."""
    rng = np.random.default_rng(seed)
    rewards, values = rng.normal(size=(2, steps, episodes))
    lengths = rng.integers(1, steps + 1, episodes)
    lengths[0] = steps
    valid = np.arange(steps)[:, None] < lengths
    acting = valid.copy()
    if prefix:
        acting &= np.arange(steps)[:, None] >= rng.integers(0, lengths)
    bootstrap = rng.normal(size=episodes) * (rng.random(episodes) < 0.5) if cut else None
    return rewards, values, valid, acting, lengths, bootstrap


def double_sum(rewards, values, last_value, gamma, lam):
    """sum over tau >= t of (gamma lambda)^(tau - t) delta_tau, for one episode with every step acting."""
    steps = len(rewards)
    after = [*values[1:], last_value]
    deltas = [rewards[t] + gamma * after[t] - values[t] for t in range(steps)]
    return [sum((gamma * lam) ** (tau - t) * deltas[tau] for tau in range(t, steps)) for t in range(steps)]


def long_transitions(rewards, values, acting, last_value, gamma, lam):
    """The same when each acting step is one transition that lasts until the next acting step."""
    bounds = [*np.flatnonzero(acting), len(rewards)]
    result, after_value, after_advantage = np.zeros(len(rewards)), last_value, 0.0
    for start, end in reversed(list(itertools.pairwise(bounds))):
        reward = sum(gamma ** (t - start) * rewards[t] for t in range(start, end))
        discount = gamma ** (end - start)
        delta = reward + discount * after_value - values[start]
        result[start] = delta + discount * lam * after_advantage
        after_value, after_advantage = values[start], result[start]
    return result


@given(SEEDS, FACTORS, FACTORS, st.booleans())
@examples(60)
def test_advantages_are_the_double_sum_where_every_step_acts(seed, gamma, lam, cut):
    rewards, values, valid, acting, lengths, bootstrap = random_batch(seed, cut=cut)
    advantages, returns = generalized_advantages(
        rewards, values, valid, acting, gamma=gamma, gae_lambda=lam, bootstrap=bootstrap
    )
    for b, length in enumerate(lengths):
        last = 0.0 if bootstrap is None else bootstrap[b]
        expected = double_sum(rewards[:length, b], values[:length, b], last, gamma, lam)
        np.testing.assert_allclose(advantages[:length, b], expected, atol=1e-10)
        discounted = [
            sum(gamma ** (tau - t) * rewards[tau, b] for tau in range(t, length))
            + gamma ** (length - t) * last
            for t in range(length)
        ]
        np.testing.assert_allclose(returns[:length, b], discounted, atol=1e-10)


@given(SEEDS, FACTORS, FACTORS, st.booleans())
@examples(60)
def test_a_step_without_a_decision_is_part_of_a_longer_transition(seed, gamma, lam, cut):
    rewards, values, valid, _, lengths, bootstrap = random_batch(seed, cut=cut)
    # Not only a prefix: any pattern of acting steps.
    acting = valid & (np.random.default_rng(seed + 1).random(valid.shape) < 0.5)
    advantages, returns = generalized_advantages(
        rewards, values, valid, acting, gamma=gamma, gae_lambda=lam, bootstrap=bootstrap
    )
    everywhere = generalized_advantages(
        rewards, values, valid, valid, gamma=gamma, gae_lambda=lam, bootstrap=bootstrap
    )
    np.testing.assert_allclose(returns, everywhere[1], atol=1e-12)
    for b, length in enumerate(lengths):
        last = 0.0 if bootstrap is None else bootstrap[b]
        expected = long_transitions(
            rewards[:length, b], values[:length, b], acting[:length, b], last, gamma, lam
        )
        np.testing.assert_allclose(advantages[:length, b], expected, atol=1e-10)


@given(SEEDS, FACTORS)
@examples(30)
def test_a_prefix_without_decisions_changes_nothing_after_it(seed, lam):
    rewards, values, valid, acting, _, _ = random_batch(seed, prefix=True)
    some, _ = generalized_advantages(rewards, values, valid, acting, gamma=1.0, gae_lambda=lam)
    every, _ = generalized_advantages(rewards, values, valid, valid, gamma=1.0, gae_lambda=lam)
    np.testing.assert_allclose(some[acting], every[acting], atol=1e-12)
    assert not some[~acting].any()


@given(SEEDS, st.booleans(), st.booleans())
@examples(30)
def test_the_two_ends_of_lambda(seed, prefix, cut):
    rewards, values, valid, acting, lengths, bootstrap = random_batch(seed, prefix=prefix, cut=cut)
    advantages, returns = generalized_advantages(
        rewards, values, valid, acting, gamma=0.9, gae_lambda=1.0, bootstrap=bootstrap
    )
    np.testing.assert_allclose(advantages[acting], (returns - values)[acting], atol=1e-10)
    advantages, _ = generalized_advantages(
        rewards, values, valid, acting, gamma=0.9, gae_lambda=0.0, bootstrap=bootstrap
    )
    for b, length in enumerate(lengths):
        last = 0.0 if bootstrap is None else bootstrap[b]
        after = [*values[1:length, b], last]
        expected = rewards[:length, b] + 0.9 * np.array(after) - values[:length, b]
        steps = acting[:length, b]
        np.testing.assert_allclose(advantages[:length, b][steps], expected[steps], atol=1e-10)


@given(SEEDS, st.booleans())
@examples(30)
def test_padding_never_leaks(seed, cut):
    rewards, values, valid, acting, _, bootstrap = random_batch(seed, prefix=True, cut=cut)
    settings = {"gamma": 0.9, "gae_lambda": 0.8, "bootstrap": bootstrap}
    plain = generalized_advantages(rewards, values, valid, acting, **settings)
    noisy = generalized_advantages(
        np.where(valid, rewards, 1e6), np.where(acting, values, np.nan), valid, acting | ~valid, **settings
    )
    for one, other in zip(plain, noisy, strict=True):
        np.testing.assert_array_equal(one, other)
        assert not one[~valid].any()


@pytest.mark.parametrize("name", ["gamma", "gae_lambda"])
@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_factors_outside_the_unit_interval_are_refused(name, value):
    rewards, values, valid, acting, _, _ = random_batch(0)
    factors = {"gamma": 1.0, "gae_lambda": 1.0, name: value}
    with pytest.raises(ValueError, match=name):
        generalized_advantages(rewards, values, valid, acting, **factors)


@given(SEEDS)
@examples(30)
def test_normalize_has_mean_zero_and_deviation_one_under_the_mask(seed):
    rng = np.random.default_rng(seed)
    x, mask = rng.normal(3.0, 7.0, (6, 5)), rng.random((6, 5)) < 0.6
    mask[0, :2] = True
    scaled = normalize(x, mask)
    assert scaled[mask].mean() == pytest.approx(0.0, abs=1e-9)
    assert scaled[mask].std() == pytest.approx(1.0, abs=1e-6)
    assert not scaled[~mask].any()
    assert (np.argsort(scaled[mask]) == np.argsort(x[mask])).all()


class Alike(Processes):
    """Processes that all hold what this one holds."""

    def sum(self, *values):
        return [self.size * value for value in values]


@given(SEEDS, st.integers(2, 4))
@examples(10)
def test_normalize_is_over_the_entries_of_all_processes(seed, size):
    rng = np.random.default_rng(seed)
    x, mask = rng.normal(3.0, 7.0, (6, 5)), rng.random((6, 5)) < 0.6
    mask[0, :2] = True
    np.testing.assert_allclose(normalize(x, mask, Alike(0, size)), normalize(x, mask), rtol=1e-9, atol=1e-12)
    assert not normalize(x, np.zeros_like(mask), Alike(0, size)).any()


def test_normalize_with_nothing_or_little_to_scale():
    x = np.array([[2.0, 5.0]], np.float32)
    assert not normalize(x, np.zeros((1, 2), bool)).any()
    np.testing.assert_array_equal(normalize(x, np.array([[True, False]])), [[0.0, 0.0]])
    np.testing.assert_array_equal(normalize(np.full((2, 2), 4.0, np.float32), np.ones((2, 2), bool)), 0.0)
    assert normalize(x, np.ones((1, 2), bool)).dtype == np.float32
