"""A curriculum for any world: when a lesson is complete, and which lesson an episode is drawn from.

Pure functions. A world keeps its own lessons as data; thresholds and shares belong to whoever trains.
"""

from __future__ import annotations

import numpy as np

from shrdlu_env._jit import njit_lean


def lesson_complete(score: float, threshold: float) -> bool:
    """Whether a lesson is complete: the one gate.

    Args:
        score: mean over fresh episodes of what the lesson asks for, 0 to 1.
        threshold: what it has to reach.
    """
    return bool(score >= threshold)


@njit_lean
def draw_lesson(rng: np.random.Generator, lesson: int, earlier: float) -> int:
    """Index of the lesson that one episode is drawn from.

    Args:
        rng: source of all chance; not touched where there is no choice.
        lesson: index of the current lesson, from 0.
        earlier: chance that it is one of the lessons before it, each as likely as the others.
    """
    if lesson > 0 and earlier > 0.0 and rng.random() < earlier:
        return int(rng.random() * lesson)
    return lesson
