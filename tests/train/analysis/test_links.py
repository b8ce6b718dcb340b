"""Links: each kind is the core it says, curves and tests are what training and fresh sequences say."""

import numpy as np
import pytest
import torch

from dnc_agent.cores.dnc.options import DNCOptions
from shrdlu_env.sequences import Copy
from tests.train.analysis.tiny import nothing, tiny
from train.analysis.links import kinds_of
from train.analysis.training import copy_config, train_copy
from train.experiments.copying.wiring import build


@pytest.fixture(scope="module")
def found():
    chosen, settings = tiny("links")
    return settings, chosen.measure(settings, nothing)


def test_kinds_are_options_of_the_core():
    kinds = {name: DNCOptions(**options) for name, options in kinds_of((2, 8)).items()}
    assert list(kinds) == ["full", "K=2", "K=8", "none"]
    assert [core.sparse_links for core in kinds.values()] == [None, 2, 8, None]
    assert [core.temporal_links for core in kinds.values()] == [True, True, True, False]


def test_every_kind_is_trained_with_every_seed(found):
    _, findings = found
    wanted = [(kind, seed) for seed in (0, 1) for kind in ("full", "K=2", "none")]
    assert [(row["links"], row["seed"]) for row in findings.tables["tests"]] == wanted
    assert [row["episodes_trained"] for row in findings.tables["tests"]] == [24] * 6


@pytest.mark.parametrize("kind", ["full", "K=2", "none"])
def test_curve_and_test_of_a_network_trained_by_hand(found, kind):
    settings, findings = found
    learner = build("copy", copy_config(settings, seed=1, **kinds_of((2,))[kind]))
    wrong = [learner.update()["wrong"] for _ in range(24 // 4)]
    # Fewer batches than points: one a batch.
    curve = [row for row in findings.tables["training"] if (row["links"], row["seed"]) == (kind, 1)]
    assert [row["episodes"] for row in curve] == [4, 8, 12, 16, 20, 24]
    assert [row["wrong"] for row in curve] == pytest.approx(wrong)
    drawn = Copy(width=3, lengths=(3, 3)).draw(np.random.default_rng([0, 1]), settings.tests)
    with torch.no_grad():
        logits, _ = learner.network.unroll(torch.from_numpy(drawn.inputs))
    misses = ((logits.numpy() > 0) != (drawn.targets > 0))[drawn.answer]
    (row,) = [r for r in findings.tables["tests"] if (r["links"], r["seed"]) == (kind, 1)]
    assert row["test_wrong"] == pytest.approx(misses.sum() / settings.tests)
    assert row["test_bits_right"] == pytest.approx(1 - misses.mean())


def test_points_of_a_long_curve_are_means_over_batches():
    _, settings = tiny("links", sequences=1000)
    config = copy_config(settings, seed=0, temporal_links=False)
    curve = train_copy(config, 1000, None, lambda done: None).curve
    learner = build("copy", config)
    wrong = [learner.update()["wrong"] for _ in range(250)]
    assert len(curve) == 50
    assert [point["wrong"] for point in curve] == pytest.approx(np.reshape(wrong, (50, 5)).mean(1))


def test_time_is_a_limit_too():
    _, settings = tiny("links")
    trained = train_copy(copy_config(settings, seed=0), 10**9, 1e-6, lambda done: None)
    assert trained.learner.updates == len(trained.curve) == 1


def test_numbers_are_means_over_seeds(found):
    _, findings = found
    for kind in ("full", "K=2", "none"):
        both = [row["test_wrong"] for row in findings.tables["tests"] if row["links"] == kind]
        assert findings.numbers[f"wrong_bits_of_9_links_{kind}"] == pytest.approx(np.mean(both))
