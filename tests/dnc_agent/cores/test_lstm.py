"""The LSTM core: against the oracle; weights, refusals."""

import pytest
import torch

from dnc_agent import LSTM
from tests.dnc_agent import oracle
from tests.dnc_agent.helpers import assert_close, normal, random_source


@pytest.mark.parametrize("output_size", [None, 3])
def test_against_the_oracle(output_size):
    source = random_source(0)
    core = LSTM(2, output_size=output_size, hidden_size=4, num_layers=3, generator=source).double()
    x = normal(source, 5, 2, 2)
    y, after = core.unroll(x)
    assert core.feature_size == (output_size or 12)
    weights = [w.detach().numpy() for w in core.controller.weights]
    biases = [b.detach().numpy() for b in core.controller.biases]
    for b in range(2):
        hidden, cell = torch.zeros(2, 3, 4, dtype=torch.float64).numpy()
        for t in range(5):
            hidden, cell = oracle.lstm_step(weights, biases, x[t, b].numpy(), hidden, cell)
            expected = hidden.reshape(-1)
            if output_size is not None:
                expected = oracle.linear(core.output.weight.detach().numpy(), expected)
            assert_close(y[t, b], expected)
        assert_close(after.hidden[b], hidden)
        assert_close(after.cell[b], cell)


def test_gradcheck_of_the_unroll():
    source = random_source(1)
    core = LSTM(2, output_size=2, hidden_size=3, gradient_clip=None, generator=source).double()
    x = normal(source, 3, 2, 2).requires_grad_()
    assert torch.autograd.gradcheck(lambda x, *_: core.unroll(x)[0], (x, *core.parameters()))


def test_weights_come_from_the_generator_alone():
    before = torch.random.get_rng_state()
    first, second = (LSTM(3, output_size=2, hidden_size=4, generator=random_source(5)) for _ in range(2))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert all(map(torch.equal, first.parameters(), second.parameters()))
    assert first.output.weight.abs().max() <= 4**-0.5


@pytest.mark.parametrize("name", ["input_size", "output_size", "hidden_size", "num_layers"])
@pytest.mark.parametrize("value", [0, -1, 2.0, True, "8"])
def test_refused_sizes(name, value):
    with pytest.raises(ValueError, match=f"{name}={value!r}; it must be an integer of at least 1"):
        LSTM(**{"input_size": 3, name: value})
