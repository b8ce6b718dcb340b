"""Memory resize: cells against a network of that size built anew; the strengths that tempering makes."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dnc_agent import DNC
from dnc_agent.cores.dnc.addressing import oneplus
from shrdlu_env.sequences import Copy
from tests.train.analysis.tiny import nothing, tiny
from train.analysis.tempering import inverse_oneplus, tempered
from train.analysis.training import copy_config, train_copy
from train.errors import UsageError


@pytest.fixture(scope="module")
def found():
    chosen, settings = tiny("memory-resize")
    return settings, chosen.measure(settings, nothing)


def test_every_cell_is_what_a_network_of_that_size_says(found):
    settings, findings = found
    config = copy_config(settings, seed=settings.seed)
    network = train_copy(config, settings.sequences, None, lambda done: None).learner.network
    rows = findings.tables["resized"]
    assert [(row["locations"], row["length"]) for row in rows] == [
        (n, length) for n in (2, 4, 7) for length in (2, 5)
    ]
    for row in rows:
        core = DNC(
            5, hidden_size=6, memory_size=row["locations"], word_size=3, read_heads=1, backend="reference"
        )
        core.load_state_dict(network.core.state_dict())
        task = Copy(width=3, lengths=(row["length"], row["length"]))
        drawn = task.draw(np.random.default_rng([settings.seed, 1]), settings.tests)
        with torch.no_grad():
            features, _ = core.unroll(torch.from_numpy(drawn.inputs))
            logits = network.readout(features, None).numpy()
        right = ((logits > 0) == (drawn.targets > 0))[drawn.answer]
        assert row["bits_right"] == pytest.approx(right.mean())
        assert row["factor"] == pytest.approx(math.log(row["locations"]) / math.log(4))
        if row["locations"] == 4:
            assert row["tempered_bits_right"] == row["bits_right"]
    fitting = [row["bits_right"] for row in rows if row["length"] < row["locations"]]
    # 2 < 4, 2 < 7 and 5 < 7.
    assert len(fitting) == 3
    assert findings.numbers["bits_right_fitting"] == pytest.approx(sum(fitting) / 3)


@pytest.mark.parametrize("factor", [2.5, 0.5])
def test_read_strengths_are_multiplied_and_nothing_else_is(factor):
    core = DNC(3, hidden_size=5, memory_size=6, word_size=4, read_heads=2, backend="auto")
    x, state = torch.randn(7, 3), core.initial_state(7)
    _, _, before = core.trace(x, state)
    with tempered(core, factor):
        _, _, inside = core.trace(x, state)
        assert core.backend == "reference"
    _, _, after = core.trace(x, state)
    wanted = (before["read_strengths"] * factor).clamp_min(1.0)
    torch.testing.assert_close(inside["read_strengths"], wanted, atol=1e-5, rtol=1e-5)
    for name in ("write_strength", "free_gates", "write_weighting", "read_modes"):
        torch.testing.assert_close(inside[name], before[name])
    assert torch.equal(after["read_strengths"], before["read_strengths"])
    assert core.backend == "auto"


@given(st.floats(-30, 300))
def test_inverse_of_oneplus(raw):
    strengths = oneplus(torch.tensor(raw, dtype=torch.float64))
    assert float(oneplus(inverse_oneplus(strengths))) == pytest.approx(float(strengths), rel=1e-12)


@pytest.mark.parametrize("changed", [{"locations": ()}, {"tested_lengths": ()}, {"memory_size": 1}])
def test_nothing_to_test_is_refused(changed):
    chosen, settings = tiny("memory-resize", **changed)
    with pytest.raises(UsageError, match="at least"):
        chosen.measure(settings, nothing)
