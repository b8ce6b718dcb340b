"""No NaN or infinity where the reference has none, and none that spreads."""

import pytest
import torch

from dnc_agent.cores.contract import map_state, state_tensors
from tests.dnc_agent.helpers import normal, random_source
from tests.dnc_agent.kernels.both import assert_same, case, fused, outcome, reference, small_core


def _assert_finite(found):
    for name, value in found.items():
        assert value.isfinite().all(), name


@pytest.mark.parametrize("masked", [False, True])
def test_all_zero_memory_and_keys(masked):
    core, x, _, _ = case(1, 4, 2, masked_lookup=masked)
    with torch.no_grad():
        for parameter in core.parameters():
            parameter.zero_()
    arguments = core, x, core.initial_state(2)
    found = outcome(fused, *arguments)
    _assert_finite(found)
    assert_same(found, outcome(reference, *arguments), 1e-10)


def test_usages_of_exactly_zero_and_one():
    core, x, state, _ = case(2, 3, 2)
    usage = torch.tensor([[0.0, 1.0, 0.0, 1.0], [1.0, 1.0, 1.0, 0.0]], dtype=torch.float64)
    write = torch.tensor([[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]], dtype=torch.float64)
    # One read weighting of exactly 1, so that with open free gates a factor of the retention is 0.
    reads = torch.eye(4, dtype=torch.float64)[:2].expand(2, 2, 4)
    memory = state.memory._replace(usage=usage, write_weighting=write, read_weightings=reads)
    arguments = core, x, state._replace(memory=memory)
    found = outcome(fused, *arguments)
    _assert_finite(found)
    assert_same(found, outcome(reference, *arguments), 1e-10)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_huge_interface(dtype):
    core, x, state, _ = case(
        3, 4, 2, dtype=dtype, interface_bias={"read_strengths": 1e4, "write_strength": 1e4}
    )
    with torch.no_grad():
        core.interface.bias.copy_(torch.where(core.interface.bias.abs() > 1e3, core.interface.bias, 0.0))
        core.interface.bias[core.interface_rows()["read_strengths"]] = 1e4
        core.interface.bias[core.interface_rows()["write_strength"]] = 1e4
        for name in ("free_gates", "write_gate", "allocation_gate", "erase"):
            core.interface.bias[core.interface_rows()[name]] = 200.0
    _assert_finite(outcome(fused, core, x, state))


def test_ten_thousand_steps():
    core = small_core(backend="fused", tape_segment=100)
    x = normal(random_source(4), 10_000, 1, 3).float()
    y, state = core.unroll(x)
    y.square().mean().backward()
    _assert_finite({"y": y, **{str(k): leaf for k, leaf in enumerate(state_tensors(state))}})
    _assert_finite({name: parameter.grad for name, parameter in core.named_parameters()})


def test_nan_stays_in_its_element():
    core, x, state, _ = case(5, 4, 3)
    clean = outcome(fused, core, x, state)
    x = x.clone()
    x[1, 1] = torch.nan
    found = outcome(fused, core, x, state)
    assert found["y"][1:, 1].isnan().all()
    others = torch.tensor([0, 2])
    for name, value in found.items():
        if name in ("y", "d x"):
            assert torch.equal(value[:, others], clean[name][:, others]), name
        elif not name.startswith("d ") or name[2:] in ("memory", "link", "usage", "hidden", "cell", "reads"):
            assert torch.equal(value[others], clean[name][others]), name


def test_reset_clears_nan():
    core, x, state, _ = case(6, 5, 2)
    reset = torch.zeros(5, 2, dtype=torch.bool)
    reset[2, 0] = True
    broken = map_state(lambda leaf: leaf.index_fill(0, torch.tensor([0]), torch.nan), state)
    y, final = fused(core, x, broken, reset)
    expected, expected_final = fused(core, x[2:], core.initial_state(2))
    assert y[:2, 0].isnan().all()
    torch.testing.assert_close(y[2:, 0], expected[:, 0], rtol=1e-12, atol=1e-12)
    for leaf, other in zip(state_tensors(final), state_tensors(expected_final), strict=True):
        torch.testing.assert_close(leaf[0], other[0], rtol=1e-12, atol=1e-12)
    # Nothing of the element after the reset depends on what was before it, in the gradient either.
    y, _ = fused(core, x.requires_grad_(), state, reset)
    (d_x,) = torch.autograd.grad(y[2:, 0].sum(), x)
    assert d_x[:2].abs().max() == 0
