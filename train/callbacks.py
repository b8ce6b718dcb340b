"""What a training run does between updates: curriculum, checkpoints, clock and display."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from types import FrameType
from typing import Any

import numpy as np
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from stable_baselines3.common.callbacks import BaseCallback

from dnc_agent import EpisodicActorCritic
from dnc_agent.persistence import save_agent
from dnc_agent.rl.vec_env import GymnasiumVecEnv
from shrdlu_env.blocks.lessons import LESSONS
from train.config import RunConfig
from train.experiments.mini_shrdlu.evaluation import evaluate_lesson
from train.rundir import LESSONS_TABLE, RunDirectory


@dataclass
class RunState:
    """What a run carries from session to session beside the agent itself."""

    lesson: int
    updates_in_lesson: int = 0
    episodes_in_lesson: int = 0
    seconds: float = 0.0
    completed: int = 0
    """Highest lesson completed so far."""
    checked_at: int = 0
    """Updates at the last check of the gate; a session that begins there does not repeat it."""
    sessions: int = 0


class StopRequest:
    """A signal handler that asks training to stop after the current update; asked twice, it interrupts."""

    def __init__(self) -> None:
        self.requested = False

    def __call__(self, signum: int, frame: FrameType | None) -> None:
        """Handle SIGINT or SIGTERM."""
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True


class RunCallback(BaseCallback):
    """Moves a run along: gate, checkpoints, limits, progress bar.

    All of it happens between updates, where the state is whole: an update is in the checkpoint or lost.

    Args:
        directory: of the run.
        config: of the run.
        state: where the run stands; changed in place.
        world_rng: state of the environment's generator to go on from, or None.
        minutes: stop after this many minutes of training in this session; None: no limit.
        until_lesson: stop once this lesson is complete; None: no limit.
        max_episodes: stop once the run has seen this many; None: no limit.
        stop: looked at after every update.
        checkpoint_seconds: time between two checkpoints.
        quiet: no progress bar.
    """

    model: EpisodicActorCritic

    def __init__(
        self,
        directory: RunDirectory,
        config: RunConfig,
        state: RunState,
        *,
        world_rng: dict[str, Any] | None,
        minutes: float | None,
        until_lesson: int | None,
        max_episodes: int | None,
        stop: StopRequest,
        checkpoint_seconds: float = 30.0,
        quiet: bool = False,
    ) -> None:
        super().__init__()
        self.directory, self.config, self.state = directory, config, state
        self._world_rng = world_rng
        self._limit = float("inf") if minutes is None else 60.0 * minutes
        self._until_lesson, self._max_episodes = until_lesson, max_episodes
        self._checkpoint_seconds = checkpoint_seconds
        self._stop = stop
        self.stop_reason = ""
        self._recent: deque[tuple[float, float, int]] = deque(maxlen=50)
        self._bar = Progress(
            TextColumn("lesson {task.fields[lesson]:>2}"),
            BarColumn(bar_width=10),
            # All of it on one line of 80 characters, up to ten million episodes.
            TextColumn(
                "{task.fields[episodes]:,} episodes satisfied {task.fields[satisfied]:.0%} "
                "perfect {task.fields[perfect]:.0%} {task.fields[rate]:,.0f}/s"
            ),
            TimeElapsedColumn(),
            disable=quiet,
        )
        self._task = self._bar.add_task(
            "train",
            total=None if minutes is None else self._limit,
            lesson=state.lesson,
            episodes=0,
            satisfied=0.0,
            perfect=0.0,
            rate=0.0,
        )

    @property
    def _world(self) -> Any:
        env = self.model.env
        assert isinstance(env, GymnasiumVecEnv)
        return env.vector_env.unwrapped

    def _on_training_start(self) -> None:
        # `learn` has reset the environment; from here on it draws what the interrupted run would have drawn.
        if self._world_rng is not None:
            self._world.np_random.bit_generator.state = self._world_rng
        self._start = self._saved = self._before = time.monotonic()
        self._first_episode = self.model._episode_num
        self._bar.start()

    def _on_rollout_start(self) -> None:
        now = time.monotonic()
        self.state.seconds += now - self._before
        self._before = now
        if (
            self.state.updates_in_lesson
            and self.state.updates_in_lesson % self.config.curriculum.gate_every == 0
            and self.state.checked_at != self.model._n_updates
        ):
            self._gate()
            self.state.checked_at = self.model._n_updates
        if not self.stop_reason:
            if self._stop.requested:
                self.stop_reason = "asked to"
            elif now - self._start >= self._limit:
                self.stop_reason = f"{self._limit / 60:g} minutes are over"
            elif self._max_episodes is not None and self.model._episode_num >= self._max_episodes:
                self.stop_reason = f"{self._max_episodes:,} episodes are done"
        if self.stop_reason or now - self._saved >= self._checkpoint_seconds:
            self.save()
            self._saved = now
        self._steps = self.model.num_timesteps

    def _gate(self) -> None:
        state, rules = self.state, self.config.curriculum
        rng = np.random.default_rng([self.config.seed, 1, self.model._n_updates])
        found = evaluate_lesson(
            self.model, self.config.world, state.lesson, episodes=rules.gate_episodes, rng=rng
        )
        passed = found.satisfied >= rules.gate_satisfied
        self.directory.append_row(
            LESSONS_TABLE,
            {
                "seconds": state.seconds,
                "updates": self.model._n_updates,
                "episodes": self.model._episode_num,
                "steps": self.model.num_timesteps,
                "lesson": state.lesson,
                "satisfied": found.satisfied,
                "success": found.success / found.episodes,
                "perfect": found.perfect / found.episodes,
                "passed": int(passed),
            },
        )
        self.logger.record("gate/satisfied", found.satisfied)
        self.logger.record("gate/perfect", found.perfect / found.episodes)
        self.logger.record("gate/lesson", state.lesson)
        if passed and state.lesson > state.completed:
            self._complete_lesson(found.satisfied)

    def _complete_lesson(self, satisfied: float) -> None:
        state = self.state
        self._bar.console.print(
            f"lesson {state.lesson} complete: {satisfied:.1%} of constraints satisfied after "
            f"{self.model._episode_num:,} episodes, {state.seconds / 60:.1f} minutes"
        )
        state.completed = state.lesson
        if state.lesson < len(LESSONS):
            state.lesson += 1
            self._world.set_lesson(state.lesson, self.config.curriculum.earlier)
            self._recent.clear()
        state.updates_in_lesson = state.episodes_in_lesson = 0
        if self._until_lesson is not None and state.completed >= self._until_lesson:
            self.stop_reason = f"lesson {self._until_lesson} is complete"

    def _on_step(self) -> bool:
        return not self.stop_reason

    def _on_rollout_end(self) -> None:
        batch = self.locals["batch"]
        self.state.updates_in_lesson += 1
        self.state.episodes_in_lesson += batch.num_episodes
        final = batch.final
        self._recent.append(
            (float(final["satisfied"].mean()), float(final["perfect"].mean()), batch.num_episodes)
        )
        satisfied, perfect, _ = np.mean(np.array(self._recent), axis=0)
        elapsed = time.monotonic() - self._start
        self.logger.record("rollout/lesson", self.state.lesson)
        self._bar.update(
            self._task,
            completed=min(elapsed, self._limit),
            lesson=self.state.lesson,
            episodes=self.model._episode_num,
            satisfied=satisfied,
            perfect=perfect,
            rate=(self.model._episode_num - self._first_episode) / max(elapsed, 1e-9),
        )

    def _on_training_end(self) -> None:
        # The batch in which `learn` noticed the stop is not part of the run.
        self.model.num_timesteps = self._steps
        self._bar.stop()

    def close(self) -> None:
        """Stop drawing, however training ended."""
        self._bar.stop()

    def save(self) -> None:
        """Write the checkpoint, with everything needed to go on exactly from here."""
        extra = {
            "run": vars(self.state),
            "world_rng": self._world.np_random.bit_generator.state,
        }
        save_agent(self.model, self.directory.checkpoint, extra=extra)
