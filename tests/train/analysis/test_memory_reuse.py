"""Memory reuse: the table of steps against a trace taken by hand, the figures against plain loops."""

import numpy as np
import pytest
import torch

from shrdlu_env.sequences import Copy
from tests.train.analysis.tiny import nothing, tiny
from train.analysis.memory_reuse import look_at
from train.analysis.training import copy_config, train_copy


@pytest.fixture(scope="module")
def found():
    chosen, settings = tiny("memory-reuse")
    return settings, chosen.measure(settings, nothing)


@pytest.fixture(scope="module")
def network(found):
    """The same network, trained once more."""
    settings, _ = found
    config = copy_config(settings, seed=settings.seed, copies=2, controller="feedforward")
    return train_copy(config, settings.sequences, None, lambda done: None).learner.network


def test_the_controller_remembers_nothing(network):
    assert network.core.options.controller == "feedforward"
    assert all(part.numel() == 0 for part in network.core.initial_state(1).controller)


def test_the_table_is_the_trace_of_a_fresh_episode(found, network):
    settings, findings = found
    drawn = Copy(width=3, lengths=(3, 3), sequences=3).draw(np.random.default_rng([settings.seed, 2]), 1)
    rows = findings.tables["steps"]
    assert len(rows) == len(drawn.inputs) == 3 * (2 * 3 + 2)
    assert [row["label"] for row in rows[:8]] == ["start", *["item"] * 3, "end", *["answer"] * 3]
    core, state = network.core, network.core.initial_state(1)
    for t, row in enumerate(rows):
        with torch.no_grad():
            features, state, inside = core.trace(torch.from_numpy(drawn.inputs[t]), state)
            logits = network.readout(features, None)[0]
        assert row["free_gate"] == pytest.approx(float(inside["free_gates"][0, 0]))
        for n in range(4):
            assert row[f"write_{n}"] == pytest.approx(float(state.memory.write_weighting[0, n]))
            assert row[f"read_{n}"] == pytest.approx(float(state.memory.read_weightings[0, 0, n]))
            assert row[f"usage_{n}"] == pytest.approx(float(state.memory.usage[0, n]))
        if row["label"] == "answer":
            wanted = drawn.targets[t, 0]
            right = [float(logits[k] > 0) == wanted[k] for k in range(3)]
            assert row["bits_right"] == pytest.approx(sum(right) / 3)
        else:
            assert np.isnan(row["bits_right"])


def test_the_share_of_bits_right_is_that_of_fresh_episodes(found, network):
    settings, findings = found
    task = Copy(width=3, lengths=(3, 3), sequences=3)
    drawn = task.draw(np.random.default_rng([settings.seed, 1]), settings.tests)
    with torch.no_grad():
        logits, _ = network.unroll(torch.from_numpy(drawn.inputs))
    wanted, asked = task.solve(drawn.inputs)
    right = ((logits.numpy() > 0) == (wanted > 0))[asked]
    assert findings.numbers["bits_right"] == pytest.approx(right.mean())
    assert findings.numbers["vectors_through_memory"] == 9
    assert findings.numbers["locations"] == 4


def test_figures_of_an_episode_made_up():
    """Two locations of three written, one of them twice; gates open where the labels say."""
    labels = ["start", "item", "item", "end", "answer", "answer", "start", "item"]
    writes = [None, 0, 2, None, None, None, None, 0]
    rows = []
    for t, (label, place) in enumerate(zip(labels, writes, strict=True)):
        row = {
            "step": t,
            "label": label,
            "bits_right": {4: 1.0, 5: 0.5}.get(t, float("nan")),
            "write_gate": 0.9 if label == "item" else 0.1,
            "allocation_gate": 0.25,
            "free_gate": 0.75 if label == "answer" else 0.0,
        }
        row |= {f"write_{n}": 0.8 if n == place else 0.1 for n in range(3)}
        rows.append(row | {f"read_{n}": 0.0 for n in range(3)} | {f"usage_{n}": 0.5 for n in range(3)})
    numbers = look_at(rows)
    assert numbers["locations_written"] == 2
    assert numbers["writes"] == 3
    assert numbers["writes_of_a_location_at_most"] == 2
    assert numbers["mean_locations_in_use"] == pytest.approx(1.5)
    assert numbers["traced_bits_right"] == pytest.approx(0.75)
    assert (numbers["free_gate_at_answers"], numbers["free_gate_at_items"]) == (0.75, 0.0)
    assert numbers["write_gate_at_items"] == pytest.approx(0.9)
    assert numbers["allocation_gate_at_answers"] == 0.25
