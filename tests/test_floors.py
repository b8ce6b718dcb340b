"""What scores are worth: each kind of player knows more than the one before."""

import numpy as np
import pytest

from benchmarks.series import floors
from benchmarks.series.reference import FIELDS, reference
from train import experiments
from train.parsing import parse_train


@pytest.mark.parametrize("name", ["mini_shrdlu", "walking", "shortest_path", "questions"])
def test_who_knows_more_scores_more(name):
    chance, without, planner = getattr(floors, name)(np.random.default_rng(0), 40)
    assert 0 <= chance < without < planner == pytest.approx(1.0)


def test_all_experiments_have_them():
    assert set(floors.FLOORS) == set(experiments.ROWS)


def test_all_experiments_have_reference_scores_on_sets_that_exist():
    assert set(FIELDS) == set(experiments.ROWS)
    for name, field in FIELDS.items():
        experiment = experiments.find(name)
        assert field.fixed in experiment.sets
        assert {field.plain, field.helped} - {None} <= set(experiment.presets)
        assert {"dnc", "lstm", "gru", "ntm"} <= set(reference(name).settings)


@pytest.mark.parametrize("name", experiments.ROWS)
def test_reference_cores_have_as_many_weights(name):
    weights = {}
    for setting, flags in reference(name).settings.items():
        if setting != "helped":  # has what is put in by hand, which takes what it takes
            experiment, _, given = parse_train([name, "--run", "unused", *flags])
            learner = experiment.build(given.config)
            model = learner.policy if hasattr(learner, "policy") else learner.network
            weights[setting] = sum(one.numel() for one in model.parameters())
    for core in ("lstm", "gru", "ntm"):
        assert weights[core] == pytest.approx(weights["dnc"], rel=0.02), weights
