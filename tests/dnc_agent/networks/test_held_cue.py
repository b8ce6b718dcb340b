"""What is held from the moment of the cue: step by step, all at once, and by a plain loop."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from dnc_agent.networks.held_cue import Held, hold_sequence, hold_step
from tests.dnc_agent.helpers import SEEDS, examples


def by_loop(features, cue):
    """Element by element."""
    steps, batch, size = features.shape
    found = torch.zeros(steps, batch, 2 * size, dtype=features.dtype)
    for b in range(batch):
        kept = torch.zeros(size, dtype=features.dtype)
        come = False
        for t in range(steps):
            if cue[t, b] and not come:
                kept, come = features[t, b], True
            found[t, b] = torch.cat([features[t, b], kept])
    return found


@examples(60)
@given(seed=SEEDS, steps=st.integers(1, 6), batch=st.integers(1, 4), often=st.sampled_from([0.0, 0.3, 1.0]))
def test_the_first_cue_counts(seed, steps, batch, often):
    source = torch.Generator().manual_seed(seed)
    features = torch.randn(steps, batch, 3, generator=source)
    cue = torch.rand(steps, batch, generator=source) < often
    expected = by_loop(features, cue)
    assert torch.equal(hold_sequence(features, cue), expected)
    held = Held.nothing(batch, 3, features)
    for t in range(steps):
        seen, held = hold_step(features[t], cue[t], held)
        assert torch.equal(seen, expected[t])


def test_gradients_of_later_steps_reach_the_cue():
    features = torch.randn(4, 1, 2, requires_grad=True)
    cue = torch.tensor([[False], [True], [True], [True]])
    hold_sequence(features, cue)[3].sum().backward()
    assert features.grad[:, 0, 0].tolist() == [0.0, 1.0, 0.0, 1.0]
