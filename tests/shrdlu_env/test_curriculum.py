"""The gate, and which lesson an episode is drawn from."""

import math
from collections import Counter

import numpy as np
import pytest

from shrdlu_env.curriculum import draw_lesson, lesson_complete


@pytest.mark.parametrize(
    ("score", "threshold", "complete"),
    [(0.85, 0.85, True), (0.8499, 0.85, False), (1.0, 1.0, True), (0.0, 0.0, True), (math.nan, 0.0, False)],
)
def test_a_lesson_is_complete_when_the_score_reaches_the_threshold(score, threshold, complete):
    assert lesson_complete(score, threshold) is complete
    assert lesson_complete(np.float64(score), threshold) is complete


def test_the_share_of_earlier_lessons_is_kept_and_spread_evenly():
    rng = np.random.default_rng(0)
    drawn = Counter(draw_lesson(rng, 4, 0.4) for _ in range(20_000))
    assert set(drawn) == set(range(5))
    assert abs(drawn[4] / 20_000 - 0.6) < 0.015
    for lesson in range(4):
        assert abs(drawn[lesson] / 20_000 - 0.1) < 0.01


def test_nothing_is_drawn_where_there_is_no_choice():
    rng = np.random.default_rng(0)
    before = rng.bit_generator.state
    assert [draw_lesson(rng, 0, 1.0), draw_lesson(rng, 7, 0.0)] == [0, 7]
    assert rng.bit_generator.state == before
    assert draw_lesson(rng, 1, 1.0) == 0
