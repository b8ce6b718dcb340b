"""Every addressing equation against the numpy loops, over sizes and seeds."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dnc_agent.cores.dnc import addressing
from tests.dnc_agent import helpers, oracle
from tests.dnc_agent.helpers import SEEDS, SIZES, assert_close, examples, normal, random_source, uniform

BATCH = 2


def per_head(function, memory, keys, strengths, mask):
    """Loop a one-key oracle over the heads of one batch element."""
    masks = [None] * len(keys) if mask is None else mask
    return [function(memory, k, s, m) for k, s, m in zip(keys, strengths, masks, strict=True)]


@examples(30)
@given(SEEDS, SIZES, SIZES, SIZES, st.booleans(), st.sampled_from([1e-4, 1.0, 1e3]))
def test_content_weighting(seed, locations, width, heads, masked, scale):
    source = random_source(seed)
    memory = normal(source, BATCH, locations, width, scale=scale)
    keys = normal(source, BATCH, heads, width, scale=scale)
    strengths = uniform(source, BATCH, heads, low=1.0, high=30.0)
    mask = uniform(source, BATCH, heads, width) if masked else None
    expected = oracle.batched(
        lambda *element: per_head(oracle.content_weighting, *element),
        *(None if a is None else a.numpy() for a in (memory, keys, strengths, mask)),
    )
    actual = addressing.content_weighting(memory, keys, strengths, mask)
    assert_close(actual, expected)
    assert_close(actual.sum(-1), torch.ones(BATCH, heads))


@examples(20)
@given(SEEDS, SIZES, SIZES, SIZES, st.booleans())
def test_cosine_similarity(seed, locations, width, heads, masked):
    source = random_source(seed)
    memory, keys = normal(source, BATCH, locations, width), normal(source, BATCH, heads, width)
    mask = uniform(source, BATCH, heads, width) if masked else torch.ones_like(keys)
    actual = addressing.cosine_similarity(memory, keys, mask if masked else None)
    assert actual.shape == (BATCH, heads, locations)
    for b in range(BATCH):
        for r in range(heads):
            for i in range(locations):
                m = mask[b, r].numpy()
                expected = oracle.cosine(keys[b, r].numpy() * m, memory[b, i].numpy() * m)
                assert actual[b, r, i].item() == pytest.approx(expected, abs=1e-12)


@examples(20)
@given(SEEDS, SIZES, SIZES)
def test_retention(seed, locations, heads):
    source = random_source(seed)
    gates, weightings = uniform(source, BATCH, heads), helpers.weighting(source, BATCH, heads, locations)
    expected = oracle.batched(oracle.retention, gates.numpy(), weightings.numpy())
    assert_close(addressing.retention(gates, weightings), expected)


@examples(20)
@given(SEEDS, SIZES)
def test_usage_update(seed, locations):
    source = random_source(seed)
    used, psi = uniform(source, BATCH, locations), uniform(source, BATCH, locations)
    written = helpers.weighting(source, BATCH, locations)
    expected = oracle.batched(oracle.usage, used.numpy(), written.numpy(), psi.numpy())
    assert_close(addressing.usage_update(used, written, psi), expected)


@examples(40)
@given(SEEDS, st.integers(1, 9), st.booleans())
def test_allocation_weighting_also_with_ties(seed, locations, ties):
    used = uniform(random_source(seed), BATCH, locations)
    if ties:
        used = (used * 3).round() / 3
    expected = oracle.batched(oracle.allocation, used.numpy())
    actual = addressing.allocation_weighting(used)
    assert_close(actual, expected)
    assert (actual.sum(-1) <= 1 + 1e-12).all()


@examples(20)
@given(SEEDS, SIZES)
def test_write_weighting(seed, locations):
    source = random_source(seed)
    content, allocated = (helpers.weighting(source, BATCH, locations) for _ in range(2))
    write_gate, allocation_gate = uniform(source, BATCH), uniform(source, BATCH)
    arguments = (content, allocated, write_gate, allocation_gate)
    expected = oracle.batched(oracle.write_weighting, *(a.numpy() for a in arguments))
    assert_close(addressing.write_weighting(*arguments), expected)


@examples(20)
@given(SEEDS, SIZES, SIZES, st.booleans())
def test_write(seed, locations, width, wipe):
    source = random_source(seed)
    memory, vector = normal(source, BATCH, locations, width), normal(source, BATCH, width)
    weighting, erase = helpers.weighting(source, BATCH, locations), uniform(source, BATCH, width)
    psi = uniform(source, BATCH, locations) if wipe else None
    arguments = (memory, weighting, erase, vector, psi)
    expected = oracle.batched(oracle.write, *(None if a is None else a.numpy() for a in arguments))
    assert_close(addressing.write(*arguments), expected)


@examples(20)
@given(SEEDS, SIZES)
def test_precedence_and_links(seed, locations):
    source = random_source(seed)
    precedence, weighting = (helpers.weighting(source, BATCH, locations) for _ in range(2))
    link = helpers.random_link(source, BATCH, locations)
    assert_close(
        addressing.precedence_update(precedence, weighting),
        oracle.batched(oracle.precedence, precedence.numpy(), weighting.numpy()),
    )
    assert_close(
        addressing.link_update(link, precedence, weighting),
        oracle.batched(oracle.links, link.numpy(), precedence.numpy(), weighting.numpy()),
    )


@examples(40)
@given(SEEDS, st.integers(1, 8), st.integers(1, 9), st.booleans())
def test_keep_largest_also_with_ties(seed, locations, count, ties):
    weighting = helpers.weighting(random_source(seed), BATCH, locations)
    if ties:
        weighting = (weighting * 4).round() / 4
    expected = oracle.batched(oracle.keep_largest, weighting.numpy(), count=count)
    actual = addressing.keep_largest(weighting, count)
    assert_close(actual, expected)
    assert ((actual > 0).sum(-1) <= count).all()


@examples(30)
@given(SEEDS, SIZES, st.integers(1, 7))
def test_sparse_link_update(seed, locations, count):
    source = random_source(seed)
    precedence, weighting = (helpers.weighting(source, BATCH, locations) for _ in range(2))
    link = helpers.random_link(source, BATCH, locations) * locations / 2
    expected = oracle.batched(
        oracle.sparse_links, link.numpy(), precedence.numpy(), weighting.numpy(), count=count
    )
    actual = addressing.sparse_link_update(link, precedence, weighting, count)
    assert_close(actual, expected)
    assert ((actual == 0) | (actual >= 1 / count)).all()


@examples(20)
@given(SEEDS, SIZES, SIZES, SIZES)
def test_reading(seed, locations, width, heads):
    source = random_source(seed)
    memory, link = normal(source, BATCH, locations, width), helpers.random_link(source, BATCH, locations)
    before = helpers.weighting(source, BATCH, heads, locations)
    found = helpers.weighting(source, BATCH, heads, locations, total=1.0)
    modes = helpers.weighting(source, BATCH, heads, 3, total=1.0)
    backward, forward = addressing.directional_weightings(link, before)
    mixed = addressing.read_weighting(backward, found, forward, modes)
    vectors = addressing.read(memory, mixed)
    for b in range(BATCH):
        for r in range(heads):
            one_link, one_before = link[b].numpy(), before[b, r].numpy()
            back, ahead = oracle.backward(one_link, one_before), oracle.forward(one_link, one_before)
            expected = oracle.read_weighting(back, found[b, r].numpy(), ahead, modes[b, r].numpy())
            assert_close(backward[b, r], back)
            assert_close(forward[b, r], ahead)
            assert_close(mixed[b, r], expected)
            assert_close(vectors[b, r], oracle.read(memory[b].numpy(), expected))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_oneplus_is_one_plus_softplus_at_every_magnitude(dtype):
    z = torch.tensor([-1e4, -30.0, -1.0, 0.0, 1.0, 30.0, 1e4], dtype=dtype)
    expected = torch.tensor([oracle.oneplus(v) for v in z.tolist()], dtype=dtype)
    torch.testing.assert_close(addressing.oneplus(z), expected)
    assert addressing.oneplus(torch.tensor(0.0, dtype=dtype)).item() == pytest.approx(1 + math.log(2))
    assert (addressing.oneplus(z) >= 1).all()
    assert addressing.oneplus(z).dtype == dtype
