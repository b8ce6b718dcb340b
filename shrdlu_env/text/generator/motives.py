"""Task 20: where people go and what they take, and why."""

from __future__ import annotations

from shrdlu_env.text.generator.chance import Chance
from shrdlu_env.text.generator.script import Script
from shrdlu_env.text.generator.tables import GETS, MOTIVATED, MOTIVES, MOVES
from shrdlu_env.text.stories import Story

_MOODS = tuple(MOTIVES)


def motivations(chance: Chance) -> Story:
    """Task 20: everybody feels something, goes where that can be helped, and takes what helps if it is still there."""
    script = Script()
    mood = {person: chance.pick(_MOODS) for person in MOTIVATED}
    felt: dict[str, int] = {}
    went: set[str] = set()
    taken: set[str] = set()
    left = list(MOTIVATED)
    while left:
        person = chance.pick(left)
        room, thing = MOTIVES[mood[person]]
        if person not in felt:
            felt[person] = script.tell(person, "is", mood[person])
            script.ask(("where", "will", person, "go"), (room,), (felt[person],))
            continue
        if person not in went:
            went.add(person)
            script.tell(person, *chance.pick(MOVES), room)
            words: tuple[str, ...] = ("why", "did", person, "go", "to", "the", room)
        else:
            taken.add(thing)
            script.tell(person, *chance.pick(GETS), thing, "there")
            words = ("why", "did", person, "get", "the", thing)
        script.ask(words, (mood[person],), (felt[person],))
        left = [p for p in MOTIVATED if p not in went or MOTIVES[mood[p]][1] not in taken]
    return script.story(20)
