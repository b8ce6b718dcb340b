"""From a batch to a loss: values, bootstrapping, which core learns from what, the auxiliary part."""

import math

import numpy as np
import pytest
import torch

from dnc_agent.cores.contract import state_tensors
from dnc_agent.rl.collector import collect_episodes
from dnc_agent.rl.sources import episode_source
from dnc_agent.rl.update import LossWeights, auxiliary_loss, batch_advantages, evaluate_batch, total_loss
from tests.dnc_agent.rl.test_recording import Log
from tests.dnc_agent.small_worlds import Walk, make_agent, side_by_side

WEIGHTS = LossWeights(entropy=0.1, value=0.5, auxiliary=0.0, clip_range=None)


def setup(core="lstm", cut=False, **policy):
    agent = make_agent(side_by_side(Walk, 6, cut=cut), core=core, policy=policy)
    batch = collect_episodes(agent.policy, episode_source(agent.env), 6, agent.generator)
    return agent, batch


@pytest.mark.parametrize("core", ["dnc", "lstm"])
@pytest.mark.parametrize("shared", [False, True])
def test_values_and_bootstrap_are_those_of_a_loop_over_single_episodes(core, shared):
    agent, batch = setup(core, cut=True, shared_core=shared)
    evaluation = evaluate_batch(agent.policy, batch)
    policy, values = agent.policy, np.zeros_like(batch.rewards)
    values[batch.acting] = evaluation.values.detach().numpy()
    with torch.no_grad():
        for b, length in enumerate(batch.valid.sum(0)):
            network = policy.networks[-1]
            state = network.initial_state(1)
            for t in range(length + 1):
                output, state = network.step(batch.observations[t, b : b + 1], state)
                value = (output.values if shared else output).item()
                if t < length and batch.acting[t, b]:
                    assert values[t, b] == pytest.approx(value, abs=1e-5)
            expected = value if batch.truncated[b] else 0.0
            assert evaluation.bootstrap[b] == pytest.approx(expected, abs=1e-5)
    assert batch.truncated.any()
    assert not batch.truncated.all()


def test_truncated_episodes_are_bootstrapped_and_ended_ones_are_not():
    agent, batch = setup(cut=True)
    evaluation = evaluate_batch(agent.policy, batch)
    _, returns = batch_advantages(batch, evaluation, gamma=0.9, gae_lambda=0.8)
    for b, length in enumerate(batch.valid.sum(0)):
        last = batch.rewards[length - 1, b] + 0.9 * evaluation.bootstrap[b]
        assert returns[length - 1, b] == pytest.approx(last, abs=1e-5)
    agent, batch = setup()
    assert evaluate_batch(agent.policy, batch).bootstrap is None


def gradients(agent, batch, weights, advantages=None):
    evaluation = evaluate_batch(agent.policy, batch)
    count = len(evaluation.values)
    advantages = torch.ones(count) if advantages is None else advantages
    loss, figures = total_loss(
        evaluation,
        batch.log_probs[torch.as_tensor(batch.acting)],
        advantages,
        torch.linspace(1.0, 3.0, count),
        weights,
    )
    agent.policy.zero_grad()
    loss.backward()
    touched = {n for n, p in agent.policy.named_parameters() if p.grad is not None and p.grad.abs().sum() > 0}
    return touched, figures


@pytest.mark.parametrize("core", ["dnc", "lstm"])
@pytest.mark.parametrize("shared", [False, True])
def test_the_gradient_reaches_every_parameter(core, shared):
    agent, batch = setup(core, shared_core=shared, head_sizes=(4,))
    # Exactly zero gradients at a zero initial value would hide a missing connection.
    with torch.no_grad():
        for parameter in agent.policy.parameters():
            parameter.add_(0.3 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1)))
    advantages = torch.randn(int(batch.acting.sum()), generator=torch.Generator().manual_seed(0))
    touched, _ = gradients(agent, batch, WEIGHTS, advantages)
    assert touched == {name for name, _ in agent.policy.named_parameters()}


def test_separate_cores_learn_apart():
    agent, batch = setup()
    value_parts = LossWeights(entropy=0.0, value=1.0, auxiliary=0.0, clip_range=None)
    only_value, _ = gradients(agent, batch, value_parts, torch.zeros(int(batch.acting.sum())))
    assert {name.split(".")[0] for name in only_value} == {"value_network"}
    policy_parts = LossWeights(entropy=0.1, value=0.0, auxiliary=0.0, clip_range=None)
    only_policy, _ = gradients(agent, batch, policy_parts)
    assert {name.split(".")[0] for name in only_policy} == {"policy_network"}
    first, second = ({id(p) for p in group} for group in agent.policy.parameter_groups())
    assert not first & second
    assert first | second == {id(p) for p in agent.policy.parameters()}


def test_a_shared_core_learns_from_both():
    agent, batch = setup(shared_core=True)
    value_parts = LossWeights(entropy=0.0, value=1.0, auxiliary=0.0, clip_range=None)
    touched, _ = gradients(agent, batch, value_parts, torch.zeros(int(batch.acting.sum())))
    assert {tuple(name.split(".")[1:3])[: 1 + ("head" in name)] for name in touched} == {
        ("core",),
        ("readout", "value_head"),
    }
    assert len(agent.policy.parameter_groups()) == 1


