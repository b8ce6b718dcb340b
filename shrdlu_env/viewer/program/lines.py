"""Lines of play: the episode on show, those it was forked from, and the environment they are played on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from shrdlu_env.viewer.recording.episode import Episode
from shrdlu_env.viewer.recording.frame import Control
from shrdlu_env.viewer.recording.world import World


class Line(NamedTuple):
    """One line of play: the episode, who plays at its end, and the step at which it left another line."""

    episode: Episode
    control: Control
    fork: int | None = None


class Lines:
    """All lines of play of one sitting; a refusal is a ValueError whose message is meant for the person.

    Args:
        episode: the first line.
        control: who plays at its end.
        world: the environment; None where there is none yet.
        make_world: makes it at the first need; None where that is impossible.
    """

    def __init__(
        self, episode: Episode, control: Control, world: World | None, make_world: Callable[[], World] | None
    ) -> None:
        self._lines = [Line(episode, control)]
        self._index = 0
        self._world = world
        self._make_world = make_world

    @property
    def now(self) -> Line:
        """The line on show."""
        return self._lines[self._index]

    @property
    def count(self) -> int:
        """How many lines there are."""
        return len(self._lines)

    @property
    def has_agent(self) -> bool:
        """Whether an agent could play on."""
        return self._world is not None and self._world.has_agent

    def act(self, action: Any, control: str) -> None:
        """Take one action at the end of the line on show."""
        episode = self._ready().extend(self.now.episode, action, control)
        self._lines[self._index] = self.now._replace(episode=episode)

    def begin(self, seed: int | None) -> None:
        """Start again with another episode; all lines are dropped."""
        control = self.now.control
        if control == "file":
            raise ValueError("A recording has one seed; T takes over from it")
        world = self._ready()
        episode = world.start(seed, self.now.episode.reset_options)
        if control == "agent":
            episode = world.finish(episode)
        self._lines, self._index = [Line(episode, control)], 0

    def fork(self, step: int, control: Control) -> None:
        """Leave the line on show at `step`; from there a person plays, or the agent to the end."""
        world = self._ready()
        episode = world.branch(self.now.episode, step)
        if control == "agent":
            episode = world.finish(episode)
        self._lines.append(Line(episode, control, step))
        self._index = len(self._lines) - 1

    def turn(self) -> str:
        """Show the next line; returns which it is."""
        if len(self._lines) == 1:
            raise ValueError("There is one line of play only; T makes another")
        self._index = (self._index + 1) % len(self._lines)
        return f"Line {self._index + 1} of {len(self._lines)}"

    def close(self) -> None:
        """Close the environment, if there is one."""
        if self._world is not None:
            self._world.close()

    def _ready(self) -> World:
        if self._world is None:
            if self._make_world is None:
                raise ValueError("This recording does not say how to make its environment")
            try:
                self._world = self._make_world()
            except Exception as error:
                # Whatever keeps a foreign environment from being made, the recording can still be watched.
                reason = " ".join(str(error).split())
                raise ValueError(f"Cannot make the environment: {reason}") from error
        return self._world
