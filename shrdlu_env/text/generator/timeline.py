"""Task 14: people's days, told out of order."""

from __future__ import annotations

from shrdlu_env.text.generator.chance import Chance
from shrdlu_env.text.generator.recent import BETWEEN, QUESTIONS, RECENT
from shrdlu_env.text.generator.script import Script
from shrdlu_env.text.generator.tables import MOVES, TIMES, TOWN_PEOPLE, TOWN_ROOMS
from shrdlu_env.text.stories import Story


def before(chance: Chance) -> Story:
    """Task 14: where was a person before another place?

    Everybody goes from yesterday to this evening, one place a time. What happened since the last question is told
    in another order than it happened.
    """
    while True:
        story = _try(chance)
        if story is not None:
            return story


def _try(chance: Chance) -> Story | None:
    script = Script()
    days: dict[str, list[str]] = {person: [] for person in TOWN_PEOPLE}
    lines: dict[tuple[str, int], int] = {}
    facts: list[tuple[str, int]] = []
    untold: list[tuple[str, int]] = []
    while script.questions < QUESTIONS:
        for _ in range(BETWEEN):
            left = [person for person in TOWN_PEOPLE if len(days[person]) < len(TIMES)]
            if not left:
                return None  # the days are over with too little to ask
            person = chance.pick(left)
            day = days[person]
            day.append(chance.other(TOWN_ROOMS, *day[-1:]))
            untold.append((person, len(day) - 1))
        facts += untold[-BETWEEN:]
        asked = [fact for fact in facts[-RECENT:] if fact[1] > 0 and _plain(days[fact[0]], fact[1])]
        if not asked:
            continue
        chance.cycle(untold)
        for person, time in untold:
            lines[person, time] = script.tell(*_say(person, days[person][time], time, chance))
        untold = []
        person, time = chance.pick(asked)
        words = ("where", "was", person, "before", "the", days[person][time])
        support = (lines[person, time], lines[person, time - 1])
        script.ask(words, (days[person][time - 1],), support)
    return script.story(14)


def _plain(day: list[str], time: int) -> bool:
    """Whether "before" that place has one meaning: no later visit of it."""
    return day[time] not in day[time + 1 :]


def _say(person: str, room: str, time: int, chance: Chance) -> tuple[str, ...]:
    words = (person, *chance.pick(MOVES), room)
    when = TIMES[time]
    return (*when, *words) if chance.happens(0.5) else (*words, *when)
