"""Acting step by step, and learning from the tape of it."""

import pytest
import torch

from dnc_agent import DNC
from dnc_agent.cores.contract import map_state, reset_where, state_tensors
from dnc_agent.kernels import tape
from tests.dnc_agent.helpers import OPTIONS
from tests.dnc_agent.kernels.both import case, fused, make_actor

CASES = {
    "paper": {},
    "all": {**OPTIONS, "num_layers": 2},
    "feed-forward": {"controller": "feedforward", "num_layers": 2},
}


def _run(actor, x, reset):
    outputs = []
    for t in range(len(x)):
        actor.reset(reset[t])
        outputs.append(actor.step(x[t]))
    return torch.stack(outputs)


@pytest.mark.parametrize("record", [False, True])
@pytest.mark.parametrize("options", CASES.values(), ids=CASES.keys())
def test_steps_are_those_of_the_core(options, record):
    core, x, _, reset = case(1, 7, 3, **options)
    actor = make_actor(core, 3, record=record, chunk=3)
    state, initial = core.initial_state(3), core.initial_state(3)
    for t in range(7):
        state = reset_where(reset[t], initial, state)
        with torch.no_grad():
            expected, state = core.step(x[t], state)
        actor.reset(reset[t])
        torch.testing.assert_close(actor.step(x[t]), expected, rtol=1e-10, atol=1e-12)
        for leaf, other in zip(state_tensors(actor.state()), state_tensors(state), strict=True):
            torch.testing.assert_close(leaf, other, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("chunk", [1, 3, 7, 20])
@pytest.mark.parametrize("options", CASES.values(), ids=CASES.keys())
def test_gradients_from_the_tape_are_those_of_the_unrolled_core(options, chunk):
    core, x, state, reset = case(2, 7, 3, **options)
    actor = make_actor(core, 3, record=True, state=state, chunk=chunk)
    acted = _run(actor, x, reset)
    parameters = list(core.parameters())
    y = actor.features()
    torch.testing.assert_close(y, acted, rtol=1e-12, atol=1e-12)
    expected, _ = fused(core, x, state, reset)
    for found, gradient in zip(
        torch.autograd.grad(y.square().sum(), parameters),
        torch.autograd.grad(expected.square().sum(), parameters),
        strict=True,
    ):
        torch.testing.assert_close(found, gradient, rtol=1e-10, atol=1e-12)


def test_the_next_recording_starts_in_the_current_state():
    core, x, _, reset = case(3, 6, 2)
    actor = make_actor(core, 2, record=True, chunk=4)
    first = _run(actor, x[:3], reset[:3])
    assert len(actor.features()) == 3
    actor.reset(torch.tensor([True, False]))
    second = _run(actor, x[3:], reset[3:])
    together = reset.clone()
    together[3, 0] = True
    expected, _ = fused(core, x, core.initial_state(2), together)
    torch.testing.assert_close(torch.cat([first, second]), expected, rtol=1e-10, atol=1e-12)
    assert len(actor.features()) == 3


def test_handed_out_tensors_stay_as_they_are():
    core, x, _, reset = case(4, 4, 2, output_size=None)
    actor = make_actor(core, 2)
    first, state = actor.step(x[0]), actor.state()
    copies = [first.clone(), *(leaf.clone() for leaf in state_tensors(state))]
    _run(actor, x[1:], reset[1:])
    assert all(torch.equal(a, b) for a, b in zip([first, *state_tensors(state)], copies, strict=True))


def test_reset_without_a_mask_starts_all_over():
    core, x, _, reset = case(5, 3, 2)
    actor = make_actor(core, 2)
    once = _run(actor, x, torch.zeros_like(reset))
    actor.reset()
    assert all(leaf.abs().max() == 0 for leaf in state_tensors(actor.state()))
    torch.testing.assert_close(_run(actor, x, torch.zeros_like(reset)), once, rtol=0, atol=0)


def test_follows_the_parameters_while_it_does_not_record():
    core, x, _, reset = case(6, 2, 2)
    actor = make_actor(core, 2)
    actor.step(x[0])
    with torch.no_grad():
        core.interface.weight.mul_(2)
    after = actor.step(x[1])
    assert not torch.equal(after, _run(make_actor(core, 2), x, torch.zeros_like(reset))[1])
    actor.reset()
    torch.testing.assert_close(actor.step(x[0]), make_actor(core, 2).step(x[0]), rtol=0, atol=0)


def test_parameters_that_change_under_a_recording_are_an_error():
    core, x, _, _ = case(7, 2, 2)
    actor = make_actor(core, 2, record=True)
    actor.step(x[0])
    features = actor.features()
    actor.step(x[0])
    with torch.no_grad():
        core.interface.weight.mul_(2)
    with pytest.raises(RuntimeError, match="parameters changed while an episode was being recorded"):
        actor.step(x[1])
    with pytest.raises(RuntimeError, match="parameters changed since the episode was recorded"):
        actor.features()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        features.sum().backward()


def test_misuse_is_explained():
    core = DNC(3, hidden_size=4, memory_size=3, word_size=2, read_heads=1)
    with pytest.raises(ValueError, match="batch_size=0"):
        make_actor(core, 0)
    actor = make_actor(core, 2)
    with pytest.raises(ValueError, match=r"x has shape \(1, 3\); expected \(2, 3\)"):
        actor.step(torch.zeros(1, 3))
    with pytest.raises(RuntimeError, match="record=True"):
        actor.features()
    with pytest.raises(RuntimeError, match="no step has been recorded"):
        make_actor(core, 2, record=True).features()
    with torch.inference_mode():
        assert actor.step(torch.zeros(2, 3)).shape == (2, core.feature_size)


@pytest.mark.parametrize("options", [{}, {"sparse_links": 2}])
@pytest.mark.parametrize("steps", [4, 6, 7])
def test_a_tape_that_keeps_few_copies_and_ends_early(monkeypatch, options, steps):
    monkeypatch.setattr(tape, "KEEP_ALL_BYTES", 0)
    core, x, state, reset = case(9, steps, 3, **options)
    actor = make_actor(core, 3, record=True, state=state, chunk=9)
    _run(actor, x, reset)
    parameters = list(core.parameters())
    expected, final = fused(core, x, state, reset)
    torch.testing.assert_close(actor.state(), final, rtol=1e-10, atol=1e-12)
    for found, gradient in zip(
        torch.autograd.grad(actor.features().square().sum(), parameters),
        torch.autograd.grad(expected.square().sum(), parameters),
        strict=True,
    ):
        torch.testing.assert_close(found, gradient, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("chunk", [2, 20])
@pytest.mark.parametrize("options", CASES.values(), ids=CASES.keys())
def test_gradients_flow_into_the_state_that_acting_started_in(options, chunk):
    core, x, state, reset = case(10, 5, 3, **options)
    found = []
    for run in ("tape", "unroll"):
        leaves = map_state(lambda leaf: leaf.clone().requires_grad_(), state)
        if run == "tape":
            actor = make_actor(core, 3, record=True, state=leaves, chunk=chunk)
            _run(actor, x, reset)
            y = actor.features()
        else:
            y, _ = fused(core, x, leaves, reset)
        inputs = [*state_tensors(leaves), *core.parameters()]
        found.append(torch.autograd.grad(y.square().sum(), inputs))
    for tape_gradient, gradient in zip(*found, strict=True):
        torch.testing.assert_close(tape_gradient, gradient, rtol=1e-10, atol=1e-12)
    assert all(gradient.abs().max() > 0 for gradient in found[0][:3] if gradient.numel())


def test_one_prefix_and_the_branches_that_continue_it():
    """Prefix unrolled with a graph, branches acted out, both recorded: the gradient of the whole."""
    core, x, state, _ = case(11, 4, 4)
    prefix, branch_of = x[:3, :2], torch.tensor([0, 1, 1, 1])
    start = map_state(lambda leaf: leaf[:2], state)
    told = [fused(core, prefix, start)[1] for _ in range(2)]
    forks = [map_state(lambda leaf: leaf[branch_of], end) for end in told]
    actor = make_actor(core, 4, record=True, state=forks[0])
    _run(actor, x, torch.zeros(4, 4, dtype=torch.bool))
    parameters = list(core.parameters())
    found = torch.autograd.grad(actor.features().square().sum(), parameters)
    expected = torch.autograd.grad(fused(core, x, forks[1])[0].square().sum(), parameters)
    for tape_gradient, gradient in zip(found, expected, strict=True):
        torch.testing.assert_close(tape_gradient, gradient, rtol=1e-10, atol=1e-12)


def test_gradients_stop_between_recordings():
    core, x, state, _ = case(12, 2, 2)
    state = map_state(lambda leaf: leaf.clone().requires_grad_(), state)
    actor = make_actor(core, 2, record=True, state=state)
    actor.step(x[0])
    actor.features()
    with pytest.raises(RuntimeError, match="no step has been recorded"):
        actor.features()
    actor.step(x[1])
    leaves = state_tensors(state)
    second = torch.autograd.grad(actor.features().sum(), leaves, allow_unused=True)
    assert all(gradient is None for gradient in second)
