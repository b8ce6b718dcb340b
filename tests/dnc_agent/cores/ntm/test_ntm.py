"""The whole Neural Turing Machine: a step against plain loops, its gradient, what it can learn."""

import pytest
import torch

from dnc_agent import NTM
from dnc_agent.cores.contract import map_state, resized, state_tensors
from dnc_agent.cores.ntm.options import EMPTY
from dnc_agent.cores.ntm.state import NTMState
from tests.dnc_agent.cores.ntm import oracle
from tests.dnc_agent.helpers import assert_close, normal, random_source

SMALL = {"hidden_size": 4, "memory_size": 5, "word_size": 3, "read_heads": 1, "output_size": 2}
OPTIONS = {"one head": {}, "many": {"read_heads": 2, "write_heads": 2, "num_layers": 2, "shift_range": 2}}


def make_ntm(seed=0, **changes):
    source = random_source(seed)
    core = NTM(3, generator=source, **(SMALL | changes)).double()
    with torch.no_grad():
        for parameter in core.parameters():
            parameter.copy_(normal(source, *parameter.shape, scale=0.7))
    return core


def some_state(core, batch, seed=1):
    """In the middle of an episode."""
    x = normal(random_source(seed), 4, batch, 3)
    return map_state(torch.Tensor.detach, core.unroll(x)[1])


def arrays(state, b):
    parts = (*state.controller, *state[1:])
    names = ("hidden", "cell", "memory", "written", "read", "reads")
    return {name: part[b].detach().numpy() for name, part in zip(names, parts, strict=True)}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize("fresh", [True, False])
def test_steps_against_plain_loops(options, fresh):
    core = make_ntm(2, **options)
    weights = {
        "controller": [[p.detach().numpy() for p in ps] for ps in (core.controller.weights, core.controller.biases)],
        "interface": core.interface.weight.detach().numpy(),
        "bias": core.interface.bias.detach().numpy(),
        "output": core.output.weight.detach().numpy(),
    }  # fmt: skip
    state = core.initial_state(2) if fresh else some_state(core, 2)
    expected = [arrays(state, b) for b in range(2)]
    for x in normal(random_source(3), 3, 2, 3):
        y, state = core.step(x, state)
        for b in range(2):
            output, expected[b] = oracle.step(weights, core.options, x[b].numpy(), expected[b])
            assert_close(y[b], output, 1e-9)
            for name, value in arrays(state, b).items():
                assert_close(value, expected[b][name], 1e-9)


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_gradcheck_of_a_step(options):
    core = make_ntm(4, gradient_clip=None, hidden_size=2, word_size=2, output_size=1, **options)
    leaves = [leaf.clone().requires_grad_() for leaf in state_tensors(some_state(core, 1))]
    x = normal(random_source(5), 1, 3).requires_grad_()

    def step(x, hidden, cell, *rest):
        controller = type(core.initial_state(1).controller)(hidden, cell)
        y, after = core.step(x, NTMState(controller, *rest[:4]))
        return (y, *state_tensors(after))

    assert torch.autograd.gradcheck(step, (x, *leaves, *core.parameters()))


def test_an_episode_starts_with_an_even_memory_and_all_heads_on_its_first_location():
    state = make_ntm(write_heads=2).initial_state(3)
    assert (state.memory == EMPTY).all()
    assert (state.reads == EMPTY).all()
    for weightings in (state.write_weightings, state.read_weightings):
        assert (weightings[..., 0] == 1).all()
        assert (weightings[..., 1:] == 0).all()


def test_what_the_heads_did_comes_by_name():
    core = make_ntm(6)
    state = some_state(core, 2)
    _, after, told = core.trace(normal(random_source(7), 2, 3), state)
    assert torch.equal(told["write_weighting"], after.write_weightings[:, 0])
    assert torch.equal(told["read_weightings"], after.read_weightings)
    assert torch.equal(told["memory"], after.memory)
    assert told["read_shifts"].shape == (2, 1, 3)
    assert {"read_gates", "write_gates", "read_sharpening", "write_strengths", "erase", "add"} <= told.keys()
    several = make_ntm(6, write_heads=2)
    _, _, told = several.trace(normal(random_source(7), 2, 3), some_state(several, 2))
    assert told["write_weightings"].shape == (2, 2, 5)


def test_a_shift_range_needs_locations():
    with pytest.raises(ValueError, match="memory_size=4; with shift_range=2 at least 5 locations are needed"):
        NTM(3, memory_size=4, shift_range=2)
    with pytest.raises(ValueError, match="memory_size=2"), resized(make_ntm(), 2):
        pass


def test_a_short_copy_is_learned():
    """Two words of three random bits, then both again."""
    source = random_source(0)
    sizes = {"output_size": 3, "hidden_size": 16, "memory_size": 6, "word_size": 6}
    core = NTM(5, **sizes, generator=source)
    optimizer = torch.optim.Adam(core.parameters(), lr=1e-2)
    losses = []
    for _ in range(200):
        bits = torch.randint(0, 2, (2, 16, 3), generator=source).float()
        x = torch.zeros(5, 16, 5)
        x[:2, :, :3], x[:2, :, 3], x[2, :, 4] = bits, 1.0, 1.0
        y, _ = core.unroll(x)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(y[3:], bits)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[0] > 0.6
    assert sum(losses[-10:]) / 10 < 0.1
