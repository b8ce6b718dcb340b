"""Runs the reference and the kernels on the same weights, states and inputs."""

import torch

from dnc_agent import DNC, kernels
from dnc_agent.cores.contract import RecurrentCore, map_state, state_tensors
from tests.dnc_agent.helpers import make_dnc, normal, random_source, random_state, uniform

LEAVES = ("hidden", "cell", "memory", "usage", "write", "precedence", "link", "read weightings", "reads")


def reference(core, x, state, reset=None):
    return RecurrentCore.unroll(core, x, state, reset)


def fused(core, x, state, reset=None):
    obstacle = kernels.supports(core.options, core.interface.weight, x)
    assert obstacle is None, obstacle
    segment = core.options.tape_segment
    features, final = kernels.unroll(*core.for_kernels(), x, state, reset, segment=segment)
    return features if core.output is None else core.output(features), final


def make_actor(core, batch, **how):
    return kernels.Actor(*core.for_kernels(), batch, readout=core.output, **how)


def case(seed, steps, batch, *, dtype=torch.float64, resets=0.2, **options):
    """A random core, input, state in the middle of an episode and resets."""
    source = random_source(seed)
    core = make_dnc(seed, **options).to(dtype)
    x = normal(source, steps, batch, core.input_size).to(dtype)
    state = map_state(lambda leaf: leaf.to(dtype), random_state(source, core, batch))
    return core, x, state, uniform(source, steps, batch) < resets


def outcome(run, core, x, state, reset=None, *, outputs_only=False, seed=5):
    """Outputs and gradients of a random linear function of them, by name."""
    x = x.clone().requires_grad_()
    state = map_state(lambda leaf: leaf.clone().requires_grad_(), state)
    y, final = run(core, x, state, reset)
    outputs = dict(zip(("y", *LEAVES), (y, *state_tensors(final)), strict=True))
    if outputs_only:
        outputs = {"y": y}
    source = random_source(seed)
    total = sum((out * normal(source, *out.shape).to(out.dtype)).sum() for out in outputs.values())
    inputs = {"x": x, **dict(zip(LEAVES, state_tensors(state), strict=True)), **dict(core.named_parameters())}
    found = torch.autograd.grad(total, list(inputs.values()), allow_unused=True)
    gradients = {
        f"d {name}": torch.zeros_like(inputs[name]) if gradient is None else gradient
        for name, gradient in zip(inputs, found, strict=True)
    }
    return {**{name: out.detach() for name, out in outputs.items()}, **gradients}


def assert_same(found, expected, tolerance):
    """Every tensor of one agrees with the other's, relative to its largest entry.

    A gradient that is zero but for rounding is measured against the largest of all.
    """
    assert found.keys() == expected.keys()
    expected = {name: value for name, value in expected.items() if value.numel()}
    largest = max(value.abs().max().item() for value in expected.values())
    for name, value in expected.items():
        scale = max(value.abs().max().item(), 1e-4 * largest)
        error = (found[name] - value).abs().max().item()
        assert error <= tolerance * scale, f"{name}: error {error:.2e} at scale {scale:.2e}"


def small_core(seed=0, **options):
    """A fused core in float32 with its own initial weights."""
    sizes = {"hidden_size": 8, "memory_size": 5, "word_size": 4, "read_heads": 2, **options}
    return DNC(3, generator=random_source(seed), **sizes)
