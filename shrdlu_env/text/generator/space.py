"""Tasks 4, 17 and 19: rooms north of rooms, shapes above shapes, the way from room to room."""

from __future__ import annotations

from itertools import pairwise

from shrdlu_env.text.generator.chance import Chance
from shrdlu_env.text.generator.script import Script
from shrdlu_env.text.generator.tables import (
    DIRECTIONS,
    HOUSE_ROOMS,
    OPPOSITE,
    OPPOSITE_SIDE,
    SHAPES,
    SIDE_WORDS,
    SIDES,
)
from shrdlu_env.text.stories import Story

Edge = tuple[str, str, str]
"""A room, the direction in which the third room lies from it, that room."""

# How often a sentence begins with the room, shape or path that others hang on; measured on the published stories.
MIDDLE_FIRST = 1 / 3
SHAPE_FIRST = 2 / 3
ON_PATH_FIRST = 0.44
BESIDE_PATH_FIRST = 0.28

# Where among the five sentences of task 19 the two of the path stand; measured on the published stories.
PATH_PLACES = (0.175, 0.195, 0.215, 0.255, 0.41)

QUESTIONS_ON_SHAPES = 8

_DIRECTIONS = tuple(DIRECTIONS)
_SIDES = tuple(SIDES)


def _tell_edge(script: Script, edge: Edge, first: bool) -> int:
    """Say where the second room lies from the first, beginning with the first or the second."""
    here, direction, there = edge
    if first:
        return script.tell("the", here, "is", OPPOSITE[direction], "of", "the", there)
    return script.tell("the", there, "is", direction, "of", "the", here)


def two_arguments(chance: Chance) -> Story:
    """Task 4: three rooms in a row; what is north of one, or what is that one south of?"""
    script = Script()
    middle, one, other = chance.sample(HOUSE_ROOMS, 3)
    way = chance.pick(_DIRECTIONS)
    said = []
    for room, direction in ((one, way), (other, OPPOSITE[way])):
        if chance.happens(MIDDLE_FIRST):
            said.append((middle, OPPOSITE[direction], room))
        else:
            said.append((room, direction, middle))
    for subject, direction, place in said:
        script.tell("the", subject, "is", direction, "of", "the", place)
    number = chance.below(2)
    subject, direction, place = said[number]
    if chance.happens(0.5):
        words: tuple[str, ...] = ("what", "is", direction, "of", "the", place)
    else:
        words = ("what", "is", "the", place, OPPOSITE[direction], "of")
    script.ask(words, (subject,), (number + 1,))
    return script.story(4)


def positions(chance: Chance) -> Story:
    """Task 17: two shapes beside a third; how do they lie to each other?"""
    script = Script()
    middle, *ends = chance.sample(SHAPES, 3)
    sides = chance.sample(_SIDES, 2)
    for end, side in zip(ends, sides, strict=True):
        if chance.happens(SHAPE_FIRST):
            script.tell(*middle, "is", *SIDE_WORDS[OPPOSITE_SIDE[side]], *end)
        else:
            script.tell(*end, "is", *SIDE_WORDS[side], *middle)
    (x0, y0), (x1, y1) = (SIDES[side] for side in sides)
    for _ in range(QUESTIONS_ON_SHAPES):
        turned = chance.happens(0.5)
        sign = -1 if turned else 1
        dx, dy = sign * (x0 - x1), sign * (y0 - y1)  # from the shape beside which the other may lie
        holds = {side: dx * x + dy * y > 0 for side, (x, y) in SIDES.items()}
        wanted = chance.happens(0.5)
        side = chance.pick([side for side in _SIDES if holds[side] == wanted])
        subject, place = ends[::-1] if turned else ends
        support = (2, 1) if turned else (1, 2)
        script.ask(("is", *subject, *SIDE_WORDS[side], *place), ("yes" if wanted else "no",), support)
    return script.story(17)


def paths(chance: Chance) -> Story:
    """Task 19: six rooms; the way from one to another is two steps.

    The three other rooms hang on the rooms of the path, each in a free direction.
    """
    script = Script()
    rooms = chance.sample(HOUSE_ROOMS, len(HOUSE_ROOMS))
    path = rooms[:3]
    first = chance.pick(_DIRECTIONS)
    second = chance.other(_DIRECTIONS, OPPOSITE[first])
    steps = (first, second)
    taken = {(path[0], first), (path[1], OPPOSITE[first]), (path[1], second), (path[2], OPPOSITE[second])}
    free = [(room, way) for room in path for way in _DIRECTIONS if (room, way) not in taken]
    beside: list[Edge] = []
    for room in rooms[3:]:
        place, way = free.pop(chance.below(len(free)))
        beside.append((place, way, room))
    on = [(here, way, there) for (here, there), way in zip(pairwise(path), steps, strict=True)]
    told = chance.sample(on, 2)
    places = _two_places(chance)
    lines: dict[Edge, int] = {}
    for line in range(5):
        if line in places:
            edge = told.pop()
            middle_first = chance.happens(ON_PATH_FIRST)
            lines[edge] = _tell_edge(script, edge, middle_first == (edge[0] == path[1]))
        else:
            _tell_edge(script, beside.pop(), chance.happens(BESIDE_PATH_FIRST))
    words = ("how", "do", "you", "go", "from", "the", path[0], "to", "the", path[2])
    script.ask(words, (first[0], second[0]), (lines[on[0]], lines[on[1]]))
    return script.story(19)


def _two_places(chance: Chance) -> set[int]:
    """Two of five places, drawn by weight, without putting back."""
    found: set[int] = set()
    while len(found) < 2:
        left = chance.uniform() * sum(PATH_PLACES)
        for place, weight in enumerate(PATH_PLACES):
            left -= weight
            if left < 0:
                found.add(place)
                break
    return found
