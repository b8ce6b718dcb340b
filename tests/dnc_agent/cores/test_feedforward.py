"""The controller without a state."""

import pytest
import torch

from dnc_agent import DNC
from dnc_agent.cores.feedforward import FeedForward
from tests.dnc_agent import oracle
from tests.dnc_agent.helpers import assert_close, make_dnc, normal, random_source


@pytest.mark.parametrize("layers", [1, 3])
def test_against_the_oracle(layers):
    source = random_source(0)
    net = FeedForward(4, 3, layers, generator=source).double()
    x = normal(source, 2, 4)
    h, after = net(x, net.initial_state(2))
    weights = [[p.detach().numpy() for p in parameters] for parameters in (net.weights, net.biases)]
    for b in range(2):
        assert_close(h[b], oracle.feedforward(*weights, x[b].numpy()))
    assert after.hidden.shape == after.cell.shape == (2, layers, 0)


def test_gradients_are_clipped_at_every_activation():
    net = FeedForward(2, 3, gradient_clip=0.01, generator=random_source(1)).double()
    x = normal(random_source(2), 1, 2)
    h, _ = net(x, net.initial_state(1))
    (100 * h).sum().backward()
    assert_close(net.biases[0].grad, 0.01 * (1 - h[0].detach() ** 2))
    with pytest.raises(ValueError, match=r"gradient_clip=0\.0; it must be above 0"):
        FeedForward(2, 3, gradient_clip=0.0)


def test_only_the_memory_carries_anything_from_step_to_step():
    core = make_dnc(3, controller="feedforward")
    x = normal(random_source(4), 3, 2, 3)
    _, state = core.step(x[0], core.initial_state(2))
    second, _ = core.step(x[1], state)
    again, _ = core.step(x[1], core.initial_state(2))
    assert not torch.equal(second, again)
    assert state.controller.hidden.numel() == 0


def test_it_forgets_nothing():
    with pytest.raises(ValueError, match=r"forget_bias=3\.0; a feed-forward controller forgets nothing"):
        DNC(3, controller="feedforward", forget_bias=3.0)
