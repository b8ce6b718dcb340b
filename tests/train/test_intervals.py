"""Intervals of shares."""

import pytest

from train.intervals import wilson_interval


@pytest.mark.parametrize(
    ("hits", "episodes", "low", "high"),
    [
        # Newcombe 1998, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (20, 20, 0.8389, 1.0),
    ],
)
def test_wilson_interval_against_published_values(hits, episodes, low, high):
    assert wilson_interval(hits, episodes) == pytest.approx((low, high), abs=6e-5)


def test_wilson_interval_without_episodes():
    assert wilson_interval(0, 0) == (0.0, 1.0)
