"""Actions of several categoricals, and masked ones: drawn, stored, learnt from, refused."""

import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium import spaces
from stable_baselines3.common.evaluation import evaluate_policy

from dnc_agent import EpisodicActorCritic
from dnc_agent.networks import distributions
from dnc_agent.rl.collector import collect_episodes, legal_choices
from dnc_agent.rl.episodes import concatenate
from dnc_agent.rl.sources import episode_source
from dnc_agent.rl.update import evaluate_batch
from tests.dnc_agent.small_worlds import make_agent, same_weights, side_by_side, weights

ADAM = {"optimizer_class": torch.optim.Adam}
MODES = ("same_step", "next_step", "disabled", "dummy")


class Digits(gym.Env):
    """Two digits are shown at the first step; the last action, of two categoricals, must name them."""

    observation_space = spaces.Box(0.0, 1.0, (6,), np.float32)
    action_space = spaces.MultiDiscrete([2, 3])

    def _observe(self):
        shown = np.zeros(6, np.float32)
        if self.t == 0:
            shown[[self.digits[0], 2 + self.digits[1]]] = 1.0
        shown[5] = self.t == 2
        return shown, {"acting": self.t == 2}

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.t, self.digits = 0, self.np_random.integers([2, 3])
        return self._observe()

    def step(self, action):
        assert self.action_space.contains(action)
        self.t += 1
        over = self.t == 3
        observation, info = self._observe()
        right = np.asarray(action) == self.digits
        return observation, float(over and right.sum()), over, False, info | {"success": float(right.all())}


class Doors(gym.Env):
    """In each of 3 rooms some of 4 doors are locked; trying a locked one is an error; door 3 pays if it is open."""

    observation_space = spaces.Box(0.0, 1.0, (4,), np.float32)
    action_space = spaces.Discrete(4)

    def _observe(self):
        # A policy cannot tell locked doors from what it sees.
        return np.full(4, self.t / 3, np.float32), {"action_mask": self.open.astype(np.int8)}

    def _enter(self):
        self.open = self.np_random.random(4) < 0.5
        self.open[self.np_random.integers(4)] = True

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.t = 0
        self._enter()
        return self._observe()

    def step(self, action):
        if not self.open[action]:
            raise RuntimeError(f"door {action} is locked")
        self.t += 1
        reward = float(action == 3)
        self._enter()
        return *self._observe()[:1], reward, self.t == 3, False, self._observe()[1]


class PairOfDoors(Doors):
    """Two hands, each with doors of its own."""

    action_space = spaces.MultiDiscrete([2, 2])

    def _enter(self):
        self.open = self.np_random.random(4) < 0.5
        self.open[[self.np_random.integers(2), 2 + self.np_random.integers(2)]] = True

    def step(self, action):
        first, second = action
        if not (self.open[first] and self.open[2 + second]):
            raise RuntimeError(f"doors {action} are locked")
        return super().step(2 + second)


def batch_of(agent, count=6):
    return collect_episodes(agent.policy, episode_source(agent.env), count, agent.generator)


@pytest.mark.parametrize("core", ["dnc", "lstm"])
@pytest.mark.parametrize("world", [Digits, Doors, PairOfDoors])
@pytest.mark.parametrize("mode", MODES)
def test_log_probs_are_those_the_learner_computes(core, world, mode):
    masked = {"mask_actions": world is not Digits}
    agent = make_agent(side_by_side(world, 3, mode), core=core, policy=masked)
    with torch.no_grad():
        for parameter in agent.policy.policy_network.readout.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=torch.Generator().manual_seed(5)))
    batch = batch_of(agent)
    assert batch.actions.shape == (3, 6) if world is Doors else (3, 6, 2)
    found = evaluate_batch(agent.policy, batch)
    acting = torch.as_tensor(batch.acting)
    torch.testing.assert_close(found.log_probs, batch.log_probs[acting], rtol=1e-4, atol=1e-5)
    # Once more by hand, from the logits.
    sizes, logits = agent.policy.action_sizes, found.logits
    torch.testing.assert_close(found.entropy, distributions.entropy(logits, sizes))
    assert (batch.action_mask is None) == (world is Digits)
    if batch.action_mask is not None:
        taken = torch.nn.functional.one_hot(batch.actions[acting], 4 if world is Doors else 2).flatten(1)
        assert not (taken.bool() & ~batch.action_mask[acting]).any()
        assert not batch.action_mask.all()


def test_batches_with_masks_are_joined_and_cut():
    agent = make_agent(side_by_side(Doors, 3), policy={"mask_actions": True})
    parts = [batch_of(agent, 3) for _ in range(2)]
    whole = concatenate(parts)
    assert torch.equal(whole.action_mask[:, 3:], parts[1].action_mask)
    chosen = whole.select(np.array([4, 0]))
    assert torch.equal(chosen.action_mask[:, 0], whole.action_mask[:, 4])
    assert torch.equal(chosen.action_mask[:, 1], whole.action_mask[:, 0])


