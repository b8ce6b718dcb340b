"""Products with rounded factors: near the exact ones, float64 untouched, weights and gradients in full precision."""

import pytest
import torch

from dnc_agent import DNC
from dnc_agent.cores import CORES, make_core
from dnc_agent.cores.matmul import linear
from tests.dnc_agent.helpers import OPTIONS, normal, random_source

ROUNDING = 2.0**-9  # of a factor, relative
SIZES = {"hidden_size": 32, "memory_size": 8, "word_size": 16, "read_heads": 2}


def gradients(precision, dtype, *, reference=False, name="dnc", resets=True, **options):
    """Outputs and gradients of all parameters and of the input, from the same weights in any dtype."""
    options |= {"matmul_precision": precision}
    if name == "dnc":
        options |= SIZES | {"backend": "reference" if reference else "fused"}
    else:
        options |= {"hidden_size": 32}
    core = make_core(name, 20, options, random_source(0)).to(dtype)
    source = random_source(1)
    x = normal(source, 12, 16, 20).to(dtype).requires_grad_()
    reset = torch.rand(12, 16, generator=source) < 0.1 if resets else None
    y, _ = core.unroll(x, None, reset)
    aim = normal(source, *y.shape).to(dtype)
    found = torch.autograd.grad((y - aim).square().mean(), [x, *core.parameters()])
    names = ["y", "x", *(name for name, _ in core.named_parameters())]
    assert all(part.dtype == dtype for part in (y, *found))
    return {name: part.detach().double() for name, part in zip(names, (y, *found), strict=True)}


def errors(found, expected):
    return {name: float((found[name] - expected[name]).norm() / expected[name].norm()) for name in expected}


VARIANTS = {
    "dnc": {},
    "dnc reference": {"reference": True},
    "dnc with skips and a norm": {"interface_skip": True, "reads_skip": True, "interface_norm": True},
    "dnc with three layers": {"num_layers": 3, "interface_bias": {"write_gate": 1.0}},
    "dnc in segments": {"tape_segment": 5},
    "feed-forward": {"controller": "feedforward"},
    "feed-forward reference": {"controller": "feedforward", "reference": True},
    "lstm": {"name": "lstm", "num_layers": 2},
}


@pytest.mark.parametrize("options", VARIANTS.values(), ids=VARIANTS)
def test_near_the_exact_numbers(options):
    exact = gradients("fp32", torch.float64, **options)
    single = errors(gradients("fp32", torch.float32, **options), exact)
    rounded = errors(gradients("bf16", torch.float32, **options), exact)
    assert max(single.values()) < 1e-5
    # Errors of many roundings, some of which go through twelve steps.
    assert max(rounded.values()) < 16 * ROUNDING, rounded
    assert min(rounded.values()) > 1e-5, "nothing was rounded"


def test_kernels_and_reference_round_alike():
    fused, reference = gradients("bf16", torch.float32), gradients("bf16", torch.float32, reference=True)
    assert max(errors(fused, reference).values()) < 16 * ROUNDING


@pytest.mark.parametrize("reference", [False, True])
def test_float64_is_left_alone(reference):
    rounded = gradients("bf16", torch.float64, reference=reference)
    for name, part in gradients("fp32", torch.float64, reference=reference).items():
        assert torch.equal(part, rounded[name]), name


def test_acting_and_unrolling_agree():
    core = DNC(20, **SIZES, matmul_precision="bf16", generator=random_source(0))
    x = normal(random_source(1), 7, 4, 20).float()
    stepper = core.stepper(4, record=True)
    steps = torch.stack([stepper.step(row) for row in x])
    expected = core.unroll(x)[0]
    torch.testing.assert_close(steps, expected, rtol=0, atol=1e-3)
    torch.testing.assert_close(stepper.features(), expected, rtol=0, atol=1e-3)


def test_a_linear_layer():
    source = random_source(0)
    x, weight, bias = normal(source, 5, 64), normal(source, 7, 64), normal(source, 7)
    exact = x @ weight.t() + bias
    for given, expected in ((bias, exact), (None, exact - bias)):
        found = linear(x.float(), weight.float(), None if given is None else given.float(), "bf16")
        assert found.dtype == torch.float32
        assert (found.double() - expected).norm() < 2 * ROUNDING * expected.norm()
        plain = linear(x, weight, given, "fp32")
        torch.testing.assert_close(plain, expected)


@pytest.mark.parametrize("name", [name for name in CORES if hasattr(CORES[name].Options, "matmul_precision")])
def test_others_are_refused(name):
    with pytest.raises(ValueError, match="matmul_precision='tf32'; allowed are fp32, bf16"):
        make_core(name, 3, {"matmul_precision": "tf32"})


def test_all_options_together():
    options = {**OPTIONS, "num_layers": 2} | SIZES
    core = DNC(20, **options, matmul_precision="bf16", backend="fused", generator=random_source(0))
    y, _ = core.unroll(normal(random_source(1), 4, 16, 20).float())
    y.square().mean().backward()
    assert all(torch.isfinite(parameter.grad).all() for parameter in core.parameters())
