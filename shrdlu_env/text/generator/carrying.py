"""Tasks 2, 3, 5, 6, 7 and 8: people in the house with things they carry."""

from __future__ import annotations

from collections.abc import Callable

from shrdlu_env.text.generator.chance import Chance
from shrdlu_env.text.generator.house import DROP, GET, GIVE, MOVE, SAID_THERE, House, say
from shrdlu_env.text.generator.house_log import HouseLog, Step
from shrdlu_env.text.generator.recent import BETWEEN, QUESTIONS
from shrdlu_env.text.generator.script import Script
from shrdlu_env.text.generator.tables import COUNTS, GIVING_PEOPLE, HOUSE_PEOPLE, HOUSE_ROOMS, Words
from shrdlu_env.text.stories import Story

Question = tuple[Words, Words, tuple[int, ...]]
"""Words, answer, numbers of the supporting lines."""

Asker = Callable[[HouseLog, Chance], Question | None]


def _write(
    task: int,
    chance: Chance,
    ask: Asker,
    people: tuple[str, ...] = HOUSE_PEOPLE,
    giving: bool = False,
    there: float = 1.0,
) -> Story:
    """Let things happen and ask after every second one, where there is something to ask."""
    script, house, log = Script(), House(chance, people, giving), HouseLog()
    while script.questions < QUESTIONS:
        for _ in range(BETWEEN):
            event = house.happen()
            log.add(event, script.tell(*say(event, chance, there)))
        question = ask(log, chance)
        if question is not None:
            script.ask(*question)
    return script.story(task)


def two_facts(chance: Chance) -> Story:
    """Task 2: where is a thing that was carried along, or put down?"""
    return _write(2, chance, _where_is)


def three_facts(chance: Chance) -> Story:
    """Task 3: where was a thing, that was carried through at least two rooms, before one of them?"""
    return _write(3, chance, _where_was, there=SAID_THERE)


def three_arguments(chance: Chance) -> Story:
    """Task 5: who gave what to whom?"""
    return _write(5, chance, _who_gave, GIVING_PEOPLE, giving=True)


def yes_or_no(chance: Chance) -> Story:
    """Task 6: is a person in a room?"""
    return _write(6, chance, _is_in)


def counting(chance: Chance) -> Story:
    """Task 7: how many things does a person carry?"""
    return _write(7, chance, _how_many, giving=True)


def lists(chance: Chance) -> Story:
    """Task 8: which things does a person carry?"""
    return _write(8, chance, _which)


def _where_is(log: HouseLog, chance: Chance) -> Question | None:
    asked = []
    for (_, _, thing, _), _ in log.recent(GET, DROP):
        handled = log.handled[thing]
        if thing in log.holder:
            step: Step | None = log.moved.get(log.holder[thing])
            if step is None or step[0] < handled:
                continue  # where it was taken takes no second fact
        else:
            step = log.place[thing]
            if step is None:
                continue
        asked.append((thing, step, handled))
    if not asked:
        return None
    thing, (line, room), handled = chance.pick(asked)
    return ("where", "is", "the", thing), (room,), (handled, line)


def _where_was(log: HouseLog, chance: Chance) -> Question | None:
    things = [event.what for event, _ in log.recent(GET, DROP) if len(log.journey[event.what]) > 1]
    if not things:
        return None
    thing = chance.pick(things)
    journey = log.journey[thing]
    # A room visited twice means the last visit, so that the text has one answer.
    rooms = [room for _, room in journey]
    last = [i for i in range(1, len(journey)) if rooms[i] not in rooms[i + 1 :]]
    i = chance.pick(last)
    before, after = journey[i - 1], journey[i]
    words = ("where", "was", "the", thing, "before", "the", after[1])
    return words, (before[1],), (log.handled[thing], after[0], before[0])


def _who_gave(log: HouseLog, chance: Chance) -> Question | None:
    recent = log.recent(GIVE)
    if not recent:
        return None
    thing = chance.pick(recent)[0].what
    gifts = log.gifts()
    (_, giver, _, taker), line = next(gift for gift in gifts if gift[0].what == thing)
    form = chance.below(6)
    if form < 2:
        # Of a later gift between the two the text would be taken to speak.
        between = next(gift for gift in gifts if (gift[0].person, gift[0].taker) == (giver, taker))
        return ("what", "did", giver, "give", "to", taker), (between[0].what,), (between[1],)
    if form == 2:
        return ("who", "gave", "the", thing), (giver,), (line,)
    if form == 3:
        return ("who", "received", "the", thing), (taker,), (line,)
    if form == 4:
        return ("who", "gave", "the", thing, "to", taker), (giver,), (line,)
    return ("who", "did", giver, "give", "the", thing, "to"), (taker,), (line,)


def _is_in(log: HouseLog, chance: Chance) -> Question | None:
    moves = log.recent(MOVE)
    if not moves:
        return None
    person = chance.pick(moves)[0].person
    line, room = log.moved[person]
    true = chance.happens(0.5)
    asked = room if true else chance.other(HOUSE_ROOMS, room)
    return ("is", person, "in", "the", asked), ("yes" if true else "no",), (line,)


def _how_many(log: HouseLog, chance: Chance) -> Question | None:
    recent = log.recent(GET, DROP, GIVE)
    if not recent:
        return None
    person = chance.pick(recent)[0].person
    count = COUNTS[len(log.carried(person))]
    return ("how", "many", "objects", "is", person, "carrying"), (count,), log.dealings[person]


def _which(log: HouseLog, chance: Chance) -> Question | None:
    recent = log.recent(GET, DROP)
    if not recent:
        return None
    person = chance.pick(recent)[0].person
    things = tuple(log.carried(person)) or ("nothing",)
    return ("what", "is", person, "carrying"), things, log.dealings[person]
