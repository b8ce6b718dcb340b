"""The smallest world with two numbers an action: repeat the digits shown one step before. It has no lessons."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
from gymnasium import spaces

from shrdlu_env.shells import NativeVectorEnv, SingleEnv
from shrdlu_env.task import NO_OPTIONS, Phase, Simulation

ENV_ID = "toy/Digits-v0"
LENGTH = 7


class Digits(Simulation):
    title = "Digits"

    def __init__(self, num_envs: int) -> None:
        self.num_envs = num_envs
        self.observation_space = spaces.Box(0.0, 3.0, (2,), np.float32)
        self.action_space = spaces.MultiDiscrete([4, 3])
        self.shown = np.zeros((num_envs, LENGTH + 1, 2), np.int64)
        self.time = np.zeros(num_envs, np.int64)
        self.paid = np.zeros(num_envs)

    @property
    def rewards(self):
        return self.paid

    @property
    def over(self):
        return self.time == LENGTH

    @property
    def lesson(self):
        return 0

    def set_lesson(self, lesson, earlier=None):
        raise ValueError(f"lesson={lesson!r}: there are none")

    def begin(self, rng, rows, options=NO_OPTIONS):
        for row in rows:
            self.shown[row] = rng.integers(0, self.action_space.nvec, (LENGTH + 1, 2))
        self.time[rows] = 0
        self.paid[rows] = 0.0

    def _now(self):
        return self.shown[np.arange(self.num_envs), self.time]

    def advance(self, actions):
        right = (actions == self._now()).all(axis=1)
        self.paid = np.where(self.over, 0.0, right)
        self.time = self.time + (self.time < LENGTH)

    def observe(self, rows, out):
        out[rows] = self._now()[rows]

    def infos(self):
        mask = np.ones((self.num_envs, 7), np.int8)
        mask[:, 0] = self._now()[:, 0] == 0  # 0 is accepted where it is shown
        phase = np.full(self.num_envs, int(Phase.ANSWER))
        return {"phase": phase, "acting": ~self.over, "action_mask": mask, "share": self.time / LENGTH}

    def dict_observation(self, row):
        return {"phase": Phase.ANSWER.word, "shown": self._now()[row].tolist()}

    def view(self, row):
        return {**self.dict_observation(row), "time": int(self.time[row]), "terminated": bool(self.over[row])}

    def text(self, view):
        return f"{view['time']}: {view['shown']}"


class DigitsEnv(SingleEnv[Digits]):
    def __init__(self, *, render_mode=None):
        super().__init__(Digits(1), render_mode)


class DigitsVectorEnv(NativeVectorEnv[Digits]):
    def __init__(self, num_envs=1, *, render_mode=None, autoreset_mode="NextStep"):
        super().__init__(Digits(num_envs), render_mode, autoreset_mode)


if ENV_ID not in gym.registry:
    gym.register(ENV_ID, f"{__name__}:DigitsEnv", vector_entry_point=f"{__name__}:DigitsVectorEnv")
