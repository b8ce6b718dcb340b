"""Learning from the acting pass: the losses and gradients of a second forward pass."""

import copy

import numpy as np
import pytest
import torch

from dnc_agent import kernels
from dnc_agent.networks.stepping import Recording
from dnc_agent.rl import update
from dnc_agent.rl.collector import collect_episodes
from dnc_agent.rl.sources import episode_source
from tests.dnc_agent.small_worlds import Walk, make_agent, same_weights, side_by_side, weights

pytest.importorskip("numba")

POLICIES = {
    "plain": {},
    "shared": {"shared_core": True, "head_sizes": (5,)},
    "held": {"hold_at": 1},
}
FUSED = {"hidden_size": 8, "memory_size": 6, "word_size": 4, "read_heads": 2}


class IsPositive:
    """Is the place above 0, is it above 1, at every step of an episode?"""

    size = 2

    def targets(self, observations, valid):
        places = observations[..., 0][valid]
        return valid, torch.stack([places > 0, places > 1], -1).to(observations.dtype)


def agent_on(cut=False, policy=None, count=6, **kwargs):
    agent = make_agent(
        side_by_side(Walk, count, cut=cut),
        core="dnc",
        policy={**(policy or {}), "core_kwargs": FUSED},
        episodes_per_batch=count,
        **kwargs,
    )
    with torch.no_grad():
        for parameter in agent.policy.parameters():
            parameter.copy_(0.4 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(4)))
    agent.set_logger(Log({}))
    return agent


def in_double(agent):
    agent.policy.double()
    agent.auxiliary_heads.double()
    encode = agent.policy.encode
    agent.policy.encode = lambda observations: encode(observations).double()


def learn_once(agent, record, **kwargs):
    """Gradients and logged figures of one update, and whether it unrolled the policy core."""
    agent._learn_from_acting = record
    unrolled, logged = [], {}
    original, network = update._unroll, agent.policy.policy_network
    agent.policy.optimizer.step = lambda *_: None
    agent.set_logger(Log(logged))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(update, "_unroll", lambda n, *a: unrolled.append(n is network) or original(n, *a))
        agent.learn(1, **kwargs)
    gradients = {name: p.grad.clone() for name, p in agent.policy.named_parameters()}
    return gradients, logged, any(unrolled)


class Log:
    """Keeps what was recorded."""

    def __init__(self, kept):
        self.kept = kept

    def record(self, key, value, exclude=None):
        self.kept[key] = value

    def dump(self, step=0):
        pass


def assert_equal_learning(agents, tolerance):
    (found, figures, unrolled), (expected, others, unrolled_again) = (
        learn_once(agent, record) for agent, record in zip(agents, (True, False), strict=True)
    )
    assert not unrolled, "nothing was learned from the acting pass"
    assert unrolled_again
    largest = max(value.abs().max().item() for value in expected.values())
    for name, value in expected.items():
        scale = max(value.abs().max().item(), 1e-3 * largest)
        assert (found[name] - value).abs().max().item() <= tolerance * scale, name
    for key, value in others.items():
        if key.startswith("train/"):
            assert figures[key] == pytest.approx(value, rel=100 * tolerance, abs=100 * tolerance), key


@pytest.mark.parametrize("double", [False, True])
@pytest.mark.parametrize("options", POLICIES)
@pytest.mark.parametrize("cut", [False, True])
@pytest.mark.parametrize("auxiliary", [None, IsPositive()])
def test_one_update_is_that_of_the_second_forward_pass(double, options, cut, auxiliary):
    agents = [agent_on(cut, POLICIES[options], auxiliary=auxiliary) for _ in range(2)]
    if double:
        for agent in agents:
            in_double(agent)
    assert_equal_learning(agents, 1e-10 if double else 1e-5)


@pytest.mark.parametrize("cut", [False, True])
@pytest.mark.parametrize("shared", [False, True])
def test_several_rounds_are_put_together(cut, shared):
    agents = [agent_on(cut, {"shared_core": shared}, count=4) for _ in range(2)]
    for agent in agents:
        in_double(agent)
        agent.episodes_per_batch = 10
    assert_equal_learning(agents, 1e-10)


def collect(agent, **kwargs):
    return collect_episodes(
        agent.policy, episode_source(agent.env), 6, agent.generator, record=True, **kwargs
    )


FALLBACKS = {
    "several passes": {"n_epochs": 2},
    "minibatches": {"minibatch_episodes": 3},
    "reference": {"policy": {"core_kwargs": {**FUSED, "backend": "reference"}}},
    "bounded tape": {"policy": {"core_kwargs": {**FUSED, "tape_segment": 2}}},
    "lstm": {"core": "lstm"},
}


@pytest.mark.parametrize("kwargs", FALLBACKS.values(), ids=FALLBACKS.keys())
def test_elsewhere_the_second_pass_is_taken_without_a_word(kwargs):
    agent = make_agent(side_by_side(Walk, 6), episodes_per_batch=6, **{"core": "dnc", **kwargs})
    _, _, unrolled = learn_once(agent, True)
    assert unrolled


def test_parameters_that_change_while_acting_or_after_it():
    agent = agent_on()
    steps = []

    def hook(transition, live):
        steps.append(live)
        if len(steps) == 2:
            with torch.no_grad():
                agent.policy.policy_network.core.interface.weight.mul_(2.0)
        return True

    assert collect(agent, on_step=hook).recording is None
    batch = collect(agent)
    with torch.no_grad():
        agent.policy.policy_network.core.interface.weight.mul_(2.0)
    assert batch.recording.take() is None
    agent.train(batch)


def test_a_recording_serves_once():
    agent = agent_on()
    batch = collect(agent)
    again = copy.copy(batch)
    agent.train(batch)
    agent.train(again)
    assert again.recording.take() is None
    assert Recording.join([None, batch.recording], 9) is None


def test_only_training_records(monkeypatch):
    made = []
    actor = kernels.Actor
    monkeypatch.setattr(
        kernels, "Actor", lambda *a, **k: made.append(k["record"]) or actor(*a, **k), raising=False
    )
    agent = agent_on()
    agent.learn(1)
    collect_episodes(agent.policy, episode_source(agent.env), 6, agent.generator)
    assert made == [True, False]


def test_training_goes_on_alike():
    agents = [agent_on() for _ in range(2)]
    for agent, record in zip(agents, (True, False), strict=True):
        agent._learn_from_acting = record
        agent.learn(150)
    first, second = (weights(agent) for agent in agents)
    for name, value in first.items():
        np.testing.assert_allclose(value, second[name], rtol=2e-3, atol=2e-5, err_msg=name)
    assert not same_weights(first, weights(agent_on()))
