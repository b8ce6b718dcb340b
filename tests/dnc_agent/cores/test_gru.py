"""The GRU core: against the equations in numpy; weights."""

import numpy as np
import pytest
import torch

from dnc_agent import GRU
from tests.dnc_agent import oracle
from tests.dnc_agent.helpers import assert_close, normal, random_source


def gru_step(w_ih, w_hh, b_ih, b_hh, x, h):
    """Reset gate, update gate, candidate; rows of the weights in that order."""
    size = len(h)
    of_x, of_h = oracle.linear(w_ih, x, b_ih), oracle.linear(w_hh, h, b_hh)
    result = np.zeros(size)
    for k in range(size):
        r = oracle.sigmoid(of_x[k] + of_h[k])
        z = oracle.sigmoid(of_x[size + k] + of_h[size + k])
        candidate = np.tanh(of_x[2 * size + k] + r * of_h[2 * size + k])
        result[k] = (1 - z) * candidate + z * h[k]
    return result


@pytest.mark.parametrize("outputs", [None, 2])
def test_against_the_equations(outputs):
    source = random_source(0)
    core = GRU(3, output_size=outputs, hidden_size=4, generator=source).double()
    with torch.no_grad():
        for parameter in core.parameters():
            parameter.copy_(normal(source, *parameter.shape))
    weights = [parameter.detach().numpy() for parameter in core.cell.parameters()]
    x = normal(source, 5, 2, 3)
    y, after = core.unroll(x)
    assert core.feature_size == (outputs or 4)
    for b in range(2):
        h = np.zeros(4)
        for t in range(5):
            h = gru_step(*weights, x[t, b].numpy(), h)
            expected = h if outputs is None else oracle.linear(core.output.weight.detach().numpy(), h)
            assert_close(y[t, b], expected)
        assert_close(after.hidden[b], h)


def test_gradcheck_of_the_unroll():
    core = GRU(2, output_size=2, hidden_size=3, generator=random_source(1)).double()
    x = normal(random_source(2), 3, 2, 2).requires_grad_()
    assert torch.autograd.gradcheck(lambda x, *_: core.unroll(x)[0], (x, *core.parameters()))


def test_weights_start_within_their_bound_and_biases_at_zero():
    core = GRU(5, hidden_size=4)
    for parameter in core.cell.parameters():
        assert parameter.abs().max() <= 1 / 3
        assert (parameter.dim() == 1) == bool((parameter == 0).all())
