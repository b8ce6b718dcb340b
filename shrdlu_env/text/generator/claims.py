"""Tasks 9 and 10: what is said of people in rooms may be denied or left open."""

from __future__ import annotations

from shrdlu_env.text.generator.chance import Chance
from shrdlu_env.text.generator.recent import BETWEEN, QUESTIONS, RECENT
from shrdlu_env.text.generator.script import Script
from shrdlu_env.text.generator.tables import (
    HOUSE_PEOPLE,
    HOUSE_ROOMS,
    MOVES,
    TOWN_PEOPLE,
    TOWN_ROOMS,
    Words,
)
from shrdlu_env.text.stories import Story


def negation(chance: Chance) -> Story:
    """Task 9: is a person in a room? One sentence in four says where somebody is not."""
    return _write(9, chance, HOUSE_PEOPLE, HOUSE_ROOMS, denies=True)


def indefinite(chance: Chance) -> Story:
    """Task 10: is a person in a room: yes, no or maybe? One sentence in four says either here or there."""
    return _write(10, chance, TOWN_PEOPLE, TOWN_ROOMS, denies=False)


def _write(task: int, chance: Chance, people: Words, rooms: Words, denies: bool) -> Story:
    script = Script()
    room = {person: chance.pick(rooms) for person in people}
    # What the last sentence about a person said: rooms it named, the answer if one of them is asked for, its line.
    said: dict[str, tuple[Words, str, int]] = {}
    facts: list[str] = []
    while script.questions < QUESTIONS:
        for _ in range(BETWEEN):
            person = chance.pick(people)
            before = room[person]
            now = room[person] = chance.other(rooms, before)  # people move on, whatever is said of them
            kind = chance.below(4)
            named: Words = (now,)
            answer = "yes"
            if kind < 2:
                line = script.tell(person, *chance.pick(MOVES), now)
            elif kind == 2:
                line = script.tell(person, "is", "in", "the", now)
            elif denies:
                named, answer = (before,), "no"
                how = ("not",) if chance.happens(0.5) else ("no", "longer")
                line = script.tell(person, "is", *how, "in", "the", before)
            else:
                # The second room may be the first again, as in the published stories.
                named, answer = (now, chance.pick(rooms)), "maybe"
                first, second = named if chance.happens(0.5) else named[::-1]
                line = script.tell(person, "is", "either", "in", "the", first, "or", "the", second)
            said[person] = (named, answer, line)
            facts.append(person)
        person = chance.pick(facts[-RECENT:])
        named, answer, line = said[person]
        # A denied room is always the one asked for: of the others the text says nothing.
        asked = named[0] if answer == "no" or chance.happens(0.5) else chance.other(rooms, named[0])
        script.ask(("is", person, "in", "the", asked), (answer if asked in named else "no",), (line,))
    return script.story(task)
