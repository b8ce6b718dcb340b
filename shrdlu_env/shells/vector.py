"""The native Gymnasium vector environment of any world: n episodes advanced together.

Conventions: Gymnasium's `SyncVectorEnv`, in all three autoreset modes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from shrdlu_env.checks import check_choice, check_whole, shown
from shrdlu_env.shells.actions import ActionCheck
from shrdlu_env.shells.calls import check_options_type, check_seed
from shrdlu_env.shells.full_view import seen_as
from shrdlu_env.shells.rendering import RENDER_FPS, check_render_mode, frame
from shrdlu_env.task import Simulation

VECTOR_RENDER_MODES = ("rgb_array", "ansi")
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
World = TypeVar("World", bound=Simulation)


class NativeVectorEnv(VectorEnv[NDArray[Any], NDArray[np.int64], Any], Generic[World]):
    """n episodes side by side. A world's own vector environment is a subclass that makes the simulation.

    No returned array is shared with another call or with the environment. Pickled or deep-copied, the copy goes on
    exactly as the original would.

    Args:
        simulation: of n episodes.
        render_mode: "rgb_array", "ansi" (one frame per sub-environment) or None.
        autoreset_mode: `AutoresetMode` or its value: "NextStep", "SameStep", "Disabled".
        observability: "partial", or "full": observations also show all that was told so far
            (`shrdlu_env.shells.full_view`).

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: there is no such mode or observability, or the world cannot be shown in full.
    """

    metadata = {  # noqa: RUF012 - Gymnasium declares it so
        "render_modes": list(VECTOR_RENDER_MODES),
        "render_fps": RENDER_FPS,
        "autoreset_mode": AutoresetMode.NEXT_STEP,
        # With autoreset disabled: a step does no harm where an episode is over, and draws nothing.
        "steps_past_end": True,
    }

    def __init__(
        self,
        simulation: World,
        render_mode: str | None = None,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        observability: str = "partial",
    ) -> None:
        self.autoreset_mode = check_autoreset_mode(autoreset_mode)
        # Per instance, so that environments with different modes can live side by side.
        self.metadata = {**type(self).metadata, "autoreset_mode": self.autoreset_mode}
        self.render_mode = check_render_mode(render_mode, VECTOR_RENDER_MODES)
        self.simulation = simulation
        self._seen = seen_as(simulation, observability)
        self.num_envs = simulation.num_envs
        self.single_observation_space = self._seen.observation_space
        self.single_action_space = simulation.action_space
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self._check = ActionCheck(simulation.action_space)
        self._shape = (self.num_envs, *(self.single_observation_space.shape or ()))
        self._dtype = self.single_observation_space.dtype
        self._rows = np.arange(self.num_envs)
        self._started = False

    @property
    def lesson(self) -> int:
        """The lesson that new episodes are drawn from, 0 where there are none."""
        return self.simulation.lesson

    def set_lesson(self, lesson: int, earlier: float | None = None) -> None:
        """Draw from another lesson; every sub-environment does so from its next episode on.

        Args:
            lesson: its number, from 1.
            earlier: share of episodes drawn from earlier lessons; None keeps it.

        Raises:
            TypeError: an argument has the wrong type.
            ValueError: an argument is out of range, or there are no lessons to draw from.
        """
        self.simulation.set_lesson(lesson, earlier)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[Any], dict[str, Any]]:
        """Begin new episodes in all sub-environments, or in those of `options["reset_mask"]`.

        Args:
            seed: seed of the one generator that all sub-environments draw from, in the order of their rows.
            options: None, or a dict, left as it is, with "reset_mask": bool[n], and the world's own options
                (docs/reference/environment.md), which have a row for every episode to begin.

        Returns:
            Observations of all sub-environments; infos of those that were reset.

        Raises:
            TypeError: an argument has the wrong type.
            ValueError: an argument is out of range, there is no such option, or the mask has no True, or leaves
                out sub-environments that have no episode yet. Nothing is changed then.
        """
        given = check_options_type(options)
        mask = self._check_mask(given.pop("reset_mask")) if "reset_mask" in given else None
        rows = self._rows if mask is None else np.flatnonzero(mask)
        checked = self._seen.check_options(given, len(rows))
        super().reset(seed=check_seed(seed))
        self._seen.begin(self.np_random, rows, checked)
        self._started = True
        return self._observations(), self._infos(mask)

    def step(self, actions: NDArray[np.int64]) -> tuple[NDArray[Any], Floats, Flags, Flags, dict[str, Any]]:
        """Advance all sub-environments by one step.

        Args:
            actions: int[n], or int[n, k] where the action space is a `MultiDiscrete`; an action has an effect where
                the last infos said `acting`.

        Returns:
            Observations, rewards float64[n], terminated bool[n], truncated bool[n] (all False), infos.

        Raises:
            TypeError: the actions are not whole numbers.
            ValueError: wrong shape, no such action, or reset was never called.
        """
        self._check_started("step")
        checked = self._check.many(actions, self.num_envs)
        simulation = self.simulation
        next_step = self.autoreset_mode is AutoresetMode.NEXT_STEP
        was_over = np.flatnonzero(simulation.over) if next_step else self._rows[:0]
        self._seen.advance(checked)
        rewards = simulation.rewards.copy()
        if len(was_over):
            self._seen.begin(self.np_random, was_over)
        terminated = simulation.over.astype(np.bool_)
        observations = self._observations()
        final = {}
        if self.autoreset_mode is AutoresetMode.SAME_STEP and terminated.any():
            final = self._final(observations, terminated)
            over = np.flatnonzero(terminated)
            self._seen.begin(self.np_random, over)
            self._seen.observe(over, observations)
        truncated = np.zeros(self.num_envs, np.bool_)
        return observations, rewards, terminated, truncated, {**self._infos(None), **final}

    def _final(self, observations: NDArray[Any], terminated: Flags) -> dict[str, Any]:
        """Last observations and infos of episodes that end in this very step, as SAME_STEP tells them."""
        last = np.full(self.num_envs, None, dtype=object)
        for row in np.flatnonzero(terminated):
            last[row] = observations[row].copy()
        return {
            "final_obs": last,
            "_final_obs": terminated.copy(),
            "final_info": self._infos(terminated),
            "_final_info": terminated.copy(),
        }

    def _observations(self) -> NDArray[Any]:
        out = np.empty(self._shape, self._dtype)
        self._seen.observe(self._rows, out)
        return out

    def _infos(self, present: Flags | None) -> dict[str, Any]:
        """Infos in Gymnasium's vector form: per key an array and a mask `_key`; rows not present are zero."""
        values = self.simulation.infos()
        flags = np.ones((len(values), self.num_envs), np.bool_)
        if present is not None:
            flags[:] = present
        infos: dict[str, Any] = {}
        for (key, value), mask in zip(values.items(), flags, strict=True):
            if present is not None:
                value[~present] = 0
            infos[key], infos["_" + key] = value, mask
        return infos

    def _check_mask(self, mask: Any) -> Flags:
        message = f"reset_mask={shown(mask)}: must be a bool array of shape ({self.num_envs},)"
        if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_:
            raise TypeError(message)
        if mask.shape != (self.num_envs,):
            raise ValueError(message)
        if not mask.any():
            raise ValueError("reset_mask: must be True for at least one sub-environment")
        if not self._started and not mask.all():
            raise ValueError("reset_mask: the first reset must take in all sub-environments")
        return mask

    def _check_started(self, name: str) -> None:
        if not self._started:
            raise ValueError(f"{name}: there is no episode yet; call reset first")

    def _check_index(self, name: str, index: Any) -> int:
        """The row of a sub-environment that a method is asked about.

        Raises:
            TypeError: the index is no number.
            ValueError: there is no such sub-environment, or no episode yet.
        """
        self._check_started(name)
        return check_whole("index", index, 0, self.num_envs - 1)

    def action_masks(self) -> Flags:
        """Actions accepted now, bool[n, A]: `infos["action_mask"]` as sb3-contrib asks for it."""
        self._check_started("action_masks")
        return self.simulation.infos()["action_mask"] == 1

    def dict_observation(self, index: int = 0) -> Mapping[str, Any]:
        """What the agent of one sub-environment has been shown so far, in words."""
        return self.simulation.dict_observation(self._check_index("dict_observation", index))

    def view(self, index: int = 0) -> Mapping[str, Any]:
        """What a spectator sees of one sub-environment."""
        return self.simulation.view(self._check_index("view", index))

    def render(self) -> tuple[Any, ...] | None:
        """One picture uint8[h, w, 3] (rgb_array) or text (ansi) per sub-environment."""
        if self.render_mode is None:
            gym.logger.warn("render() without a render_mode: give one to gym.make_vec, such as 'rgb_array'")
            return None
        self._check_started("render")
        draw = self.simulation.text if self.render_mode == "ansi" else frame
        return tuple(draw(self.simulation.view(row)) for row in range(self.num_envs))


def check_autoreset_mode(value: AutoresetMode | str) -> AutoresetMode:
    """The autoreset mode of its name.

    Raises:
        TypeError: it is neither an `AutoresetMode` nor a text.
        ValueError: there is none of this name.
    """
    if isinstance(value, AutoresetMode):
        return value
    return AutoresetMode(check_choice("autoreset_mode", value, [mode.value for mode in AutoresetMode]))
