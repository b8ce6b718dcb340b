"""The single Gymnasium environment of any world: a simulation of one episode."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from shrdlu_env.shells.actions import ActionCheck
from shrdlu_env.shells.calls import check_options_type, check_seed
from shrdlu_env.shells.full_view import seen_as
from shrdlu_env.shells.rendering import RENDER_FPS, RENDER_MODES, Screen, check_render_mode, frame
from shrdlu_env.task import Simulation

World = TypeVar("World", bound=Simulation)


class SingleEnv(gym.Env[NDArray[Any], Any], Generic[World]):
    """One episode at a time. A world's own environment is a subclass that makes the simulation.

    Pickled or deep-copied, the copy goes on exactly as the original would.

    Args:
        simulation: of one episode.
        render_mode: "human", "rgb_array", "ansi" or None.
        observability: "partial", or "full": observations also show all that was told so far
            (`shrdlu_env.shells.full_view`).

    Raises:
        TypeError: the render mode or the observability is no text.
        ValueError: there is no such one, or the world cannot be shown in full.
    """

    metadata = {"render_modes": list(RENDER_MODES), "render_fps": RENDER_FPS}  # noqa: RUF012

    def __init__(
        self, simulation: World, render_mode: str | None = None, observability: str = "partial"
    ) -> None:
        self.render_mode = check_render_mode(render_mode)
        self.simulation = simulation
        self._seen = seen_as(simulation, observability)
        self.observation_space = self._seen.observation_space
        self.action_space = simulation.action_space
        self._check = ActionCheck(simulation.action_space)
        self._row = np.zeros(1, np.int64)
        self._actions = np.zeros((1, *self._check.shape), np.int64)
        self._dtype = self.observation_space.dtype
        self._screen = Screen(simulation.title)
        self._shape = (1, *(self.observation_space.shape or ()))
        self._started = self._running = False

    @property
    def lesson(self) -> int:
        """The lesson that the next episode is drawn from, 0 where there are none."""
        return self.simulation.lesson

    def set_lesson(self, lesson: int, earlier: float | None = None) -> None:
        """Draw from another lesson, from the next episode on.

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
        """Begin a new episode.

        Args:
            seed: seed of the generator that episodes are drawn from.
            options: None, or a dict of the world's options (docs/reference/environment.md), left as it is.

        Returns:
            The first observation, and the info.

        Raises:
            TypeError: an argument has the wrong type.
            ValueError: an argument is out of range, or there is no such option. Nothing is changed then.
        """
        checked = self._seen.check_options(check_options_type(options), 1)
        super().reset(seed=check_seed(seed))
        self._seen.begin(self.np_random, self._row, checked)
        self._started = self._running = True
        if self.render_mode == "human":
            self.render()
        return self._observation(), self.simulation.info()

    def step(self, action: Any) -> tuple[NDArray[Any], float, bool, bool, dict[str, Any]]:
        """Advance the episode by one step; an action has an effect where the last info said `acting`.

        Args:
            action: a whole number, or k of them where the action space is a `MultiDiscrete`.

        Returns:
            Observation, reward, terminated, False, info.

        Raises:
            TypeError: the action is not a whole number.
            ValueError: there is no such action, or no episode under way.
        """
        simulation = self.simulation
        if not self._running:
            raise ValueError("step: there is no episode under way; call reset first")
        self._actions[0] = self._check.one(action)
        self._seen.advance(self._actions)
        if self.render_mode == "human":
            self.render()
        over = bool(simulation.over[0])
        self._running = not over
        return self._observation(), float(simulation.rewards[0]), over, False, simulation.info()

    def _observation(self) -> NDArray[Any]:
        out = np.empty(self._shape, self._dtype)
        self._seen.observe(self._row, out)
        return out[0]

    def action_masks(self) -> NDArray[np.bool_]:
        """Actions accepted now, bool[A]: `info["action_mask"]` as sb3-contrib asks for it."""
        self._check_started("action_masks")
        return self.simulation.infos()["action_mask"][0] == 1

    def dict_observation(self) -> Mapping[str, Any]:
        """What the agent has been shown so far, in words."""
        self._check_started("dict_observation")
        return self.simulation.dict_observation(0)

    def view(self) -> Mapping[str, Any]:
        """What a spectator sees: `dict_observation()`, the clock, the score and the planner."""
        self._check_started("view")
        return self.simulation.view(0)

    def _check_started(self, name: str) -> None:
        if not self._started:
            raise ValueError(f"{name}: there is no episode yet; call reset first")

    def render(self) -> NDArray[np.uint8] | str | None:
        """A picture uint8[h, w, 3] (rgb_array), a text (ansi), or None (human: shown in a window)."""
        if self.render_mode is None:
            gym.logger.warn(
                "render() without a render_mode: give one to gym.make, such as render_mode='rgb_array'"
            )
            return None
        view = self.view()
        if self.render_mode == "ansi":
            return self.simulation.text(view)
        picture = frame(view)
        if self.render_mode == "rgb_array":
            return picture
        self._screen.show(picture)
        return None

    def close(self) -> None:
        """Close the window, if there is one."""
        self._screen.close()
