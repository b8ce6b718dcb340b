"""Looking at an episode: where in time we are, what is shown and what is said, without window or clock.

Time comes in through `tick`, so that tests and exports decide how fast it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from shrdlu_env.viewer.panels.contents import sheets_of
from shrdlu_env.viewer.program.lines import Lines
from shrdlu_env.viewer.program.playhead import Playhead
from shrdlu_env.viewer.recording.episode import Episode
from shrdlu_env.viewer.recording.frame import Control, Frame
from shrdlu_env.viewer.recording.world import World
from shrdlu_env.viewer.scenes.registry import scene_of
from shrdlu_env.viewer.scenes.scene import Hand, boundaries

_MESSAGE_SECONDS = 4.0


class Viewing:
    """Looking at an episode: time, what is shown, what is said.

    Args:
        episode: what is shown at first.
        control: "agent" (it has played the whole episode), "person" (plays at the end), or "file".
        world: the environment to play on; None where there is none yet.
        make_world: makes it when someone takes over from a file; None where that is impossible.
        hidden: begin with only what the agent sees.
    """

    def __init__(
        self,
        episode: Episode,
        control: Control,
        world: World | None = None,
        make_world: Callable[[], World] | None = None,
        hidden: bool = False,
    ) -> None:
        self._lines = Lines(episode, control, world, make_world)
        self._head = Playhead()
        self._message = ""
        self._message_left = 0.0
        self._scene = scene_of(episode.view(0))
        self._hand = self._scene.hand()
        self._welcome = tuple(self._scene.welcome(control))
        self._show_hint = False
        self._show_legal = False
        self.hidden = hidden
        self.sheet = ""
        self.help = False
        self.recording = False
        self.hover: Hashable | None = None
        self.hover_location: int | None = None

    @property
    def episode(self) -> Episode:
        """The line of play on show."""
        return self._lines.now.episode

    @property
    def control(self) -> Control:
        """Who plays at its end."""
        return self._lines.now.control

    @property
    def position(self) -> float:
        """The time on show, in steps."""
        return self._head.position

    @property
    def playing(self) -> bool:
        """Whether time runs."""
        return self._head.playing

    @property
    def speed(self) -> float:
        """Steps per second while playing."""
        return self._head.speed

    @property
    def step(self) -> int:
        """The observation on show."""
        return min(int(self.position + 1e-9), len(self.episode))

    @property
    def at_end(self) -> bool:
        """Whether the end of what has happened is on show."""
        return self.position >= len(self.episode) and self._head.target is None

    @property
    def hand(self) -> Hand | None:
        """What a person plays with, None where this world is only watched."""
        return self._hand

    def frame(self) -> Frame:
        """What to draw now."""
        line = self._lines.now
        view = line.episode.view(self.step)
        marks = None
        if self._hand is not None:
            hover = self.hover if self._may_move() else None
            marks = self._hand.marks(view, hover=hover, hint=self._show_hint, legal=self._show_legal)
        return Frame(
            episode=line.episode,
            position=self.position,
            control=line.control,
            playing=self.playing,
            speed=self.speed,
            hidden=self.hidden,
            sheet=self.sheet,
            help=self.help,
            welcome=self._welcome,
            recording=self.recording,
            message=self._message or self._standing(),
            marks=marks,
            location=self.hover_location,
            fork=line.fork,
            branches=self._lines.count,
        )

    def _standing(self) -> str:
        """What a person at the end of the own line is told as long as nothing happens."""
        if self._hand is None or self.control != "person" or not self.at_end:
            return ""
        return self._hand.standing(self.episode.steps[-1].view, self.hidden)

    def close(self) -> None:
        """Close the environment, if there is one."""
        self._lines.close()

    def say(self, message: str) -> None:
        """Show a line to the person for a few seconds."""
        self._message, self._message_left = message, _MESSAGE_SECONDS

    def tick(self, seconds: float) -> None:
        """Let time pass."""
        self._message_left -= seconds
        if self._message_left <= 0:
            self._message = ""
        if self._hand is not None:
            self._hand.tick(seconds)
        self._head.tick(seconds)
        while self.playing and self.position >= len(self.episode):
            if not self._let_pass():
                self._head.seek(self.position, len(self.episode))
                self._head.playing = False

    def _let_pass(self) -> bool:
        """Take the action that does nothing where a person could do nothing else."""
        if self._hand is None or self.control != "person" or self.episode.finished:
            return False
        view = self.episode.steps[-1].view
        if not self._hand.waits(view):
            return False
        self._act(self._hand.idle(view))
        return True

    def seek(self, position: float) -> None:
        """Go to a time at once; outside the episode means its nearest end."""
        self._head.seek(position, len(self.episode))
        self._release()

    def pause(self) -> None:
        """Stop where we are."""
        self._head.playing = False

    def _release(self) -> None:
        if self._hand is not None:
            self._hand.release()

    def _glide(self, step: int) -> None:
        self._head.glide(step, len(self.episode))
        self._release()

    def _go(self, step: int) -> None:
        """Glide to a step, or say that it is shown already."""
        if step == self._heading() == self.position:
            self.say("This is the start" if step == 0 else "This is the end of what has happened")
            return
        self._glide(step)

    def _heading(self) -> int:
        return self._head.heading(len(self.episode))

    def begun(self) -> None:
        """Put the first screen away."""
        self._welcome = ()

    def _toggle_play(self) -> None:
        self._head.arrive()
        if not self.playing and self.position >= len(self.episode):
            if self.control != "person" or self.episode.finished:
                self.seek(0.0)
            elif self._hand is not None and not self._hand.waits(self.episode.steps[-1].view):
                self.say(self._hand.your_turn)
                return
        self._head.playing = not self.playing
        self._release()

    def _forward(self) -> None:
        if self._heading() >= len(self.episode):
            playing = self.control == "person" and not self.episode.finished
            if playing and self._hand is not None and not self._let_pass():
                self.say(self._hand.your_turn)
                return
            if self._heading() >= len(self.episode):
                self._go(len(self.episode))
                return
        # A key held down outruns the glide: finish the step before and start on the next.
        self._head.arrive()
        self._glide(self.step + 1)

    def _back(self) -> None:
        self._head.arrive()
        whole = self.position == self.step
        self._go(max(0, self.step - 1 if whole else self.step))

    def _next_phase(self) -> None:
        if self._heading() >= len(self.episode):
            while self._let_pass():
                pass
        here = self._heading()
        stops = boundaries(self._scene, self.episode)
        self._go(next((t for t in stops if t > here), len(self.episode)))

    def _previous_phase(self) -> None:
        here = self._heading()
        stops = boundaries(self._scene, self.episode)
        self._go(next((t for t in reversed(stops) if t < here), 0))

    def _change_speed(self, by: int) -> None:
        before = self.speed
        self._head.change_speed(by)
        at_limit = ", the limit" if self.speed == before else ""
        self.say(f"{self.speed:g} steps per second{at_limit}")

    def _toggle_legal(self) -> None:
        if self._hand is None:
            self.say(self._scene.watch_only)
            return
        self._show_legal = not self._show_legal
        if self._show_legal and self._hand.waits(self.episode.view(self.step)):
            self.say("What is allowed is shown as soon as something can be done")

    def _toggle_hidden(self) -> None:
        self.hidden = not self.hidden
        self.say("Only what the agent sees at this step" if self.hidden else "Everything is shown")

    def _next_sheet(self) -> None:
        names = sheets_of(self.episode)
        if len(names) < 2:
            self.say(
                "This episode holds no other table" if names else "This episode holds no links or tables"
            )
            return
        at = names.index(self.sheet) if self.sheet in names else 0
        self.sheet = names[(at + 1) % len(names)]

    def _toggle_help(self) -> None:
        self.help = not self.help

    def _may_move(self) -> bool:
        return self.control == "person" and self.at_end and not self.episode.finished

    def _act(self, action: Any, control: str = "person") -> None:
        self._lines.act(action, control)
        self._show_hint = False
        self._message = ""
