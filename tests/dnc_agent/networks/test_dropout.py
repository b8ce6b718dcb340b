"""Dropout: what is dropped, how often, and when."""

import pytest
import torch

from dnc_agent.networks.dropout import PartialDropout
from dnc_agent.supervised import Bits, NetworkDescription


def test_it_drops_its_share_of_the_first_features_and_keeps_their_mean():
    dropout = PartialDropout(4, 0.25)
    dropout.generator.manual_seed(0)
    found = dropout(torch.ones(5000, 2, 6))
    assert (found[..., 4:] == 1).all()
    assert found[..., :4].unique().tolist() == pytest.approx([0.0, 4 / 3])
    assert (found[..., :4] == 0).float().mean().item() == pytest.approx(0.25, abs=0.01)


def test_it_depends_on_its_generator_alone_and_ends_with_training():
    dropout, ones = PartialDropout(3, 0.5), torch.ones(50, 3)
    drawn = []
    for seed in (1, 1, 2):
        torch.manual_seed(len(drawn))
        dropout.generator.manual_seed(seed)
        drawn.append(dropout(ones))
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
    assert torch.equal(dropout.eval()(ones), ones)


@pytest.mark.parametrize("rate", [-0.1, 1.0, float("nan")])
def test_a_rate_out_of_range_is_refused(rate):
    with pytest.raises(ValueError, match=r"dropout=.*; it must be at least 0 and below 1"):
        PartialDropout(3, rate)


@pytest.mark.parametrize(("core", "width"), [("dnc", 8), ("ntm", 8), ("lstm", 8), ("gru", 8)])
def test_the_readout_still_sees_all_that_was_read(core, width):
    """Reads are no outputs of the controller; a core without a memory has nothing else."""
    description = NetworkDescription(3, Bits(1), core, {"hidden_size": width}, dropout=0.5)
    network = description.build(torch.Generator().manual_seed(0))
    dropped = network.readout.dropout(torch.ones(200, network.core.feature_size))
    assert ((dropped == 0).any(0) == (torch.arange(dropped.shape[1]) < width)).all()
