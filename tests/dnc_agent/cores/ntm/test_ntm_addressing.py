"""Each equation of the Neural Turing Machine against plain loops, and what must hold of weightings."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dnc_agent.cores.dnc.addressing import content_weighting
from dnc_agent.cores.ntm import addressing
from dnc_agent.cores.ntm.interface import interface_size, parse_interface
from tests.dnc_agent.cores.ntm import oracle
from tests.dnc_agent.helpers import (
    SEEDS,
    assert_close,
    examples,
    normal,
    random_source,
    uniform,
    weighting,
)

B, H, N, W = 2, 2, 7, 3


def each(function, *arguments):
    """Apply a function of one head's arrays to every element and head."""
    arrays = [argument.numpy() for argument in arguments]
    return np.stack([[function(*(a[b, h] for a in arrays)) for h in range(H)] for b in range(B)])


@examples(20)
@given(SEEDS)
def test_interpolation(seed):
    source = random_source(seed)
    found, before, gates = weighting(source, B, H, N), weighting(source, B, H, N), uniform(source, B, H)
    assert_close(addressing.interpolate(found, before, gates), each(oracle.interpolate, found, before, gates))


@examples(30)
@given(SEEDS, st.integers(0, 3))
def test_shift(seed, reach):
    source = random_source(seed)
    before = weighting(source, B, H, N)
    shifts = weighting(source, B, H, 2 * reach + 1, total=1.0)
    assert_close(addressing.shift(before, shifts), each(oracle.shift, before, shifts))


def test_a_shift_by_one_moves_up_and_around_the_end():
    before = torch.tensor([[[0.1, 0.2, 0.3, 0.4]]])
    up, down = torch.tensor([[[0.0, 0.0, 1.0]]]), torch.tensor([[[1.0, 0.0, 0.0]]])
    assert_close(addressing.shift(before, up)[0, 0], [0.4, 0.1, 0.2, 0.3], 1e-7)
    assert_close(addressing.shift(before, down)[0, 0], [0.2, 0.3, 0.4, 0.1], 1e-7)


@examples(20)
@given(SEEDS)
def test_sharpening(seed):
    source = random_source(seed)
    before, powers = weighting(source, B, H, N), uniform(source, B, H, low=1.0, high=9.0)
    assert_close(addressing.sharpen(before, powers), each(oracle.sharpen, before, powers))


def test_sharpening_to_a_power_that_underflows():
    even = torch.full((1, 1, 128), 1 / 128, requires_grad=True)
    powers = torch.tensor([[40.0]], requires_grad=True)
    sharp = addressing.sharpen(even, powers)
    assert_close(sharp, even.detach(), 1e-6)
    (sharp * torch.arange(128)).sum().backward()
    assert even.grad.isfinite().all()
    assert powers.grad.isfinite().all()


@examples(20)
@given(SEEDS, st.integers(1, 3))
def test_writing_and_reading(seed, heads):
    source = random_source(seed)
    memory, written = normal(source, B, N, W), weighting(source, B, heads, N)
    erase, add = uniform(source, B, heads, W), normal(source, B, heads, W)
    after = addressing.write(memory, written, erase, add)
    reads = addressing.read(after, written)
    for b in range(B):
        expected = oracle.write(*(part[b].numpy() for part in (memory, written, erase, add)))
        assert_close(after[b], expected)
        for h in range(heads):
            assert_close(reads[b, h], oracle.read(expected, written[b, h].numpy()))


@pytest.mark.parametrize("scale", [1.0, 50.0])
@examples(20)
@given(seed=SEEDS)
def test_weightings_stay_distributions(scale, seed):
    source = random_source(seed)
    size = interface_size(W, H, 1, 3)
    told = parse_interface(normal(source, B, size, scale=scale), W, H, 1, 3).addressing
    before = weighting(source, B, H, N, total=1.0)
    found = content_weighting(normal(source, B, N, W), told.keys, told.strengths)
    gated = addressing.interpolate(found, before, told.gates)
    moved = addressing.shift(gated, told.shifts)
    for part in (gated, moved, addressing.sharpen(moved, told.powers)):
        assert (part >= 0).all()
        assert_close(part.sum(-1), torch.ones(B, H), 1e-9)


def test_gradients_of_every_equation():
    source = random_source(3)
    memory, before = normal(source, 1, 4, 2), weighting(source, 1, 2, 4, total=1.0)
    gates, shifts = uniform(source, 1, 2), weighting(source, 1, 2, 3, total=1.0)
    powers = uniform(source, 1, 2, low=1.2, high=3.0)
    erase, add = uniform(source, 1, 2, 2), normal(source, 1, 2, 2)
    cases = (
        (addressing.interpolate, (before, before.flip(-1), gates)),
        (addressing.shift, (before, shifts)),
        (addressing.sharpen, (before, powers)),
        (addressing.write, (memory, before, erase, add)),
        (addressing.read, (memory, before)),
    )
    for function, arguments in cases:
        leaves = [argument.clone().requires_grad_() for argument in arguments]
        assert torch.autograd.gradcheck(function, leaves)


def test_the_raw_vector_is_cut_from_left_to_right():
    source = random_source(4)
    raw = normal(source, B, interface_size(W, 3, 2, 5), scale=2.0)
    interface = parse_interface(raw, W, 3, 2, 5)
    for b in range(B):
        told, erase, add = oracle.parse(raw[b].numpy(), W, 3, 2, 5)
        assert_close(interface.erase[b], np.stack(erase))
        assert_close(interface.add[b], np.stack(add))
        for h in range(3):
            mine = interface.addressing
            parts = (mine.keys, mine.strengths, mine.gates, mine.shifts, mine.powers)
            for part, expected in zip(parts, told[h].values(), strict=True):
                assert_close(part[b, h], expected)
