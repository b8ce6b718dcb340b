"""Saying inputs again: which steps, out of what, and that it is learnt."""

import numpy as np
import pytest
import torch

from dnc_agent.supervised import Bits, Categories
from dnc_agent.supervised.reemission import reemission_loss, steps_to_reemit
from tests.dnc_agent.supervised.tasks import DNC_SIZES, Echo, Tell, learner


def test_steps_that_tell_something_are_said_again_at_random():
    batch = Tell().draw(np.random.default_rng(0), 2000)
    inputs = batch.inputs.copy()
    inputs[1] = 0
    valid = np.ones_like(batch.answer)
    valid[3] = False
    found = steps_to_reemit(batch._replace(inputs=inputs, valid=valid), 0.25, np.random.default_rng(1))
    assert found[[0, 2]].mean() == pytest.approx(0.25, abs=0.02)
    assert not found[[1, 3, 4]].any()


def test_all_but_the_reads_is_hidden():
    ours = learner(Tell(), "dnc", DNC_SIZES, Categories([4]), inputs=4)
    network = ours.network
    features = torch.randn(6, network.core.feature_size, generator=torch.Generator().manual_seed(0))
    inputs = torch.eye(4)[[0, 1, 2, 3, 0, 1]]
    loss = reemission_loss(network, ours.target, features, inputs)
    hidden, layer = DNC_SIZES["hidden_size"], network.readout.layer
    logits = features[:, hidden:] @ layer.weight[:, hidden:].T + layer.bias
    expected = -torch.log_softmax(logits, -1)[torch.arange(6), [0, 1, 2, 3, 0, 1]]
    torch.testing.assert_close(loss, expected)


def test_it_is_learnt_beside_the_answers():
    gates = {"write_gate": 4.0, "allocation_gate": 4.0, "free_gates": -4.0, "read_strengths": 8.0}
    sizes = {
        "hidden_size": 16,
        "word_size": 8,
        "interface_bias": gates,
        "tied_key_init": True,
        "input_gain": 4.0,
    }
    ours = learner(
        Tell(),
        "dnc",
        DNC_SIZES | sizes,
        Categories([4]),
        inputs=4,
        reemit_share=0.5,
        learning_rate=0.02,
        batch_size=16,
    )
    found = [ours.update()["reemission"] for _ in range(120)]
    assert np.mean(found[:3]) > 1.2
    assert np.mean(found[-10:]) < 1.0  # guessing costs ln 4 = 1.39


@pytest.mark.parametrize(
    ("core", "target", "said"),
    [
        ("lstm", Bits(2), "class LSTM hands out no reads"),
        ("dnc", Bits(3), "2 inputs are to be said"),
        ("dnc", Categories([1, 1]), "2 inputs are to be said"),
    ],
)
def test_a_network_that_could_not_is_refused(core, target, said):
    options = DNC_SIZES if core == "dnc" else None
    with pytest.raises(ValueError, match=f"reemit_share: .*{said}"):
        learner(Echo(), core, options, target, reemit_share=0.1)
