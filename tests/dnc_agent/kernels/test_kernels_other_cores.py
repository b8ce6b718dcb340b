"""The kernels of LSTM and Neural Turing Machine: the reference's outputs and gradients, for all sizes and options."""

import subprocess
import sys

import pytest
import torch
from hypothesis import given, strategies

from dnc_agent import LSTM, NTM, kernels
from dnc_agent.cores.contract import RecurrentCore, map_state, state_tensors
from tests.dnc_agent.helpers import SEEDS, examples, normal, random_source
from tests.dnc_agent.kernels.both import assert_same, other_case, other_fused, outcome, reference

CASES = {
    "lstm": (LSTM, {}),
    "lstm, three layers": (LSTM, {"num_layers": 3}),
    "lstm, no output layer": (LSTM, {"output_size": None}),
    "lstm, no clip": (LSTM, {"gradient_clip": None}),
    "lstm, tight clip": (LSTM, {"gradient_clip": 0.01, "num_layers": 2}),
    "ntm": (NTM, {"memory_size": 7, "word_size": 3}),
    "ntm, no output layer": (NTM, {"memory_size": 7, "word_size": 3, "output_size": None}),
    "ntm, tight clip": (NTM, {"memory_size": 7, "word_size": 3, "gradient_clip": 0.01}),
    "ntm, three layers": (NTM, {"memory_size": 7, "word_size": 3, "num_layers": 3}),
    "ntm, many heads": (NTM, {"memory_size": 9, "word_size": 4, "read_heads": 3, "write_heads": 2}),
    "ntm, more heads": (NTM, {"memory_size": 9, "word_size": 4, "read_heads": 5, "write_heads": 4}),
    "ntm, far shifts": (NTM, {"memory_size": 5, "word_size": 2, "shift_range": 2}),
    "ntm, as many shifts as locations": (NTM, {"memory_size": 3, "word_size": 3}),
}
every = pytest.mark.parametrize(("kind", "options"), CASES.values(), ids=CASES)
both = pytest.mark.parametrize(
    ("kind", "options"), [CASES["lstm"], CASES["ntm, many heads"]], ids=["lstm", "ntm"]
)


@every
def test_every_option_in_float64(kind, options):
    arguments = other_case(kind, 3, 5, 3, **options)
    assert_same(outcome(other_fused, *arguments), outcome(reference, *arguments), 1e-10)
    assert_same(outcome(other_fused, *arguments[:3]), outcome(reference, *arguments[:3]), 1e-10)


SIZES = {
    "steps": strategies.integers(1, 6),
    "batch": strategies.integers(1, 5),
    "num_layers": strategies.integers(1, 2),
    "hidden_size": strategies.integers(1, 9),
}
MEMORY = {
    "memory_size": strategies.integers(5, 21),
    "word_size": strategies.integers(3, 9),
    "read_heads": strategies.integers(1, 5),
    "write_heads": strategies.integers(1, 3),
    "shift_range": strategies.integers(1, 2),
}


@given(seed=SEEDS, double=strategies.booleans(), **SIZES)
@examples(15)
def test_lstm_of_random_sizes(seed, steps, batch, double, **sizes):
    dtype, tolerance = (torch.float64, 1e-10) if double else (torch.float32, 2e-5)
    arguments = other_case(LSTM, seed, steps, batch, dtype=dtype, **sizes)
    assert_same(outcome(other_fused, *arguments), outcome(reference, *arguments), tolerance)


@given(seed=SEEDS, **SIZES, **MEMORY)
@examples(25)
def test_ntm_of_random_sizes_in_float64(seed, steps, batch, **sizes):
    arguments = other_case(NTM, seed, steps, batch, **sizes)
    assert_same(outcome(other_fused, *arguments), outcome(reference, *arguments), 1e-9)


@given(seed=SEEDS, **SIZES, **MEMORY)
@examples(15)
def test_ntm_of_random_sizes_in_float32(seed, steps, batch, **sizes):
    """Against the reference in float64: both round, and neither is better than the other."""
    core, x, state, reset = other_case(NTM, seed, steps, batch, dtype=torch.float32, **sizes)
    found = outcome(other_fused, core, x, state, reset)
    expected = outcome(reference, core, x, state, reset)
    core.double()
    exact = outcome(reference, core, x.double(), map_state(torch.Tensor.double, state), reset)
    for name, value in exact.items():
        scale = value.norm().item() + 1e-20
        error = (found[name].double() - value).norm().item() / scale
        rounding = (expected[name].double() - value).norm().item() / scale
        assert error <= max(2e-5, 3 * rounding), f"{name}: {error:.1e}, the reference {rounding:.1e}"


@both
def test_whole_episodes_from_the_initial_state(kind, options):
    core, x, _, reset = other_case(kind, 8, 30, 4, dtype=torch.float32, resets=0.1, scale=0.3, **options)
    for dtype, tolerance in ((torch.float32, 5e-5), (torch.float64, 1e-10)):
        core.to(dtype)
        arguments = core, x.to(dtype), core.initial_state(4), reset
        found, expected = (outcome(run, *arguments, outputs_only=True) for run in (other_fused, reference))
        assert_same(found, expected, tolerance)


def test_a_memory_that_is_as_it_was_when_nothing_is_recorded():
    core, x, state, reset = other_case(NTM, 4, 9, 3, memory_size=6, word_size=4, write_heads=2)
    y, final = core.unroll(x, state, reset)
    with torch.no_grad():
        again, final_again = core.unroll(x, state, reset)
    assert torch.equal(y, again)
    for leaf, other in zip(state_tensors(final), state_tensors(final_again), strict=True):
        assert torch.equal(leaf, other)


