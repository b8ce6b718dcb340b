"""Losses: gradients against analytic ones, limits and signs."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dnc_agent.rl import losses
from tests.dnc_agent.helpers import SEEDS, examples, normal, random_source


def batch(seed, count=6, actions=4):
    source = random_source(seed)
    logits = normal(source, count, actions).requires_grad_()
    taken = torch.randint(actions, (count,), generator=source)
    advantages, old = normal(source, count), normal(source, count, scale=0.3)
    log_probs = torch.log_softmax(logits, -1).gather(-1, taken[:, None])[:, 0]
    return logits, taken, log_probs, advantages, old


@given(SEEDS)
@examples(20)
def test_policy_gradient_is_the_score_function_gradient(seed):
    """d/dlogits of -mean(log pi A) is (pi - onehot(a)) A / M."""
    logits, taken, log_probs, advantages, _ = batch(seed)
    losses.policy_gradient_loss(log_probs, advantages).backward()
    pi = torch.softmax(logits.detach(), -1)
    onehot = torch.nn.functional.one_hot(taken, 4)
    torch.testing.assert_close(logits.grad, (pi - onehot) * advantages[:, None] / len(taken))


def test_expected_policy_gradient_is_the_gradient_of_the_expected_reward():
    logits, reward = (
        torch.tensor([0.3, -0.4, 1.1], dtype=torch.float64),
        torch.tensor([1.0, -2.0, 0.5]).double(),
    )
    first = logits.clone().requires_grad_()
    (torch.softmax(first, -1) * reward).sum().backward()
    second = logits.clone().requires_grad_()
    log_pi = torch.log_softmax(second, -1)
    loss = sum(
        log_pi[a].exp().detach() * losses.policy_gradient_loss(log_pi[a : a + 1], reward[a : a + 1])
        for a in range(3)
    )
    loss.backward()
    torch.testing.assert_close(second.grad, -first.grad)


def test_no_gradient_flows_through_advantages_returns_or_old_log_probs():
    x = torch.ones(3, requires_grad=True)
    advantages, old = torch.ones(3, requires_grad=True), torch.zeros(3, requires_grad=True)
    total = (
        losses.policy_gradient_loss(x, advantages)
        + losses.clipped_surrogate_loss(x, old, advantages, 10.0)
        + losses.value_loss(x, advantages)
    )
    total.backward()
    assert advantages.grad is None
    assert old.grad is None
    assert x.grad is not None


@given(SEEDS, st.sampled_from([0.0, 0.1, 0.5]))
@examples(20)
def test_clipped_surrogate_is_the_policy_gradient_at_ratio_one(seed, clip):
    logits, _, log_probs, advantages, _ = batch(seed)
    plain = torch.autograd.grad(losses.policy_gradient_loss(log_probs, advantages), logits, retain_graph=True)
    clipped = losses.clipped_surrogate_loss(log_probs, log_probs.detach(), advantages, clip)
    assert clipped.item() == pytest.approx(-advantages.mean().item())
    if clip > 0:
        torch.testing.assert_close(torch.autograd.grad(clipped, logits), plain)


@pytest.mark.parametrize(
    ("ratio", "advantage", "moves"),
    [
        (1.5, 1.0, False),  # already more probable than wanted
        (0.5, -1.0, False),  # already less probable than wanted
        (1.5, -1.0, True),  # went the wrong way: must come back
        (0.5, 1.0, True),
        (1.1, 1.0, True),  # inside the clip
        (0.9, -1.0, True),
    ],
)
def test_clipping_stops_gradients_only_beyond_the_clip(ratio, advantage, moves):
    log_prob = torch.tensor([math.log(ratio)], requires_grad=True)
    loss = losses.clipped_surrogate_loss(log_prob, torch.zeros(1), torch.tensor([advantage]), 0.2)
    loss.backward()
    assert bool(log_prob.grad.item()) is moves
    limited = min(ratio * advantage, min(max(ratio, 0.8), 1.2) * advantage)
    assert loss.item() == pytest.approx(-limited)


@given(SEEDS)
@examples(30)
def test_approximate_kl_is_never_negative_and_zero_where_nothing_changed(seed):
    _, _, log_probs, _, change = batch(seed)
    old = log_probs.detach() - change
    assert losses.approximate_kl(log_probs, old).item() >= 0
    assert losses.approximate_kl(old, old).item() == 0


def test_approximate_kl_is_the_kl_in_expectation():
    old, new = (torch.tensor(p).double() for p in ([0.2, 0.3, 0.5], [0.25, 0.45, 0.3]))
    kl = (old * (old.log() - new.log())).sum().item()
    estimate = sum(
        old[a] * losses.approximate_kl(new.log()[a : a + 1], old.log()[a : a + 1]) for a in range(3)
    )
    assert estimate.item() == pytest.approx(kl)


def test_value_loss_and_explained_variance():
    values, returns = torch.tensor([1.0, 2.0, 5.0], requires_grad=True), torch.tensor([2.0, 2.0, 2.0])
    loss = losses.value_loss(values, returns)
    loss.backward()
    assert loss.item() == pytest.approx((1 + 0 + 9) / 6)
    torch.testing.assert_close(values.grad, (values.detach() - returns) / 3)
    truth = torch.tensor([1.0, 3.0, 8.0])
    assert losses.explained_variance(truth, truth) == 1.0
    assert losses.explained_variance(torch.full((3,), 4.0), truth) == pytest.approx(0.0, abs=1e-6)
    assert losses.explained_variance(truth + 7, truth) == pytest.approx(1.0, abs=1e-6)
    assert math.isnan(losses.explained_variance(truth, returns))
