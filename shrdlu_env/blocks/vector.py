"""Mini-SHRDLU as a native Gymnasium vector environment: n episodes advanced by compiled loops.

Source: Methods, 'Mini-SHRDLU'. Conventions: Gymnasium's `SyncVectorEnv`, in all three autoreset modes.
"""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from shrdlu_env.blocks.episodes import DONE, GO_TIME, LEGAL, TIME
from shrdlu_env.blocks.infos import make_infos
from shrdlu_env.blocks.layout import Layout
from shrdlu_env.blocks.puzzles import Puzzle, PuzzleBatch
from shrdlu_env.blocks.simulation import Simulation
from shrdlu_env.blocks.view import DictObservation, View
from shrdlu_env.blocks.viewing import ansi, make_dict_observation
from shrdlu_env.shells.rendering import RENDER_FPS, check_render_mode, frame

VECTOR_RENDER_MODES = ("rgb_array", "ansi")
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Observations = NDArray[np.float32]


class MiniShrdluVectorEnv(VectorEnv[Observations, NDArray[np.int64], Any]):
    """Mini-SHRDLU, n episodes side by side.

    Observations, actions, rewards, infos and all other arguments are told in docs/environment.md. No returned
    array is shared with another call or with the environment.

    Args:
        num_envs: n.
        render_mode: "rgb_array", "ansi" (one frame per sub-environment) or None.
        autoreset_mode: `AutoresetMode` or its value: "NextStep" (default), "SameStep", "Disabled".
        **arguments: those of `shrdlu_env.blocks.simulation.Simulation`.

    Raises:
        ValueError: an argument is out of range, or no such puzzle exists.
    """

    metadata = {  # noqa: RUF012 - Gymnasium declares it so
        "render_modes": list(VECTOR_RENDER_MODES),
        "render_fps": RENDER_FPS,
        "autoreset_mode": AutoresetMode.NEXT_STEP,
    }

    def __init__(
        self,
        num_envs: int = 1,
        *,
        render_mode: str | None = None,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        **arguments: Any,
    ) -> None:
        self.autoreset_mode = _autoreset_mode(autoreset_mode)
        # Per instance, so that environments with different modes can live side by side.
        self.metadata = {**type(self).metadata, "autoreset_mode": self.autoreset_mode}
        self.render_mode = check_render_mode(render_mode, VECTOR_RENDER_MODES)
        self._simulation = Simulation(num_envs, **arguments)
        self.num_envs = self._simulation.num_envs
        self._features = self.layout.size
        self.single_observation_space = spaces.Box(0.0, 1.0, (self._features,), np.float32)
        self.single_action_space = spaces.Discrete(self._simulation.num_actions)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self._started = False

    @property
    def layout(self) -> Layout:
        """Where each part of an observation lies."""
        return self._simulation.layout

    @property
    def simulation(self) -> Simulation:
        """What runs the episodes: rules, sampler, state; read-only by custom."""
        return self._simulation

    @property
    def lesson(self) -> int:
        """The lesson that new episodes are drawn from, 0 for explicit ranges."""
        return self._simulation.sampler.lesson

    @property
    def puzzles(self) -> PuzzleBatch:
        """The puzzles of the current episodes, row by row; read-only by custom, overwritten by resets."""
        return self._simulation.puzzles

    def puzzle(self, index: int) -> Puzzle:
        """The puzzle of one sub-environment's current episode, as an object of its own."""
        self._check_started("puzzle")
        return self._simulation.puzzles.puzzle(index)

    def draw_puzzles(self, count: int) -> PuzzleBatch:
        """Draw puzzles as the coming episodes would, from the environment's own generator.

        Args:
            count: how many.
        """
        return self._simulation.sampler.generate(self.np_random, count)

    def set_lesson(self, lesson: int, earlier: float | None = None) -> None:
        """Draw from another lesson; every sub-environment does so from its next episode on.

        Args:
            lesson: 1 to 26.
            earlier: share of episodes drawn from earlier lessons; None keeps it.

        Raises:
            ValueError: an argument is out of range, the lesson does not fit the board, or explicit ranges
                were given.
        """
        self._simulation.sampler.set_lesson(lesson, earlier)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observations, dict[str, Any]]:
        """Begin new episodes in all sub-environments, or in those of `options["reset_mask"]`.

        Args:
            seed: seed of the one generator that all sub-environments draw from, in the order of their rows.
            options: None, or a dict, left as it is, with "reset_mask": bool[n]; "puzzles": a `PuzzleBatch`
                with one puzzle per episode to begin, instead of drawing them; "at_cue": True to begin at the
                go cue, for an agent that has taken in the description by itself.

        Returns:
            Observations float32[n, X] of all sub-environments; infos of those that were reset.

        Raises:
            ValueError: the mask is not bool[n] with at least one True, or leaves out sub-environments that
                have no episode yet; or the puzzles do not fit.
        """
        mask = self._reset_mask(options)
        if mask is not None and not self._started and not mask.all():
            raise ValueError("reset_mask: the first reset must take in all sub-environments")
        rows = self._simulation.all_rows if mask is None else np.flatnonzero(mask)
        puzzles = self._simulation.check_puzzles((options or {}).get("puzzles"), len(rows))
        super().reset(seed=seed)
        at_cue = bool((options or {}).get("at_cue", False))
        self._simulation.begin(self.np_random, rows, puzzles=puzzles, at_cue=at_cue)
        self._started = True
        return self._observations(), self._infos(mask)

    def step(self, actions: NDArray[np.int64]) -> tuple[Observations, Floats, Flags, Flags, dict[str, Any]]:
        """Advance all sub-environments by one step.

        Args:
            actions: int[n]; an action has an effect where the last infos said `acting`.

        Returns:
            Observations float32[n, X], rewards float64[n], terminated bool[n], truncated bool[n] (all False),
            infos.

        Raises:
            ValueError: wrong shape or type, no such action, or reset was never called.
        """
        self._check_started("step")
        checked = self._check_actions(actions)
        simulation = self._simulation
        done = simulation.state.clock[:, DONE]
        if self.autoreset_mode is AutoresetMode.NEXT_STEP:
            over = np.flatnonzero(done)
            if len(over):
                simulation.begin(self.np_random, over, fresh=True)
        simulation.advance(checked)
        observations = self._observations()
        rewards = simulation.state.score[:, 0].copy()
        terminated = done.astype(np.bool_)
        if self.autoreset_mode is AutoresetMode.SAME_STEP and terminated.any():
            last = np.full(self.num_envs, None, dtype=object)
            over = np.flatnonzero(terminated)
            for row in over:
                last[row] = observations[row].copy()
            final_infos = self._infos(terminated)
            simulation.begin(self.np_random, over)
            simulation.observe(over, observations)
            infos = self._infos(None)
            infos["final_obs"], infos["_final_obs"] = last, terminated.copy()
            infos["final_info"], infos["_final_info"] = final_infos, terminated.copy()
        else:
            infos = self._infos(None)
        return observations, rewards, terminated, np.zeros(self.num_envs, np.bool_), infos

    def _observations(self) -> Observations:
        out = np.empty((self.num_envs, self._features), np.float32)
        self._simulation.observe(self._simulation.all_rows, out)
        return out

    def _infos(self, present: Flags | None) -> dict[str, Any]:
        simulation = self._simulation
        return make_infos(simulation.state, simulation.num_actions, simulation.planning, present)

    def _check_actions(self, actions: NDArray[np.int64]) -> NDArray[np.int64]:
        array = np.asarray(actions)
        if array.shape != (self.num_envs,) or array.dtype.kind not in "iu":
            raise ValueError(
                f"actions has shape {array.shape} and type {array.dtype}: must be whole numbers of shape "
                f"({self.num_envs},)"
            )
        if array.min() < 0 or array.max() >= self._simulation.num_actions:
            wrong = array[(array < 0) | (array >= self._simulation.num_actions)][0]
            raise ValueError(f"actions holds {wrong}: must be from 0 to {self._simulation.num_actions - 1}")
        return np.ascontiguousarray(array, np.int64)

    def _reset_mask(self, options: dict[str, Any] | None) -> Flags | None:
        if options is None or "reset_mask" not in options:
            return None
        mask = options["reset_mask"]
        if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_ or mask.shape != (self.num_envs,):
            raise ValueError(f"reset_mask={mask!r}: must be a bool array of shape ({self.num_envs},)")
        if not mask.any():
            raise ValueError("reset_mask: must be True for at least one sub-environment")
        return mask

    def _check_started(self, name: str) -> None:
        if not self._started:
            raise ValueError(f"{name}: there is no episode yet; call reset first")

    def action_masks(self) -> Flags:
        """Actions accepted now, bool[n, S(S-1)+1]: all during the description, the legal ones after."""
        clock = self._simulation.state.clock
        bits = np.where(clock[:, TIME] >= clock[:, GO_TIME], clock[:, LEGAL], -1)
        return (bits[:, None] >> np.arange(self._simulation.num_actions) & 1).astype(np.bool_)

    def dict_observation(self, index: int = 0) -> DictObservation:
        """What the agent of one sub-environment has been told so far, in words."""
        self._check_started("dict_observation")
        simulation = self._simulation
        return make_dict_observation(simulation.state, simulation.puzzles, index, simulation.size)

    def view(self, index: int = 0) -> View:
        """What a spectator sees of one sub-environment."""
        self._check_started("view")
        return self._simulation.view(index)

    def render(self) -> tuple[Any, ...] | None:
        """One picture uint8[h, w, 3] (rgb_array) or text (ansi) per sub-environment."""
        if self.render_mode is None:
            gym.logger.warn("render() without a render_mode: give one to gym.make_vec, such as 'rgb_array'")
            return None
        self._check_started("render")
        draw = ansi if self.render_mode == "ansi" else frame
        return tuple(draw(self._simulation.view(row)) for row in range(self.num_envs))


def _autoreset_mode(value: AutoresetMode | str) -> AutoresetMode:
    try:
        return AutoresetMode(value)
    except ValueError:
        modes = ", ".join(mode.value for mode in AutoresetMode)
        raise ValueError(f"autoreset_mode={value!r}: must be an AutoresetMode or one of {modes}") from None
