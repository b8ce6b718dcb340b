"""Stories of all twenty kinds, written from rules: small simulated worlds, one family of kinds a module."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from shrdlu_env.checks import check_generator, check_whole
from shrdlu_env.text.generator.carrying import (
    counting,
    lists,
    three_arguments,
    three_facts,
    two_facts,
    yes_or_no,
)
from shrdlu_env.text.generator.chance import Chance
from shrdlu_env.text.generator.claims import indefinite, negation
from shrdlu_env.text.generator.kinds import deduction, induction
from shrdlu_env.text.generator.motives import motivations
from shrdlu_env.text.generator.sizes import fitting
from shrdlu_env.text.generator.space import paths, positions, two_arguments
from shrdlu_env.text.generator.timeline import before
from shrdlu_env.text.generator.whereabouts import (
    compound_coreference,
    conjunction,
    coreference,
    single_fact,
)
from shrdlu_env.text.stories import Story, check_task

__all__ = ["draw_story", "story"]

_WRITERS: tuple[Callable[[Chance], Story], ...] = (
    single_fact,
    two_facts,
    three_facts,
    two_arguments,
    three_arguments,
    yes_or_no,
    counting,
    lists,
    negation,
    indefinite,
    coreference,
    conjunction,
    compound_coreference,
    before,
    deduction,
    induction,
    positions,
    fitting,
    paths,
    motivations,
)


def draw_story(task: int, rng: np.random.Generator) -> Story:
    """A new story of a kind.

    Args:
        task: 1 to 20.
        rng: source of all chance.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: the task is unknown.
    """
    return _WRITERS[check_task(task) - 1](Chance(check_generator("rng", rng)))


def story(task: int, seed: int) -> Story:
    """The story of a kind that belongs to a seed.

    Args:
        task: 1 to 20.
        seed: a whole number from 0.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: the task is unknown or the seed negative.
    """
    return draw_story(task, np.random.default_rng(check_whole("seed", seed, 0)))