def test_padding_and_steps_without_decision_do_not_reach_the_loss():
    agent, batch = setup()
    plain = gradients(agent, batch, WEIGHTS)[1]
    batch.observations = batch.observations.clone()
    for b, length in enumerate(batch.valid.sum(0)):
        batch.observations[length:, b] = 17.0
        batch.actions[length:, b] = 2
        batch.log_probs[length:, b] = -50.0
    batch.log_probs[~torch.as_tensor(batch.acting)] = -50.0
    assert gradients(agent, batch, WEIGHTS)[1] == plain


def test_the_clipped_ratio_shows_in_the_figures():
    agent, batch = setup()
    clipped = LossWeights(entropy=0.0, value=0.0, auxiliary=0.0, clip_range=0.2)
    _, figures = gradients(agent, batch, clipped)
    assert figures["clip_fraction"] == 0
    assert figures["approx_kl"] == pytest.approx(0, abs=1e-6)
    batch.log_probs = batch.log_probs - 1.0
    touched, figures = gradients(agent, batch, clipped)
    assert figures["clip_fraction"] == 1
    assert not touched, "ratio e with positive advantages lies beyond the clip"
    assert "clip_fraction" not in gradients(agent, batch, WEIGHTS)[1]


class IsPositive:
    """At chosen steps: is the place above 0, is it above 1?"""

    size = 2

    def __init__(self, step=1):
        self.step = step

    def targets(self, observations, valid):
        steps = (observations[..., 1] == self.step) & valid
        place = observations[..., 0][steps]
        return steps, torch.stack([place > 0, place > 1], -1).float()


def test_auxiliary_loss_is_the_cross_entropy_averaged_over_cores_and_predictions():
    agent, batch = setup()
    task = IsPositive()
    heads = torch.nn.ModuleList(torch.nn.Linear(8, 2) for _ in range(2))
    features = evaluate_batch(agent.policy, batch).features
    loss, right = auxiliary_loss(task, heads, batch, features)
    expected, hits = [], []
    for index in range(2):
        for b in range(6):
            target = (batch.observations[1, b, 0] > torch.tensor([0.0, 1.0])).double()
            p = torch.sigmoid(heads[index](features[index][1, b]).double())
            expected.append(-(target * p.log() + (1 - target) * (1 - p).log()).sum().item())
            if index == 0:
                hits.append(((p > 0.5) == target.bool()).all().item())
    assert loss.item() == pytest.approx(np.mean(expected), rel=1e-5)
    assert right.item() == pytest.approx(np.mean(hits))


def test_what_is_right_is_told_of_the_first_core():
    agent, batch = setup()
    features = evaluate_batch(agent.policy, batch).features
    heads = torch.nn.ModuleList(torch.nn.Linear(8, 2) for _ in range(2))
    with torch.no_grad():
        for head, sign in zip(heads, (1.0, -1.0), strict=True):
            head.weight.zero_()
            head.bias.fill_(sign)

    class Always(IsPositive):
        def targets(self, observations, valid):
            steps, targets = super().targets(observations, valid)
            return steps, torch.ones_like(targets)

    assert auxiliary_loss(Always(), heads, batch, features)[1].item() == 1


def test_a_batch_that_asks_nothing_adds_nothing():
    agent, batch = setup()
    heads = torch.nn.ModuleList(torch.nn.Linear(8, 2) for _ in range(2))
    loss, right = auxiliary_loss(IsPositive(99), heads, batch, evaluate_batch(agent.policy, batch).features)
    assert loss.item() == 0
    assert math.isnan(right.item())


def test_states_start_from_zero_in_every_batch():
    agent, batch = setup("dnc")
    first, second = (evaluate_batch(agent.policy, batch) for _ in range(2))
    torch.testing.assert_close(first.values, second.values, rtol=0, atol=0)
    assert all(not leaf.any() for leaf in state_tensors(agent.policy.initial_state(2)))


def test_a_step_follows_the_gradient_of_the_loss_and_of_the_auxiliary_part_so_much():
    steps, sums = {}, {}
    for weight in (0.0, 1.0, 3.0):
        agent = make_agent(
            side_by_side(Walk, 6),
            episodes_per_batch=6,
            auxiliary=IsPositive(),
            auxiliary_coef=weight,
            max_grad_norm=None,
        )
        agent.policy.optimizer.step = lambda *_: None
        logged = {}
        agent.set_logger(Log(logged))
        agent.learn(1)
        steps[weight] = [p.grad.clone() for p in agent.policy.parameters()]
        sums[weight] = logged["train/loss"], logged["train/auxiliary_loss"]
    for alone, once, thrice in zip(*steps.values(), strict=True):
        torch.testing.assert_close(thrice - alone, 3.0 * (once - alone), rtol=1e-3, atol=1e-5)
    assert any((once - alone).abs().max() > 1e-4 for alone, once in zip(steps[0.0], steps[1.0], strict=True))
    assert sums[3.0][0] == pytest.approx(sums[0.0][0] + 3.0 * sums[0.0][1], rel=1e-4)