@both
def test_cut_and_continued(kind, options):
    core, x, state, reset = other_case(kind, 1, 7, 3, **options)

    def in_two(core, x, state, reset):
        first, middle = core.unroll(x[:3], state, reset[:3])
        second, final = core.unroll(x[3:], middle, reset[3:])
        return torch.cat([first, second]), final

    whole = outcome(other_fused, core, x, state, reset)
    assert_same(outcome(in_two, core, x, state, reset), whole, 1e-12)


@both
def test_two_backward_passes_and_outputs_of_their_own(kind, options):
    core, x, state, reset = other_case(kind, 5, 4, 2, **options)
    y, final = core.unroll(x, state, reset)
    copies = [y.clone(), *(leaf.clone() for leaf in state_tensors(final))]
    first = torch.autograd.grad(y.sum(), list(core.parameters()), retain_graph=True)
    core.unroll(x + 1, state, reset)[0].sum().backward()
    second = torch.autograd.grad(y.sum(), list(core.parameters()))
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    assert all(torch.equal(a, b) for a, b in zip([y, *state_tensors(final)], copies, strict=True))


@both
def test_parameters_changed_before_the_backward_pass_are_noticed(kind, options):
    core, x, state, reset = other_case(kind, 7, 3, 2, **options)
    y, _ = core.unroll(x, state, reset)
    with torch.no_grad():
        core.controller.weights[0].mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


@both
def test_threads_share_the_batch(kind, options):
    arguments = other_case(kind, 8, 5, 37, **options)
    alone = outcome(other_fused, *arguments)
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        shared = outcome(other_fused, *arguments)
    finally:
        torch.set_num_threads(threads)
    assert_same(shared, alone, 1e-12)


@both
def test_nan_stays_in_its_element_until_a_reset(kind, options):
    core, x, state, _ = other_case(kind, 5, 5, 3, **options)
    reset = torch.zeros(5, 3, dtype=torch.bool)
    reset[3, 1] = True
    clean, clean_final = core.unroll(x, state, reset)
    broken = x.clone()
    broken[1, 1] = torch.nan
    y, final = core.unroll(broken, state, reset)
    assert y[1:3, 1].isnan().all()
    y[1:3, 1] = clean[1:3, 1]
    assert torch.equal(y, clean)
    for leaf, other in zip(state_tensors(final), state_tensors(clean_final), strict=True):
        assert torch.equal(leaf, other)


@both
def test_nothing_flows_back_through_a_reset(kind, options):
    core, x, state, _ = other_case(kind, 6, 5, 2, **options)
    reset = torch.zeros(5, 2, dtype=torch.bool)
    reset[2, 0] = True
    leaves = map_state(lambda leaf: leaf.clone().requires_grad_(), state)
    y, _ = core.unroll(x.requires_grad_(), leaves, reset)
    d_x, *d_state = torch.autograd.grad(y[2:, 0].sum(), [x, *state_tensors(leaves)], allow_unused=True)
    assert d_x[:2].abs().max() == 0
    assert d_x[2:, 0].abs().max() > 0
    assert all(d is None or d.abs().max() == 0 for d in d_state)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("scale", [0.0, 30.0])
def test_nothing_overflows(dtype, scale):
    """All heads alike, and heads that jump: hard gates, strengths and powers of hundreds."""
    core, x, state, reset = other_case(NTM, 3, 8, 2, dtype=dtype, scale=0.5, memory_size=6, word_size=3)
    with torch.no_grad():
        core.interface.weight.mul_(scale)
        core.interface.bias.mul_(scale)
    for name, value in outcome(other_fused, core, x, state, reset).items():
        assert value.isfinite().all(), name


@pytest.mark.parametrize(("backend", "count"), [("auto", 1), ("fused", 1), ("reference", 0)])
@both
def test_backends(monkeypatch, kind, options, backend, count):
    calls = []
    name = f"unroll_{kind.__name__.lower()}"
    run = getattr(kernels, name)
    monkeypatch.setattr(kernels, name, lambda *a, **k: calls.append(a) or run(*a, **k))
    core = kind(3, backend=backend, hidden_size=4, generator=random_source(0))
    x = normal(random_source(1), 2, 3, 3).float()
    y, _ = core.unroll(x)
    assert len(calls) == count
    torch.testing.assert_close(y, RecurrentCore.unroll(core, x)[0], rtol=1e-5, atol=1e-6)


@both
def test_where_the_kernels_cannot_run(kind, options):
    core = kind(3, hidden_size=4).to(torch.bfloat16)
    x = torch.zeros(1, 1, 3, dtype=torch.bfloat16)
    assert core.unroll(x)[0].dtype == torch.bfloat16
    core.backend = "fused"
    with pytest.raises(ValueError, match=r"backend='fused' cannot be used here: x has torch\.bfloat16"):
        core.unroll(x)
    with pytest.raises(ValueError, match="backend='cuda'; allowed are auto, reference, fused"):
        kind(3, backend="cuda")
    core = kind(3, hidden_size=4, backend="fused")
    with pytest.raises(ValueError, match="x has shape"):
        core.unroll(torch.zeros(2, 3, 4))
    with pytest.raises(ValueError, match="state is for a batch of 2"):
        core.unroll(torch.zeros(2, 3, 3), core.initial_state(2))


BLOCKED = """
import sys
sys.modules["numba"] = None
import torch
from dnc_agent import LSTM, NTM
for core in (LSTM(3, hidden_size=4), NTM(3, hidden_size=4, memory_size=3, word_size=2)):
    y, _ = core.unroll(torch.zeros(2, 1, 3))
    y.sum().backward()
"""


def test_without_numba_the_reference_runs():
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", BLOCKED], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
