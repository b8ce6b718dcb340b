"""Tiny environments and agents for the tests of the learner."""

import gymnasium as gym
import numpy as np
import torch
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from stable_baselines3.common.vec_env import DummyVecEnv

from dnc_agent import EpisodicActorCritic
from dnc_agent.rl.vec_env import GymnasiumVecEnv

DNC_SIZES = {
    "hidden_size": 8,
    "memory_size": 4,
    "word_size": 3,
    "read_heads": 1,
    "backend": "reference",
}
LSTM_SIZES = {"hidden_size": 8}


class Walk(gym.Env):
    """A random walk of 3 to 7 steps whose first step ignores the action; observes place, time and length.

    With `cut`, an episode that stops at an even place is cut off (truncated) rather than ended.
    """

    observation_space = spaces.Box(-20.0, 20.0, (3,), np.float32)
    action_space = spaces.Discrete(3)

    def __init__(self, cut=False):
        self.cut = cut

    def _observe(self):
        info = {"acting": self.t >= 1, "place": self.place, "share": self.t / self.length, "name": "walk"}
        return np.array([self.place, self.t, self.length], np.float32), info

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.t, self.length = 0, int(self.np_random.integers(3, 8))
        self.place = int(self.np_random.integers(-3, 4))
        return self._observe()

    def step(self, action):
        if self.t >= 1:
            self.place += int(action) - 1
        self.t += 1
        over = self.t == self.length
        cut = over and self.cut and self.place % 2 == 0
        observation, info = self._observe()
        return observation, 0.5 * self.place, over and not cut, cut, info


class Cue(gym.Env):
    """One of two symbols is shown at the first step; the action at the last step must name it."""

    observation_space = spaces.Box(0.0, 1.0, (3,), np.float32)
    action_space = spaces.Discrete(2)
    length = 4

    def _observe(self):
        shown = np.zeros(3, np.float32)
        if self.t == 0:
            shown[self.symbol] = 1.0
        shown[2] = self.t == self.length - 1
        return shown, {"acting": bool(self.t == self.length - 1)}

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.t, self.symbol = 0, int(self.np_random.integers(2))
        return self._observe()

    def step(self, action):
        self.t += 1
        over = self.t == self.length
        observation, info = self._observe()
        reward = float(over and int(action) == self.symbol)
        return observation, reward, over, False, info | {"is_success": reward > 0}


MODES = {
    "same_step": AutoresetMode.SAME_STEP,
    "next_step": AutoresetMode.NEXT_STEP,
    "disabled": AutoresetMode.DISABLED,
}


def side_by_side(world, count, mode="same_step", **kwargs):
    """The same environments as a VecEnv: Gymnasium's in three modes, or stable-baselines3's ("dummy")."""
    makers = [lambda: world(**kwargs) for _ in range(count)]
    if mode == "dummy":
        return DummyVecEnv(makers)
    return GymnasiumVecEnv(SyncVectorEnv(makers, autoreset_mode=MODES[mode]))


def make_agent(env=None, *, core="lstm", seed=0, policy=None, **kwargs):
    """A small agent on the CPU whose sub-environments are seeded; `policy` are further policy arguments."""
    torch.set_num_threads(1)
    sizes = DNC_SIZES if core == "dnc" else LSTM_SIZES
    kwargs.setdefault("episodes_per_batch", 4)
    agent = EpisodicActorCritic(
        "DNCPolicy" if core == "dnc" else "LSTMPolicy",
        side_by_side(Walk, 4) if env is None else env,
        policy_kwargs={"core_kwargs": dict(sizes), **(policy or {})},
        seed=seed,
        device="cpu",
        **kwargs,
    )
    agent.env.reset()
    return agent


def weights(agent):
    """All weights of an agent, copied."""
    return {name: value.clone() for name, value in agent.policy.state_dict().items()}


def same_weights(first, second):
    """Whether two results of `weights` are equal bit by bit."""
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)
