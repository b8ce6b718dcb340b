"""Acting: whole episodes whose log-probabilities the learner reproduces."""

import numpy as np
import pytest
import torch

from dnc_agent import EpisodicActorCritic
from dnc_agent.rl.collector import collect_episodes
from dnc_agent.rl.sources import episode_source
from dnc_agent.rl.update import batch_advantages, evaluate_batch
from dnc_agent.rl.vec_env import make_vec_env
from tests.dnc_agent.small_worlds import MODES, Walk, make_agent, side_by_side

POLICIES = {
    "plain": {},
    "shared": {"shared_core": True},
    "held": {"hold_at": 0, "head_sizes": (5,)},
}


def collect(agent, count=8, **kwargs):
    return collect_episodes(agent.policy, episode_source(agent.env), count, agent.generator, **kwargs)


def sharpen(agent):
    """Heads start near uniform; larger weights make the policy's choices matter."""
    with torch.no_grad():
        for parameter in agent.policy.policy_network.readout.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=torch.Generator().manual_seed(5)))


@pytest.mark.parametrize("core", ["dnc", "lstm"])
@pytest.mark.parametrize("options", POLICIES)
@pytest.mark.parametrize("cut", [False, True])
def test_log_probs_are_those_the_learner_computes(core, options, cut):
    agent = make_agent(side_by_side(Walk, 4, cut=cut), core=core, policy=POLICIES[options])
    sharpen(agent)
    batch = collect(agent)
    assert batch.truncated.any() == cut
    evaluation = evaluate_batch(agent.policy, batch)
    acting = torch.as_tensor(batch.acting)
    torch.testing.assert_close(evaluation.log_probs, batch.log_probs[acting], rtol=1e-4, atol=1e-5)
    assert batch.log_probs.max() <= 0
    assert (batch.log_probs.exp().std() > 0.01).item()


class Both(Walk):
    """Ends at the very step at which its time is up as well."""

    def step(self, action):
        observation, reward, over, _, info = super().step(action)
        return observation, reward, over, over, info


@pytest.mark.parametrize("mode", [*MODES, "dummy"])
def test_an_episode_that_is_both_over_and_cut_off_is_over(mode):
    """Nothing comes after its end: the value there is not bootstrapped from."""
    agents = [
        make_agent(side_by_side(world, 4, mode), policy={"shared_core": True}) for world in (Both, Walk)
    ]
    both, over = (collect(agent, record=True) for agent in agents)
    assert not both.truncated.any()
    assert torch.equal(both.observations, over.observations)
    arguments = {"gamma": 0.9, "gae_lambda": 0.8}
    advantages = [
        batch_advantages(batch, evaluate_batch(agent.policy, batch), **arguments)
        for agent, batch in zip(agents, (both, over), strict=True)
    ]
    for one, other in zip(*advantages, strict=True):
        np.testing.assert_array_equal(one, other)


def test_whole_episodes_in_rounds():
    agent = make_agent(side_by_side(Walk, 3))
    batch = collect(agent, 7)
    assert batch.num_episodes == 9
    first, length = batch.observations[0], batch.valid.sum(0)
    assert (first[:, 1] == 0).all()
    np.testing.assert_array_equal(first[:, 2], length)
    np.testing.assert_allclose(batch.final["share"], 1.0)
    # Walk's rewards can be told from what it showed.
    places = batch.observations[1:, :, 0].numpy()
    np.testing.assert_allclose(batch.rewards, np.where(batch.valid, 0.5 * places, 0.0))
    np.testing.assert_array_equal(batch.acting[0], False)
    np.testing.assert_array_equal(batch.acting[1:], batch.valid[1:])


def test_an_action_is_followed_by_its_consequence():
    """Row t holds what was seen before action t; from step 1 on the action moves the place."""
    agent = make_agent()
    batch = collect(agent)
    places, actions = batch.observations[..., 0].numpy(), batch.actions.numpy()
    moved = places[1:] - places[:-1]
    np.testing.assert_array_equal(moved[batch.acting], actions[batch.acting] - 1)


def test_deterministic_episodes_take_the_mode():
    agent = make_agent()
    sharpen(agent)
    batch = collect(agent, deterministic=True)
    evaluation = evaluate_batch(agent.policy, batch)
    taken = batch.actions[torch.as_tensor(batch.acting)]
    torch.testing.assert_close(evaluation.logits.argmax(-1), taken)


def test_drawn_actions_follow_the_policy():
    agent = make_agent(side_by_side(Walk, 50))
    with torch.no_grad():
        agent.policy.policy_network.readout.head.layers[-1].weight.zero_()
        agent.policy.policy_network.readout.head.layers[-1].bias.copy_(torch.tensor([0.1, 0.2, 0.7]).log())
    batch = collect(agent, 200)
    drawn = batch.actions[torch.as_tensor(batch.valid)]
    shares = np.bincount(drawn, minlength=3) / len(drawn)
    assert np.abs(shares - [0.1, 0.2, 0.7]).max() < 4 * 0.5 / np.sqrt(len(drawn))


def test_the_generator_alone_decides():
    batches = []
    for seed in (1, 1, 2):
        agent = make_agent(side_by_side(Walk, 4))
        torch.manual_seed(np.random.default_rng().integers(1000))
        agent.generator.manual_seed(seed)
        batches.append(collect(agent).actions)
    assert torch.equal(batches[0], batches[1])
    assert batches[0].shape != batches[2].shape or not torch.equal(batches[0], batches[2])


def test_the_hook_sees_every_step_and_can_stop():
    agent = make_agent(side_by_side(Walk, 4))
    running = []

    def hook(transition, live):
        assert transition.rewards.shape == (4,)
        running.append(live.copy())
        return True

    batch = collect(agent, 4, on_step=hook)
    np.testing.assert_array_equal(np.stack(running), batch.valid)
    calls = []
    assert collect(agent, 4, on_step=lambda *_: bool(calls.append(0)) or len(calls) < 2) is None
    assert len(calls) == 2


def test_collecting_leaves_no_graph_behind():
    agent = make_agent(core="dnc")
    batch = collect(agent)
    assert not batch.log_probs.requires_grad
    assert not batch.observations.requires_grad


def test_acting_on_the_kernels_is_acting_on_the_reference():
    """The same weights, observations and actions give the same logits, whatever steps the core."""
    pytest.importorskip("numba")
    logits = []
    for backend in ("reference", "auto"):
        env = make_vec_env("CartPole-v1", 3)
        core = {"hidden_size": 8, "memory_size": 6, "word_size": 5, "read_heads": 2, "backend": backend}
        policy = EpisodicActorCritic("DNCPolicy", env, policy_kwargs={"core_kwargs": core}, seed=5).policy
        acting = policy.stepper(3)
        rng = np.random.default_rng(0)
        for _ in range(12):
            observations = torch.as_tensor(rng.normal(size=(3, 4)).astype(np.float32))
            logits.append(acting.step(observations))
    half = len(logits) // 2
    for reference, fused in zip(logits[:half], logits[half:], strict=True):
        torch.testing.assert_close(fused, reference, rtol=1e-4, atol=1e-6)
