"""Tasks 1, 11, 12 and 13: who is where, told of one person, of two, and by pronouns."""

from __future__ import annotations

from collections.abc import Callable

from shrdlu_env.text.generator.chance import Chance
from shrdlu_env.text.generator.recent import BETWEEN, QUESTIONS, RECENT
from shrdlu_env.text.generator.script import Script
from shrdlu_env.text.generator.tables import (
    HOUSE_PEOPLE,
    HOUSE_ROOMS,
    MOVES,
    PRONOUNS,
    THEREAFTER,
    Words,
)
from shrdlu_env.text.stories import Story

Subject = Callable[[Chance], tuple[list[str], Words]]
"""Draws who moves, and how they are named."""


def single_fact(chance: Chance) -> Story:
    """Task 1: where is a person?"""
    return _write(1, chance, _one, pronouns=False)


def coreference(chance: Chance) -> Story:
    """Task 11: every second sentence says he or she."""
    return _write(11, chance, _one, pronouns=True)


def conjunction(chance: Chance) -> Story:
    """Task 12: two people move together."""
    return _write(12, chance, _two, pronouns=False)


def compound_coreference(chance: Chance) -> Story:
    """Task 13: two people move together; every second sentence says they."""
    return _write(13, chance, _two, pronouns=True)


def _one(chance: Chance) -> tuple[list[str], Words]:
    person = chance.pick(HOUSE_PEOPLE)
    return [person], (person,)


def _two(chance: Chance) -> tuple[list[str], Words]:
    people = chance.sample(HOUSE_PEOPLE, 2)
    return people, (people[0], "and", people[1])


def _write(task: int, chance: Chance, draw: Subject, pronouns: bool) -> Story:
    script = Script()
    room = {person: chance.pick(HOUSE_ROOMS) for person in HOUSE_PEOPLE}  # nobody sees where all begin
    support: dict[str, tuple[int, ...]] = {}
    facts: list[str] = []  # whom each fact is about; a sentence about two people is two facts
    while script.questions < QUESTIONS:
        people, subject = draw(chance)
        for sentence in range(BETWEEN):
            follows = sentence > 0 and pronouns
            if sentence > 0 and not pronouns:
                people, subject = draw(chance)
            if follows:
                pronoun = "they" if len(people) > 1 else PRONOUNS[people[0]]
                subject = (*chance.pick(THEREAFTER), pronoun)
            to = chance.other(HOUSE_ROOMS, *(room[person] for person in people))
            line = script.tell(*subject, *chance.pick(MOVES), to)
            for person in people:
                room[person] = to
                # The sentence before says who "they" are.
                support[person] = (line - 1, line) if follows else (line,)
            facts += people
        person = chance.pick(facts[-RECENT:])
        script.ask(("where", "is", person), (room[person],), support[person])
    return script.story(task)
