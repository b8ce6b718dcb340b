"""Where in time the viewer is: playing, gliding to a step, or at rest."""

from __future__ import annotations

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
# A single step glides at this many steps per second; longer ways take about a third of a second.
_GLIDE = 3.5
_LONG_GLIDE = 3.0
_USUAL = 2.0


class Playhead:
    """A position in steps, 0 to the end of the episode, and how it moves.

    Attributes:
        position: the time, in steps.
        target: step that is being glided to, None where none is.
        playing: whether time runs by itself.
    """

    def __init__(self) -> None:
        self.position = 0.0
        self.target: int | None = None
        self.playing = False
        self._speed = SPEEDS.index(_USUAL)

    @property
    def speed(self) -> float:
        """Steps per second while playing."""
        return SPEEDS[self._speed]

    def change_speed(self, by: int) -> None:
        """Go `by` notches faster or slower, within `SPEEDS`."""
        self._speed = min(max(0, self._speed + by), len(SPEEDS) - 1)

    def heading(self, end: int) -> int:
        """The step we are at or on the way to; `end` is the last one."""
        return self.target if self.target is not None else min(int(self.position + 1e-9), end)

    def seek(self, position: float, end: int) -> None:
        """Go to a time at once; outside the episode means its nearest end."""
        self.position = min(max(0.0, position), float(end))
        self.target = None

    def glide(self, step: int, end: int) -> None:
        """Stop playing and move to a step visibly."""
        self.target = min(max(0, step), end)
        self.playing = False

    def arrive(self) -> None:
        """Be at once where the glide leads."""
        if self.target is not None:
            self.position, self.target = float(self.target), None

    def tick(self, seconds: float) -> None:
        """Let time pass; playing may carry the position past the end, which is the caller's to handle."""
        if self.target is None:
            if self.playing:
                self.position += seconds * self.speed
            return
        way = self.target - self.position
        pace = max(_GLIDE, abs(way) * _LONG_GLIDE) * seconds
        if abs(way) <= pace:
            self.arrive()
        else:
            self.position += pace if way > 0 else -pace
