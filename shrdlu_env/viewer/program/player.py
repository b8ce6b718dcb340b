"""The viewer without its looks: what every command does, who plays, and the lines of play.

Knows no window and no clock; time comes in through `tick`, so that tests and exports decide how fast it runs.
"""

from __future__ import annotations

from collections.abc import Hashable

from shrdlu_env.viewer.panels.keys import Command
from shrdlu_env.viewer.program.viewing import Viewing


class Player(Viewing):
    """Looking and playing: every command, pressing by hand, taking over, going back; arguments as `Viewing`."""

    def do(self, command: Command) -> None:
        """Carry out a command; those about files and the window are the application's and do nothing here."""
        if command is not Command.HELP:
            self.begun()
        action = {
            Command.PLAY: self._toggle_play,
            Command.FORWARD: self._forward,
            Command.BACK: self._back,
            Command.NEXT_PHASE: self._next_phase,
            Command.PREVIOUS_PHASE: self._previous_phase,
            Command.FIRST: lambda: self._go(0),
            Command.LAST: lambda: self._go(len(self.episode)),
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
            Command.LINKS: self._next_sheet,
            Command.HELP: self._toggle_help,
        }.get(command)
        if action is not None:
            action()

    def _planner(self) -> None:
        self._arrive_to_play()
        view = self.episode.view(self.step)
        moves = [] if view.get("terminated") else self._scene.planned(view)
        if not moves:
            self.say(self._scene.no_plan(view))
            return
        if self._show_hint and self._may_move():
            self._show_hint = False
            self._act(moves[0], "planner")
            self._glide(len(self.episode))
            return
        self._show_hint = not self._show_hint
        if self._show_hint and self._may_move():
            self.say("S again plays it")

    # Playing.

    def _arrive_to_play(self) -> None:
        """Who plays need not wait for the picture: a glide to the end is over at once."""
        if self.control == "person" and self._head.target == len(self.episode):
            self._head.arrive()

    def digit(self, digit: int) -> None:
        """Press what a digit key stands for."""
        target = None
        if self._hand is not None:
            target = self._hand.target_of(digit, self.episode.steps[-1].view)
            if target is None:
                self.say(f"{digit} stands for nothing here")
                return
        self.press(target)

    def press(self, target: Hashable) -> None:
        """Press something of the picture by hand; a target of the scene's own kind."""
        self.begun()
        view = self.episode.steps[-1].view
        self._arrive_to_play()
        if self._hand is None:
            self.say(self._scene.watch_only)
        elif self.control != "person":
            self.say("T takes over from here")
        elif self.episode.finished:
            self.say("It is over: N for the next seed, R for this one again")
        elif self._hand.waits(view):
            self.say(self._hand.not_yet)
        elif not self._may_move():
            self.say("This is the past: End goes back to your game, T plays on from here")
        else:
            answer = self._hand.press(target, view)
            if answer.action is not None:
                self._act(answer.action)
                self._glide(len(self.episode))
            if answer.message:
                self.say(answer.message)

    def _pass(self) -> None:
        self._arrive_to_play()
        if self._hand is None or not self._may_move():
            self.say("Only who plays, at the end of the own line, can pass")
            return
        if self._hand.no_pass:
            self.say(self._hand.no_pass)
            return
        self._act(self._hand.idle(self.episode.steps[-1].view))
        self._glide(len(self.episode))

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
        if self._hand is None:
            self.say(self._scene.watch_only)
            return
        self._arrive_to_play()
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
