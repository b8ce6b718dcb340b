"""Tasks 15 and 16: what is true of a kind is true of its members, and the other way round."""

from __future__ import annotations

from shrdlu_env.text.generator.chance import Chance
from shrdlu_env.text.generator.script import Script
from shrdlu_env.text.generator.tables import COLOURED, COLOURED_SPECIES, COLOURS, NAMED, SPECIES
from shrdlu_env.text.stories import Story

QUESTIONS_ON_FEARS = 4

ALIKE = (1, 3, 4)
"""How many others of its kind the animal asked for in task 16 may have; never two, as in the published stories."""

_SPECIES = tuple(SPECIES)


def deduction(chance: Chance) -> Story:
    """Task 15: what is somebody afraid of, being a mouse, and mice being afraid of cats?

    A sentence of either sort is proposed at random until it can be told: a kind's fear before its members.
    """
    script = Script()
    fears: dict[str, tuple[str, int]] = {}
    members: dict[str, tuple[str, int]] = {}
    while len(fears) < len(SPECIES) or len(members) < len(NAMED):
        species = chance.pick(_SPECIES)
        if chance.happens(0.5):
            if species not in fears:
                feared = chance.other(_SPECIES, species)
                line = script.tell(SPECIES[species], "are", "afraid", "of", SPECIES[feared])
                fears[species] = (feared, line)
        elif species in fears:
            name = chance.pick(NAMED)
            if name not in members:
                members[name] = (species, script.tell(name, "is", "a", species))
    for _ in range(QUESTIONS_ON_FEARS):
        name = chance.pick(NAMED)
        species, line = members[name]
        feared, rule = fears[species]
        script.ask(("what", "is", name, "afraid", "of"), (feared,), (line, rule))
    return script.story(15)


def induction(chance: Chance) -> Story:
    """Task 16: which colour has an animal, judged by its kind?

    The text alone leaves this open where animals of a kind differ. The rule of the published stories, followed
    here: the colour of that other animal of the kind which was said to be one last.
    """
    while True:
        order, species = _order(chance)
        asked = order[-1]
        alike = [name for name in species if name != asked and species[name] == species[asked]]
        if len(alike) in ALIKE:
            break
    script = Script()
    introduced: dict[str, int] = {}
    coloured: dict[str, int] = {}
    colour: dict[str, str] = {}
    for name in order[:-1]:
        kind = species[name]
        if name not in introduced:
            introduced[name] = script.tell(name, "is", "a", kind)
            if name != asked:  # a new member brings the colour of its kind's members not yet coloured
                colour[kind] = chance.pick(COLOURS)
        else:
            coloured[name] = script.tell(name, "is", colour[kind])
    last = max(alike, key=introduced.__getitem__)
    support = (introduced[asked], introduced[last], coloured[last])
    script.ask(("what", "color", "is", asked), (colour[species[asked]],), support)
    return script.story(16)


def _order(chance: Chance) -> tuple[list[str], dict[str, str]]:
    """Who is spoken of, sentence by sentence: everybody twice, first the kind, then the colour; and the kinds."""
    left = dict.fromkeys(COLOURED, 2)
    order: list[str] = []
    while left:
        name = chance.pick(list(left))
        order.append(name)
        left[name] -= 1
        if not left[name]:
            del left[name]
    return order, {name: chance.pick(COLOURED_SPECIES) for name in COLOURED}
