"""A made-up agent whose memory does what a trained one's should: to try the viewer without training.

It is a hand-written DNC-like memory, no learner: each constraint told goes to the least used location, the
links keep the order, and from the go cue on the read heads walk the chosen goal's locations.
"""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from shrdlu_env.viewer.recording.world import planner_act


class DemoAgent:
    """An `Act` that follows the planner and shows a tidy memory.

    Args:
        env: the environment it plays on, which must tell the planner's actions in its info.
        locations: N.
        width: W.
        heads: R.
        seed: seed of the noise in what it shows.
    """

    def __init__(
        self, env: gym.Env[Any, Any], locations: int = 32, width: int = 20, heads: int = 2, seed: int = 0
    ) -> None:
        self._env = env
        self._shape = (locations, width, heads)
        self._seed = seed

    def _reset(self) -> None:
        n, w, _ = self._shape
        self._rng = np.random.default_rng(self._seed)
        self._memory = np.zeros((n, w), np.float32)
        self._link = np.zeros((n, n), np.float32)
        self._usage = np.zeros(n, np.float32)
        self._places: dict[str, list[int]] = {}
        self._last: int | None = None
        self._walk = 0

    def __call__(self, obs: Any, info: dict[str, Any], episode_start: bool) -> tuple[int, dict[str, Any]]:
        """Choose as the planner does and make up the memory."""
        if episode_start:
            self._reset()
        n, _, heads = self._shape
        view = self._env.unwrapped.view()  # type: ignore[attr-defined]
        action, _ = planner_act(obs, info, episode_start)
        write = self._softmax(self._rng.normal(0, 0.6, n)) * 0.05
        gate = 0.05
        if view["shown_constraint"] is not None:
            place = int(np.argmin(self._usage))
            write = 0.92 * np.eye(n, dtype=np.float32)[place] + 0.08 * self._softmax(
                self._rng.normal(0, 1, n)
            )
            gate = 0.97
            word = self._rng.normal(0, 1, self._shape[1]).astype(np.float32)
            self._memory = self._memory * (1 - write[:, None]) + np.outer(write, word)
            if self._last is not None:
                self._link[place, self._last] = 0.9
            self._usage = self._usage + write - self._usage * write
            self._last = place
            self._places.setdefault(view["shown_goal"], []).append(place)
        reads, modes = self._read(view, n, heads)
        return action, {
            "probabilities": self._probabilities(action, info),
            "value": float(view["moves_left"]) * (0.4 if view["phase"] == "describe" else view["satisfied"]),
            "write_weighting": write,
            "read_weightings": reads,
            "read_modes": modes,
            "write_gate": gate,
            "allocation_gate": 0.93 if gate > 0.5 else 0.2,
            "free_gates": np.full(heads, 0.08),
            "usage": self._usage,
            "memory": self._memory,
            "link": self._link,
        }

    def _read(self, view: Any, n: int, heads: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """Weightings [R, N] and modes [R, 3] of this step."""
        reads = np.zeros((heads, n))
        modes = np.zeros((heads, 3))
        chosen = self._places.get(view["cued_goal"] or "", [])
        for head in range(heads):
            if chosen:
                place = chosen[(self._walk + head) % len(chosen)]
                reads[head] = 0.85 * np.eye(n)[place] + 0.15 * self._softmax(self._rng.normal(0, 2, n))
                favourite = 1 if self._walk == 0 else (2 if head % 2 == 0 else 0)
            else:
                reads[head] = self._softmax(self._rng.normal(0, 1.5, n))
                favourite = 1
            modes[head] = 0.08
            modes[head, favourite] = 0.84
        self._walk += 1 if chosen else 0
        return reads, modes

    def _probabilities(self, action: int, info: dict[str, Any]) -> NDArray[Any]:
        count = len(info["optimal_actions"])
        logits = self._rng.normal(0, 0.7, count) + 3.0 * (np.arange(count) == action)
        return self._softmax(logits)

    @staticmethod
    def _softmax(x: NDArray[Any]) -> NDArray[Any]:
        e = np.exp(x - x.max())
        return np.asarray(e / e.sum(), np.float32)
