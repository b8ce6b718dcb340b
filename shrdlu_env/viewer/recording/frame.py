"""One moment of the viewer as plain data: everything a picture depends on, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from shrdlu_env.viewer.recording.episode import Episode
from shrdlu_env.viewer.scenes.blocks.geometry import Marks

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
        links: the links are shown in place of the memory.
        help: the table of keys is shown.
        recording: a video is being recorded.
        message: a line for the person, "" for none.
        marks: highlights on the board.
        location: memory location under the mouse, None for none.
        at: step whose writes count for `location`.
        fork: step at which this line of play left another, None where it did not.
        branches: lines of play there are.
    """

    episode: Episode
    position: float = 0.0
    control: Control = "file"
    playing: bool = False
    speed: float = 2.0
    hidden: bool = False
    links: bool = False
    help: bool = False
    recording: bool = False
    message: str = ""
    marks: Marks = field(default_factory=Marks)
    location: int | None = None
    at: int = 0
    fork: int | None = None
    branches: int = 1

    @property
    def step(self) -> int:
        """The observation on show: the one before a move under way."""
        return min(int(self.position + 1e-9), len(self.episode))

    @property
    def progress(self) -> float:
        """Share of the action of `step` that has been carried out, 0 to below 1."""
        return max(0.0, self.position - self.step)
