"""One moment of the viewer as plain data: everything a picture depends on, and nothing else."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal

from shrdlu_env.viewer.recording.episode import Episode

Control = Literal["agent", "person", "file"]


@dataclass(frozen=True)
class Frame:
    """What to draw.

    Attributes:
        episode: the line of play on show.
        position: time in steps, 0 to T; between two whole numbers a move is under way.
        control: who acts at the end of it.
        playing: whether time runs.
        speed: steps per second while it does.
        hidden: only what the agent sees is shown.
        sheet: name of the table shown in place of the memory, "" for the memory itself.
        help: the table of keys is shown.
        welcome: lines of the first screen, none once something was done.
        recording: a video is being recorded.
        message: a line for the person, "" for none.
        marks: highlights on the picture, of the scene's own kind; None for none.
        location: memory location under the mouse, None for none.
        fork: step at which this line of play left another, None where it did not.
        branches: lines of play there are.
    """

    episode: Episode
    position: float = 0.0
    control: Control = "file"
    playing: bool = False
    speed: float = 2.0
    hidden: bool = False
    sheet: str = ""
    help: bool = False
    welcome: tuple[str, ...] = ()
    recording: bool = False
    message: str = ""
    marks: Hashable = None
    location: int | None = None
    fork: int | None = None
    branches: int = 1

    @property
    def step(self) -> int:
        """The observation on show: the one before a move under way."""
        return min(int(self.position + 1e-9), len(self.episode))

    @property
    def looked(self) -> int:
        """The step whose insides are shown: the last observation, seen by no agent, shows those before it."""
        t = self.step
        last = t == len(self.episode) and t > 0 and not self.episode.has_internals(t)
        return t - 1 if last else t

    @property
    def progress(self) -> float:
        """Share of the action of `step` that has been carried out, 0 to below 1."""
        return max(0.0, self.position - self.step)
