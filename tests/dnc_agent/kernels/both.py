"""Runs the reference and the kernels on the same weights, states and inputs."""

import torch

from dnc_agent import DNC, LSTM, NTM, kernels
from dnc_agent.cores.contract import RecurrentCore, map_state, state_tensors
from tests.dnc_agent.helpers import make_dnc, normal, random_source, random_state, uniform

LEAVES = ("hidden", "cell", "memory", "usage", "write", "precedence", "link", "read weightings", "reads")


OTHERS = {
    LSTM: ("hidden", "cell"),
    NTM: ("hidden", "cell", "memory", "write weightings", "read weightings", "reads"),
}


def names_of(core):
    """Of the tensors of a core's state."""
    return OTHERS.get(type(core), LEAVES)


def reference(core, x, state, reset=None):
    return RecurrentCore.unroll(core, x, state, reset)


def fused(core, x, state, reset=None):
    obstacle = kernels.supports(core.interface.weight, x)
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


def other_case(kind, seed, steps, batch, *, dtype=torch.float64, resets=0.2, scale=0.7, **options):
    """The same of an LSTM or a Neural Turing Machine; all weights are normal."""
    source = random_source(seed)
    core = kind(3, **{"hidden_size": 5, "output_size": 2} | options, backend="fused").to(dtype)
    with torch.no_grad():
        for parameter in core.parameters():
            parameter.copy_(normal(source, *parameter.shape, scale=scale))
    before = normal(source, 4, batch, 3).to(dtype)
    state = map_state(torch.Tensor.detach, reference(core, before, None)[1])
    return core, normal(source, steps, batch, 3).to(dtype), state, uniform(source, steps, batch) < resets


def other_fused(core, x, state, reset=None):
    return core.unroll(x, state, reset)


def outcome(run, core, x, state, reset=None, *, outputs_only=False, seed=5):
    """Outputs and gradients of a random linear function of them, by name."""
    x = x.clone().requires_grad_()
    state = map_state(lambda leaf: leaf.clone().requires_grad_(), state)
    y, final = run(core, x, state, reset)
    names = names_of(core)
    outputs = dict(zip(("y", *names), (y, *state_tensors(final)), strict=True))
    if outputs_only:
        outputs = {"y": y}
    source = random_source(seed)
    total = sum((out * normal(source, *out.shape).to(out.dtype)).sum() for out in outputs.values())
    inputs = {"x": x, **dict(zip(names, state_tensors(state), strict=True)), **dict(core.named_parameters())}
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