def test_an_unmasked_policy_runs_into_a_locked_door():
    with pytest.raises(RuntimeError, match="is locked"):
        make_agent(side_by_side(Doors, 8)).learn(200)


@pytest.mark.parametrize("settings", [{}, {"n_epochs": 2, "minibatch_episodes": 16}])
@pytest.mark.parametrize("world", [Doors, PairOfDoors])
def test_masked_actions_are_learnt(world, settings):
    agent = make_agent(
        side_by_side(world, 32),
        episodes_per_batch=32,
        learning_rate=0.02,
        policy=ADAM | {"mask_actions": True},
        **settings,
    )
    agent.learn(3 * 32 * 60)
    batch = collect_episodes(agent.policy, episode_source(agent.env), 64, agent.generator, deterministic=True)
    legal = batch.action_mask[..., 3].numpy()
    assert legal.any()
    np.testing.assert_array_equal(batch.rewards[legal], 1.0)


@pytest.mark.parametrize("core", ["lstm", "dnc"])
def test_several_categoricals_are_learnt(core):
    agent = make_agent(
        side_by_side(Digits, 32, "disabled"),
        core=core,
        episodes_per_batch=32,
        learning_rate=0.02,
        policy=ADAM,
    )
    before, _ = evaluate_policy(agent, side_by_side(Digits, 8), n_eval_episodes=64, warn=False)
    agent.learn(3 * 32 * 100)
    after, _ = evaluate_policy(agent, side_by_side(Digits, 8), n_eval_episodes=64, warn=False)
    assert before < 1.5
    assert after > 1.95


def test_predict_takes_masks_and_gives_actions_of_the_space(tmp_path):
    agent = make_agent(side_by_side(PairOfDoors, 2), policy={"mask_actions": True})
    agent.save(tmp_path / "agent")
    agent = EpisodicActorCritic.load(tmp_path, device="cpu")
    masks = np.array([[1, 0, 0, 1], [0, 1, 1, 0]])
    for _ in range(20):
        actions, state = agent.predict(np.zeros((2, 4), np.float32), action_masks=masks)
        np.testing.assert_array_equal(actions, [[0, 1], [1, 0]])
    alone, _ = agent.predict(np.zeros(4, np.float32), action_masks=masks[1], deterministic=True)
    assert agent.action_space.contains(alone)
    with pytest.raises(ValueError, match="action_masks is missing"):
        agent.predict(np.zeros((2, 4), np.float32))
    with pytest.raises(ValueError, match="action_masks is given"):
        make_agent().predict(np.zeros(3, np.float32), action_masks=np.ones(3))
    for bad in (np.ones((2, 3)), np.ones((3, 4))):
        with pytest.raises(ValueError, match="shape"):
            agent.predict(np.zeros((2, 4), np.float32), state, action_masks=bad)


class Unsaid(Doors):
    def _observe(self):
        return super()._observe()[0], {}


class Worded(Doors):
    def _observe(self):
        return super()._observe()[0], {"action_mask": np.array(["open", "", "open", ""], object)}


class Wide(Doors):
    def _observe(self):
        return super()._observe()[0], {"action_mask": np.ones(5, np.int8)}


class Locked(Doors):
    def _enter(self):
        super()._enter()
        if self.t == 1:
            self.open[:] = False


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("world", "match"),
    [
        (Unsaid, "has no action_mask"),
        (Worded, "has no action_mask"),
        (Wide, r"shape \(4, 5\)"),
        (Locked, "sub-environment 0 no legal"),
    ],
)
def test_masks_that_do_not_fit_are_refused(world, match, mode):
    agent = make_agent(side_by_side(world, 4, mode), policy={"mask_actions": True})
    with pytest.raises(ValueError, match=match):
        agent.learn(10)


def test_where_nothing_is_decided_nothing_need_be_legal():
    mask = np.array([[0, 0, 1, 0, 0], [0, 1, 0, 0, 1]], bool)
    deciding = np.array([False, True])
    np.testing.assert_array_equal(legal_choices(mask, deciding, (2, 3)), [[1, 1, 1, 0, 0], [0, 1, 0, 0, 1]])
    with pytest.raises(ValueError, match="sub-environment 0"):
        legal_choices(mask, ~deciding, (2, 3))
    assert not mask[0, 0], "the environment's own array is left alone"


def test_a_mask_that_allows_everything_changes_nothing():
    class Open(Doors):
        def _enter(self):
            self.np_random.random(4)
            self.open = np.ones(4, bool)

    runs = [
        weights(make_agent(side_by_side(Open, 4), policy={"mask_actions": masked}).learn(60))
        for masked in (False, True)
    ]
    assert same_weights(*runs)
