"""The simulated house: people move, take and drop things and hand them over; nobody sees where all begin."""

from __future__ import annotations

from typing import NamedTuple

from shrdlu_env.text.generator.chance import Chance
from shrdlu_env.text.generator.tables import DROPS, GETS, GIVES, HOUSE_ROOMS, MOVES, THINGS, Words

MOVE, GET, DROP, GIVE = range(4)

GIVING = 0.43
"""How often a possible gift takes place; measured on the published stories of tasks 5 and 7."""

SAID_THERE = 0.2
"""How often an optional "there" ends a sentence about a thing."""


class Event(NamedTuple):
    """Something that happened.

    Attributes:
        kind: MOVE, GET, DROP or GIVE.
        person: who did it.
        what: the room moved to, or the thing.
        taker: who was given the thing; "" otherwise.
    """

    kind: int
    person: str
    what: str
    taker: str = ""


class House:
    """People and things in hidden rooms.

    Args:
        chance: where all begin, and what happens.
        people: who is there; the earlier ones are given things first.
        giving: whether things are handed over.

    Attributes:
        room: where each person is.
        holder: who has each thing that is carried.
    """

    __slots__ = ("_chance", "_giving", "_people", "_place", "holder", "room")

    def __init__(self, chance: Chance, people: tuple[str, ...], giving: bool = False) -> None:
        self._chance, self._people, self._giving = chance, people, giving
        self.room = {person: chance.pick(HOUSE_ROOMS) for person in people}
        self._place = {thing: chance.pick(HOUSE_ROOMS) for thing in THINGS}
        self.holder: dict[str, str] = {}

    def happen(self) -> Event:
        """Let the next thing happen.

        A possible gift has its share first. Otherwise a person, an action and a room are proposed at random
        until they can be: who stands beside something free is likelier to act than who can only move on.
        """
        chance = self._chance
        if self._giving and self.holder:
            gift = self._possible_gift()
            if gift is not None and chance.happens(GIVING):
                self.holder[gift.what] = gift.taker
                return gift
        while True:
            person, kind = chance.pick(self._people), chance.below(3)
            here = self.room[person]
            if kind == MOVE:
                room = chance.pick(HOUSE_ROOMS)
                if room != here:
                    self.room[person] = room
                    return Event(MOVE, person, room)
            elif kind == GET:
                found = [thing for thing, room in self._place.items() if room == here]
                if found:
                    thing = chance.pick(found)
                    del self._place[thing]
                    self.holder[thing] = person
                    return Event(GET, person, thing)
            else:
                carried = [thing for thing, holder in self.holder.items() if holder == person]
                if carried:
                    thing = chance.pick(carried)
                    del self.holder[thing]
                    self._place[thing] = here
                    return Event(DROP, person, thing)

    def _possible_gift(self) -> Event | None:
        """The first that can be, by the order of things and people, as in the published stories."""
        for thing in THINGS:
            giver = self.holder.get(thing)
            if giver is not None:
                for taker in self._people:
                    if taker != giver and self.room[taker] == self.room[giver]:
                        return Event(GIVE, giver, thing, taker)
        return None


def say(event: Event, chance: Chance, there: float = 1.0) -> Words:
    """An event in words, without the closing '.'.

    Args:
        event: what happened.
        chance: which words are used.
        there: how often a sentence about getting something ends in "there".
    """
    kind, person, what, taker = event
    if kind == MOVE:
        return (person, *chance.pick(MOVES), what)
    if kind == GET:
        words = (person, *chance.pick(GETS), what)
        return (*words, "there") if chance.happens(there) else words
    if kind == DROP:
        words = (person, *chance.pick(DROPS), what)
        return (*words, "there") if chance.happens(SAID_THERE) else words
    return (person, *chance.pick(GIVES), what, "to", taker)
