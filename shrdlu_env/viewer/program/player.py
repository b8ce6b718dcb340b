"""The viewer without its looks: where in the episode we are, who plays, and what every command does.

Knows no window and no clock; time comes in through `tick`, so that tests and exports decide how fast it runs.
"""

from __future__ import annotations

from collections.abc import Callable

from shrdlu_env.viewer.program.commands import Command
from shrdlu_env.viewer.recording.frame import Control, Frame
from shrdlu_env.viewer.program.lines import Lines
from shrdlu_env.viewer.program.playhead import Playhead
from shrdlu_env.viewer.recording.episode import Episode
from shrdlu_env.viewer.recording.world import World
from shrdlu_env.viewer.scenes.blocks.geometry import Marks
from shrdlu_env.viewer.scenes.blocks.moves import action_of, legal_moves, optimal_moves

_MESSAGE_SECONDS = 4.0
_FLASH_SECONDS = 0.6


class Player:
    """State of the viewer.

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
        self._wrong: int | None = None
        self._wrong_left = 0.0
        self._chosen: int | None = None
        self._show_hint = False
        self._show_legal = False
        self.hidden = hidden
        self.links = False
        self.help = False
        self.recording = False
        self.hover_column: int | None = None
        self.hover_location: int | None = None
        self.hover_at = 0

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

    def frame(self) -> Frame:
        """What to draw now."""
        line = self._lines.now
        frame = Frame(
            episode=line.episode,
            position=self.position,
            control=line.control,
            playing=self.playing,
            speed=self.speed,
            hidden=self.hidden,
            links=self.links,
            help=self.help,
            recording=self.recording,
            message=self._message,
            location=self.hover_location,
            at=self.hover_at,
            fork=line.fork,
            branches=self._lines.count,
        )
        view = line.episode.view(frame.step)
        if "board" not in view:
            return frame
        marks = Marks(
            chosen=self._chosen,
            hover=self.hover_column if self._may_move() else None,
            legal=legal_moves(view) if self._show_legal else (),
            hint=optimal_moves(view) if self._show_hint and view.get("phase") == "act" else (),
            wrong=self._wrong,
        )
        return Frame(**{**frame.__dict__, "marks": marks})

    def close(self) -> None:
        """Close the environment, if there is one."""
        self._lines.close()

    def say(self, message: str) -> None:
        """Show a line to the person for a few seconds."""
        self._message, self._message_left = message, _MESSAGE_SECONDS

    def tick(self, seconds: float) -> None:
        """Let time pass."""
        self._message_left -= seconds
        self._wrong_left -= seconds
        if self._message_left <= 0:
            self._message = ""
        if self._wrong_left <= 0:
            self._wrong = None
        self._head.tick(seconds)
        while self.playing and self.position >= len(self.episode):
            view = self.episode.steps[-1].view
            if self.control == "person" and not self.episode.finished and view.get("phase") == "describe":
                self._act(self._passing())
            else:
                self._head.seek(self.position, len(self.episode))
                self._head.playing = False

    def seek(self, position: float) -> None:
        """Go to a time at once; outside the episode means its nearest end."""
        self._head.seek(position, len(self.episode))
        self._chosen = None

    def pause(self) -> None:
        """Stop where we are."""
        self._head.playing = False

    def _glide(self, step: int) -> None:
        self._head.glide(step, len(self.episode))
        self._chosen = None

    def _heading(self) -> int:
        return self._head.heading(len(self.episode))

    def do(self, command: Command) -> None:
        """Carry out a command; those about files and the window are the application's and do nothing here."""
        action = {
            Command.PLAY: self._toggle_play,
            Command.FORWARD: self._forward,
            Command.BACK: self._back,
            Command.NEXT_PHASE: self._next_phase,
            Command.PREVIOUS_PHASE: self._previous_phase,
            Command.FIRST: lambda: self._glide(0),
            Command.LAST: lambda: self._glide(len(self.episode)),
            Command.FASTER: lambda: self._change_speed(1),
            Command.SLOWER: lambda: self._change_speed(-1),
            Command.RESTART: lambda: self._begin(self.episode.seed),
            Command.NEW_SEED: lambda: self._begin((self.episode.seed or 0) + 1),
            Command.PLANNER: self._planner,
            Command.LEGAL: self._toggle_legal,
            Command.HIDE: self._toggle_hidden,
            Command.TAKE_OVER: self._take_over,
            Command.BRANCH: self._turn,
            Command.PASS: self._pass,
            Command.LINKS: self._toggle_links,
            Command.HELP: self._toggle_help,
        }.get(command)
        if action is not None:
            action()

    def _toggle_play(self) -> None:
        self._head.arrive()
        if not self.playing and self.position >= len(self.episode):
            if self.control != "person" or self.episode.finished:
                self.seek(0.0)
            elif self.episode.view(len(self.episode)).get("phase") == "act":
                self.say("Your move: click a block, then a column")
                return
        self._head.playing = not self.playing
        self._chosen = None

    def _forward(self) -> None:
        if self._heading() >= len(self.episode) and self.control == "person" and not self.episode.finished:
            if self.episode.steps[-1].view.get("phase") == "act":
                self.say("Your move: click a block, then a column; P passes")
                return
            self._act(self._passing())
        # A key held down outruns the glide: finish the step before and start on the next.
        self._head.arrive()
        self._glide(self.step + 1)

    def _back(self) -> None:
        self._head.arrive()
        whole = self.position == self.step
        self._glide(self.step - 1 if whole else self.step)

    def _next_phase(self) -> None:
        if self.control == "person" and self.episode.go_step() is None:
            while not self.episode.finished and self.episode.go_step() is None:
                self._act(self._passing())
        here = self._heading()
        self._glide(next((t for t in self.episode.boundaries() if t > here), len(self.episode)))

    def _previous_phase(self) -> None:
        here = self._heading()
        self._glide(next((t for t in reversed(self.episode.boundaries()) if t < here), 0))

    def _change_speed(self, by: int) -> None:
        self._head.change_speed(by)
        self.say(f"{self.speed:g} steps per second")

    def _toggle_legal(self) -> None:
        self._show_legal = not self._show_legal
        acting = self.episode.view(self.step).get("phase") == "act"
        if self._show_legal and not acting:
            self.say("Legal moves are shown from the go cue on")

    def _toggle_hidden(self) -> None:
        self.hidden = not self.hidden
        self.say("Only what the agent sees at this step" if self.hidden else "Everything is shown")

    def _toggle_links(self) -> None:
        if "link" not in self.episode.known:
            self.say("This episode holds no links")
            return
        self.links = not self.links

    def _toggle_help(self) -> None:
        self.help = not self.help

    def _planner(self) -> None:
        view = self.episode.view(self.step)
        if view.get("phase") != "act" or view.get("terminated"):
            self.say("The planner has moves from the go cue to the end")
            return
        moves = optimal_moves(view)
        if not moves:
            self.say("The planner has no move: the goal holds" if view.get("success") else "No planner here")
            return
        if self._show_hint and self._may_move():
            self._show_hint = False
            self._move(*moves[0], control="planner")
            return
        self._show_hint = not self._show_hint
        if self._show_hint and self._may_move():
            self.say("S again plays it")

    # Playing.

    def _may_move(self) -> bool:
        return self.control == "person" and self.at_end and not self.episode.finished

    def choose_column(self, column: int) -> None:
        """Pick up the top block of a column, or put the one picked up there; columns count from 0."""
        view = self.episode.steps[-1].view
        if "board" not in view or not 0 <= column < len(view["board"]):
            return
        if self.control != "person":
            self.say("T takes over from here")
        elif self.episode.finished:
            self.say("It is over: N for the next seed, R for this one again")
        elif not self._may_move():
            self.say("This is the past: End goes back to your game, T plays on from here")
        elif view["phase"] != "act":
            self.say("Blocks can be moved after the go cue; space runs on")
        elif self._chosen == column:
            self._chosen = None
        elif self._chosen is not None:
            self._move(self._chosen, column)
        elif not any(row[column] for row in view["board"]):
            self.say("There is no block to pick up")
            self._flash(column)
        else:
            self._chosen = column

    def _move(self, source: int, target: int, control: str = "person") -> None:
        view = self.episode.steps[-1].view
        legal = (source, target) in legal_moves(view)
        self._act(action_of(source, target, len(view["board"])), control)
        self._glide(len(self.episode))
        if not legal:
            self._flash(target)
            self.say("That column is full: the move costs a step and a little reward")

    def _pass(self) -> None:
        if not self._may_move():
            self.say("Only who plays can pass")
            return
        self._act(self._passing())
        self._glide(len(self.episode))

    def _passing(self) -> int:
        size = len(self.episode.steps[-1].view.get("board", ()))
        return size * (size - 1)

    def _act(self, action: int, control: str = "person") -> None:
        self._lines.act(action, control)
        self._show_hint = False

    def _flash(self, column: int) -> None:
        self._wrong, self._wrong_left = column, _FLASH_SECONDS

    # Lines of play.

    def _begin(self, seed: int | None) -> None:
        if self.control == "file" and seed == self.episode.seed:
            self.seek(0.0)
            return
        try:
            self._lines.begin(seed)
        except ValueError as error:
            self.say(str(error))
            return
        self.seek(0.0)
        self.say(f"seed {seed}")

    def _take_over(self) -> None:
        """Fork here: a person plays on, or hands back to the agent."""
        here = self._heading()
        handing_back = self.control == "person" and self.at_end
        if handing_back and not self._lines.has_agent:
            self.say("There is no agent to hand over to; go back in time and press T to try again")
            return
        if self.episode.view(here).get("terminated"):
            self.say("It is over here: go back in time first")
            return
        try:
            self._lines.fork(here, "agent" if handing_back else "person")
        except ValueError as error:
            self.say(str(error))
            return
        self.pause()
        self.seek(float(here))
        who = "The agent plays" if handing_back else "You play"
        self.say(f"{who} from step {here}; B shows the other line")

    def _turn(self) -> None:
        try:
            self.say(self._lines.turn())
        except ValueError as error:
            self.say(str(error))
            return
        self.seek(self.position)
        self.pause()
