"""What a listener knows of the house, kept while it is told."""

from __future__ import annotations

from shrdlu_env.text.generator.house import DROP, GET, GIVE, MOVE, Event
from shrdlu_env.text.generator.recent import RECENT

Step = tuple[int, str]
"""Line number and room of a move."""


class HouseLog:
    """Events told so far, with line numbers.

    Attributes:
        moved: each person's last move that was told.
        handled: per thing the line that last told of somebody getting or dropping it.
        place: per thing lying somewhere, the move that took it there, if told.
        journey: per thing, the moves of whoever carries it since it was taken; kept when it is dropped.
        dealings: per person, the lines about what the person took, dropped, gave or was given.
        first_taken: per person, things in the order in which the person first came to have them.
    """

    __slots__ = ("_events", "dealings", "first_taken", "handled", "holder", "journey", "moved", "place")

    def __init__(self) -> None:
        self._events: list[tuple[Event, int]] = []
        self.moved: dict[str, Step] = {}
        self.handled: dict[str, int] = {}
        self.holder: dict[str, str] = {}
        self.place: dict[str, Step | None] = {}
        self.journey: dict[str, list[Step]] = {}
        self.dealings: dict[str, tuple[int, ...]] = {}
        self.first_taken: dict[str, list[str]] = {}

    def add(self, event: Event, line: int) -> None:
        """Take note of an event told in a line."""
        kind, person, what, taker = event
        self._events.append((event, line))
        if kind == MOVE:
            self.moved[person] = (line, what)
            for thing, holder in self.holder.items():
                if holder == person:
                    self.journey[thing].append((line, what))
            return
        self.dealings[person] = (*self.dealings.get(person, ()), line)
        self.handled[what] = line
        if kind == GET:
            self.holder[what] = person
            self.journey[what] = []
            self._take(person, what)
        elif kind == DROP:
            del self.holder[what]
            self.place[what] = self.moved.get(person)
        else:
            self.holder[what] = taker
            self.dealings[taker] = (*self.dealings.get(taker, ()), line)
            self._take(taker, what)

    def _take(self, person: str, thing: str) -> None:
        taken = self.first_taken.setdefault(person, [])
        if thing not in taken:
            taken.append(thing)

    def recent(self, *kinds: int) -> list[tuple[Event, int]]:
        """Events of these kinds, with their lines, among the last facts told."""
        return [entry for entry in self._events[-RECENT:] if entry[0].kind in kinds]

    def carried(self, person: str) -> list[str]:
        """What a person carries, in the order in which the person first came to have it."""
        return [thing for thing in self.first_taken.get(person, ()) if self.holder.get(thing) == person]

    def gifts(self) -> list[tuple[Event, int]]:
        """All gifts told, with their lines, the last one first."""
        return [entry for entry in reversed(self._events) if entry[0].kind == GIVE]
