"""Task 18: what fits in what."""

from __future__ import annotations

from shrdlu_env.text.generator.chance import Chance
from shrdlu_env.text.generator.recent import QUESTIONS
from shrdlu_env.text.generator.script import Script
from shrdlu_env.text.generator.tables import SIZES, Words
from shrdlu_env.text.stories import Story

TOLD_AT_ONCE = 5
"""Sentences between two tries to ask."""


def fitting(chance: Chance) -> Story:
    """Task 18: which of two things is bigger, or fits in the other, by way of a third?"""
    script = Script()
    order = [thing for rank in SIZES for thing in chance.sample(rank, len(rank))]
    told: list[tuple[int, int, int]] = []  # smaller, bigger, line
    # Per smaller thing the bigger ones that a third leads to, each by the lines that were told first.
    chains: dict[int, dict[int, tuple[int, int]]] = {}
    while not chains:
        for _ in range(TOLD_AT_ONCE):
            small, big = sorted(chance.sample(range(len(order)), 2))
            told.append((small, big, _tell(script, order[small], order[big], chance)))
        for small, middle, first in told:
            for start, big, second in told:
                if start == middle:
                    chains.setdefault(small, {}).setdefault(big, (first, second))
    for _ in range(QUESTIONS):
        low = chance.pick(list(chains))
        high, support = chance.pick(list(chains[low].items()))
        small_thing, big_thing = order[low], order[high]
        true = chance.happens(0.5)
        if chance.happens(0.5):
            inner, outer = (small_thing, big_thing) if true else (big_thing, small_thing)
            words = ("does", "the", *inner, "fit", "in", "the", *outer)
        else:
            bigger, smaller = (big_thing, small_thing) if true else (small_thing, big_thing)
            words = ("is", "the", *bigger, "bigger", "than", "the", *smaller)
        script.ask(words, ("yes" if true else "no",), support)
    return script.story(18)


def _tell(script: Script, small: Words, big: Words, chance: Chance) -> int:
    if chance.happens(0.5):
        return script.tell("the", *small, "fits", "inside", "the", *big)
    return script.tell("the", *big, "is", "bigger", "than", "the", *small)
