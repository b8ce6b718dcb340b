"""Mini-SHRDLU as a single Gymnasium environment: a simulation of one episode.

Source: Methods, 'Mini-SHRDLU'.
"""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from shrdlu_env.blocks.episodes import (
    CHOSEN_LETTER,
    DONE,
    FEWEST,
    FROM_LESSON,
    GO_TIME,
    HOLDING,
    LEGAL,
    MOVES,
    OPTIMAL,
    SOLVED_IN,
    TIME,
    WANTED,
)
from shrdlu_env.blocks.layout import Layout
from shrdlu_env.blocks.planner import action_flags
from shrdlu_env.blocks.puzzles import Puzzle
from shrdlu_env.blocks.simulation import Simulation
from shrdlu_env.blocks.view import DictObservation, View
from shrdlu_env.blocks.viewing import make_dict_observation
from shrdlu_env.shells.rendering import RENDER_FPS, RENDER_MODES, Renderer


class MiniShrdluEnv(gym.Env[NDArray[np.float32], np.int64]):
    """Mini-SHRDLU, one episode at a time.

    Observations, actions, rewards, infos and all arguments but `render_mode` are told in docs/environment.md.

    Args:
        render_mode: "human", "rgb_array", "ansi" or None.
        **arguments: those of `shrdlu_env.blocks.simulation.Simulation`: board_size, lesson, goals, blocks,
            constraints, depth, extra_moves, constraint_reward, invalid_move_cost, undo_penalty, earlier,
            planner_info, max_boards.

    Raises:
        ValueError: an argument is out of range, or no such puzzle exists.
    """

    metadata = {"render_modes": list(RENDER_MODES), "render_fps": RENDER_FPS}  # noqa: RUF012

    def __init__(self, *, render_mode: str | None = None, **arguments: Any) -> None:
        self._renderer = Renderer(render_mode)
        self.render_mode = render_mode
        self._simulation = Simulation(1, **arguments)
        self._clock = self._simulation.state.clock[0]
        self._actions = np.zeros(1, np.int64)
        self._flags: dict[int, NDArray[np.bool_]] = {}
        self._pass = self._simulation.num_actions - 1
        self._started = False
        self._features = self.layout.size
        self.observation_space = spaces.Box(0.0, 1.0, (self._features,), np.float32)
        self.action_space = spaces.Discrete(self._simulation.num_actions)

    @property
    def layout(self) -> Layout:
        """Where each part of an observation lies."""
        return self._simulation.layout

    @property
    def lesson(self) -> int:
        """The lesson that the next episode is drawn from, 0 for explicit ranges."""
        return self._simulation.sampler.lesson

    def set_lesson(self, lesson: int, earlier: float | None = None) -> None:
        """Draw from another lesson, from the next episode on.

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
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Begin a new episode.

        Args:
            seed: seed of the generator that episodes are drawn from.
            options: None, or {"puzzles": a `PuzzleBatch` of one puzzle} to begin that one, not a drawn one.

        Returns:
            The observation float32[X] of the first description step, and the info.

        Raises:
            ValueError: the puzzle does not fit.
        """
        puzzles = self._simulation.check_puzzles((options or {}).get("puzzles"), 1)
        super().reset(seed=seed)
        self._simulation.begin(self.np_random, self._simulation.all_rows, puzzles=puzzles)
        self._started = True
        if self.render_mode == "human":
            self.render()
        return self._observation(), self._info()

    def step(self, action: np.int64 | int) -> tuple[NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        """Advance the episode by one step; an action has an effect where the last info said `acting`.

        Args:
            action: 0 to S(S-1); the last one passes.

        Returns:
            Observation float32[X], reward, terminated, False, info.

        Raises:
            ValueError: no such action, or there is no episode under way.
        """
        if not self._started or self._clock[DONE]:
            raise ValueError("step: there is no episode under way; call reset first")
        if not 0 <= action <= self._pass or int(action) != action:
            raise ValueError(f"action={action!r}: must be a whole number from 0 to {self._pass}")
        self._actions[0] = action
        self._simulation.advance(self._actions)
        if self.render_mode == "human":
            self.render()
        info = self._info()
        reward = float(self._simulation.state.score[0, 0])
        return self._observation(), reward, bool(self._clock[DONE]), False, info

    def _observation(self) -> NDArray[np.float32]:
        out = np.empty((1, self._features), np.float32)
        self._simulation.observe(self._simulation.all_rows, out)
        return out[0]

    def _flags_of(self, bits: int) -> NDArray[np.bool_]:
        flags = self._flags.get(bits)
        if flags is None:
            flags = self._flags[bits] = action_flags(bits, self._simulation.size)
        return flags

    def _info(self) -> dict[str, Any]:
        clock = self._clock.tolist()
        acting = clock[TIME] >= clock[GO_TIME]
        success = clock[HOLDING] == clock[WANTED]
        mask = self._flags_of(clock[LEGAL] if acting else (2 << self._pass) - 1)
        info = {
            "action_mask": mask.astype(np.int8),
            "phase": "act" if acting else "describe",
            "acting": acting and not clock[DONE],
            "chosen": clock[CHOSEN_LETTER] if acting else -1,
            "satisfied": clock[HOLDING] / clock[WANTED],
            "min_moves": clock[FEWEST],
            "moves": clock[MOVES],
            "success": success,
            "perfect": success and clock[SOLVED_IN] == clock[FEWEST],
            "lesson": clock[FROM_LESSON],
            "num_constraints": clock[WANTED],
        }
        if self._simulation.planning:
            info["optimal_actions"] = self._flags_of(clock[OPTIMAL]).copy()
        return info

    def action_masks(self) -> NDArray[np.bool_]:
        """Actions accepted now, bool[S(S-1)+1]: all of them during the description, the legal ones after."""
        acting = self._clock[TIME] >= self._clock[GO_TIME]
        return self._flags_of(int(self._clock[LEGAL]) if acting else (2 << self._pass) - 1).copy()

    def dict_observation(self) -> DictObservation:
        """What the agent has been told so far, in words."""
        self._check_started("dict_observation")
        return make_dict_observation(
            self._simulation.state, self._simulation.puzzles, 0, self._simulation.size
        )

    def view(self) -> View:
        """What a spectator sees: `dict_observation()`, the clock, the score and the planner."""
        self._check_started("view")
        return self._simulation.view(0)

    def puzzle(self) -> Puzzle:
        """The puzzle of the current episode."""
        self._check_started("puzzle")
        return self._simulation.puzzles.puzzle(0)

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
        self._check_started("render")
        return self._renderer.render(self.view())

    def close(self) -> None:
        """Close the window, if there is one."""
        self._renderer.close()
