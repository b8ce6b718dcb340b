"""One training session: gate, checkpoints, limits and display around a learner's updates."""

from __future__ import annotations

import math
import shlex
import time
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from stable_baselines3.common.logger import Logger, SummaryWriter, make_output_format

from dnc_agent.learner import Learner
from dnc_agent.parallel import PeerLostError
from shrdlu_env.curriculum import lesson_complete
from train.agents import describe
from train.display import Display, Terminal
from train.errors import TrainingError
from train.experiment import Experiment, Gate
from train.files import cannot_write
from train.rundir import LESSONS_TABLE, RunDirectory
from train.settings import Config, Within
from train.signals import StopRequest
from train.standing import Standing

#: Updates between two lines of the log; a check of the gate has a line of its own.
LOG_EVERY = 10
CHECKPOINT_SECONDS = 30.0
#: Why a session ended that was told to.
ASKED = "asked to"


@dataclass(frozen=True)
class Limits:
    """When a session ends; no settings of the run, so they may change from session to session."""

    minutes: Annotated[float, Within(0, 1e7, above=True)] | None = 10.0
    until_lesson: int | None = None
    max_episodes: Annotated[int, Within(0, 10**15)] | None = None


class Session:
    """Moves a run along: gate, checkpoints, limits, display.

    All of it happens between updates, where the state is whole: an update is in the checkpoint or lost. Of several
    processes that share the learner's batches, the first decides, shows and writes.

    Args:
        experiment: that is trained.
        learner: ready for its next update.
        config: of the run.
        directory: opened for it.
        standing: where the run stands; its state is changed in place.
        limits: of the session.
        stop: looked at after every update.
        console: where it says what it does.
        quiet: no progress bar.
    """

    def __init__(
        self,
        experiment: Experiment,
        learner: Learner,
        config: Config,
        directory: RunDirectory,
        standing: Standing,
        limits: Limits,
        stop: StopRequest,
        console: Terminal,
        quiet: bool,
    ) -> None:
        self.experiment, self.learner, self.config = experiment, learner, config
        self.directory, self.limits, self._stop = directory, limits, stop
        self._processes = learner.processes
        self.state, self.lineage = standing
        self.state.sessions += 1
        self._seconds = math.inf if limits.minutes is None else 60.0 * limits.minutes
        self._display = Display(
            console,
            experiment.figures(),
            None if limits.minutes is None else self._seconds,
            self.state.lesson,
            quiet=quiet or not self._processes.first,
        )
        self._logger = (
            _logger(directory, self.state.sessions, console) if self._processes.first else Logger(None, [])
        )
        self._first = self._saved_updates = self._logged = learner.updates
        self._resumed, self._peer_lost = directory.checkpoint.exists(), False

    @property
    def kept(self) -> bool:
        """Whether the directory holds what is worth keeping, although the session failed."""
        return self._resumed or self._saved_updates > self._first or self._peer_lost

    def run(self) -> str:
        """Train until the first limit; returns which one it was.

        Raises:
            TrainingError: if loss or weights are not finite any more, or another process is gone.
            UsageError: if a file of the run cannot be written.
        """
        self.learner.set_logger(self._logger)
        first_episode, begin = self.learner.episodes, time.monotonic()
        saved = before = begin
        if not self._resumed:
            self.save()
        self._display.start()
        try:
            while True:
                now = time.monotonic()
                self.state.seconds += now - before
                before = now
                reason = self._reached() or self._check_gate() or self._limit(now - begin)
                reason = self._processes.agree(reason)
                # Before the checkpoint: what was recorded up to it and not written would be lost to whoever resumes.
                self._write_log()
                if reason or now - saved >= CHECKPOINT_SECONDS:
                    self.save()
                    saved = now
                if reason:
                    return reason
                figures = self._update()
                self._display.batch(
                    figures,
                    lesson=self.state.lesson,
                    episodes=self.learner.episodes,
                    fresh=self.learner.episodes - first_episode,
                    elapsed=time.monotonic() - begin,
                )
        except PeerLostError as error:
            self._peer_lost = True
            raise TrainingError(
                f"{error}; kept: {self.directory.checkpoint} after update {self._saved_updates:,}; the same command "
                "goes on from there"
            ) from None
        finally:
            self._display.stop()
            self._logger.close()

    def save(self) -> None:
        """Write the checkpoint, with everything needed to go on exactly from here; the one before is kept.

        Raises:
            UsageError: if it cannot be written.
        """
        if not self._processes.first:
            return
        extra = describe(self.experiment, self.config, vars(self.state), self.lineage)
        try:
            self.learner.save(self.directory.checkpoint, extra=extra)
        except OSError as error:
            raise cannot_write(self.directory.checkpoint, error) from None
        self._saved_updates = self.learner.updates

    def _update(self) -> dict[str, float]:
        state, before = self.state, self.learner.episodes
        try:
            figures = self.learner.update()
        except FloatingPointError as error:
            raise TrainingError(self._diverged(error)) from None
        state.updates_in_lesson += 1
        state.episodes_in_lesson += self.learner.episodes - before
        self._logger.record("rollout/lesson", state.lesson)
        return figures

    def _write_log(self) -> None:
        """Write what was recorded: every few updates, and with each check of the gate."""
        updates = self.learner.updates
        checked = self.state.checked_at == updates
        if updates == self._logged or not (checked or updates // LOG_EVERY > self._logged // LOG_EVERY):
            return
        self._logged = updates
        self._logger.record("time/total_timesteps", self.learner.steps, exclude="tensorboard")
        self._logger.record("time/episodes", self.learner.episodes)
        try:
            self._logger.dump(self.learner.steps)
        except OSError as error:
            raise cannot_write(self.directory.logs, error) from None

    def _diverged(self, error: FloatingPointError) -> str:
        run = self.directory.path
        if not self.kept:
            kept = f"nothing was kept in {run}: no update was saved before; try a smaller --learning-rate"
        else:
            kept = (
                f"kept: {self.directory.checkpoint} after update {self._saved_updates:,}; try "
                f"shrdlu train --run runs/NAME --branch {shlex.quote(str(run))} with a smaller --learning-rate"
            )
        return f"{' '.join(str(error).split())}; {kept}"

    def _limit(self, elapsed: float) -> str:
        limits = self.limits
        if self._stop.requested:
            return ASKED
        if elapsed >= self._seconds:
            return f"{limits.minutes:g} minutes are over"
        if limits.max_episodes is not None and self.learner.episodes >= limits.max_episodes:
            return f"{limits.max_episodes:,} episodes are done"
        return ""

    def _reached(self) -> str:
        until = self.limits.until_lesson
        return f"lesson {until} is complete" if until is not None and self.state.completed >= until else ""

    def _check_gate(self) -> str:
        state, rules = self.state, self.config.curriculum
        updates = self.learner.updates
        if not state.updates_in_lesson or state.updates_in_lesson % rules.gate_every:
            return ""
        if state.checked_at == updates:
            return ""
        found = None
        if self._processes.first:
            rng = np.random.default_rng([self.config.seed, 1, updates])
            found = self.experiment.gate(self.learner, self.config, state.lesson, rng)
        found = self._processes.agree(found)
        assert found is not None
        passed = lesson_complete(found.score, rules.gate_score)
        if self._processes.first:
            self._note_gate(found, passed)
        state.checked_at = updates
        if passed and state.lesson > state.completed:
            self._complete_lesson(found.score)
        return self._reached()

    def _note_gate(self, found: Gate, passed: bool) -> None:
        state = self.state
        figures = {self.experiment.score: found.score, **found.row}
        self.directory.append_row(
            LESSONS_TABLE,
            {
                "seconds": state.seconds,
                "updates": self.learner.updates,
                "episodes": self.learner.episodes,
                "steps": self.learner.steps,
                "lesson": state.lesson,
                **figures,
                "passed": int(passed),
            },
        )
        for name, value in (figures | {"lesson": state.lesson}).items():
            self._logger.record(f"gate/{name}", value)

    def _complete_lesson(self, score: float) -> None:
        state = self.state
        self._display.say(
            f"lesson {state.lesson} complete: {self.experiment.score} {score:.1%} after "
            f"{self.learner.episodes:,} episodes, {state.seconds / 60:.1f} minutes"
        )
        state.completed = state.lesson
        if state.lesson < self.experiment.lessons:
            state.lesson += 1
            self.experiment.set_lesson(self.learner, self.config, state.lesson)
            self._display.new_lesson()
        state.updates_in_lesson = state.episodes_in_lesson = 0


def _logger(directory: RunDirectory, session: int, console: Terminal) -> Logger:
    # A file per session: stable-baselines3 truncates a CSV file that it opens.
    names = ["csv", "tensorboard"]
    # None as well where tensorboard is there and cannot be imported, for want of what it needs itself.
    if SummaryWriter is None:
        names.remove("tensorboard")
        console.print("tensorboard is not installed, or broken: curves go to log/*.csv alone")
    folder = str(directory.logs)
    return Logger(folder, [make_output_format(name, folder, f"-{session}") for name in names])
