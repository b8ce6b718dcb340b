"""What scores are worth: each kind of player knows more than the one before."""

import numpy as np
import pytest

from benchmarks.series import floors
from train import experiments


@pytest.mark.parametrize("name", ["mini_shrdlu", "walking", "shortest_path", "questions"])
def test_who_knows_more_scores_more(name):
    chance, without, planner = getattr(floors, name)(np.random.default_rng(0), 40)
    assert 0 <= chance < without < planner == pytest.approx(1.0)


def test_all_experiments_have_them():
    assert set(floors.FLOORS) == set(experiments.ROWS)


def test_all_experiments_have_reference_scores_on_sets_that_exist():
    from benchmarks.series.reference import FIELDS, reference

    assert set(FIELDS) == set(experiments.ROWS)
    for name, field in FIELDS.items():
        experiment = experiments.find(name)
        assert field.fixed in experiment.sets
        assert {field.plain, field.helped} - {None} <= set(experiment.presets)
        assert {"dnc", "lstm", "gru", "ntm"} <= set(reference(name).settings)
