"""Gradients of the addressing equations: exact in float64, bounded where memory is empty."""

import pytest
import torch

from dnc_agent.cores.dnc import addressing
from tests.dnc_agent import helpers
from tests.dnc_agent.helpers import assert_close, normal, random_source, separated_usage, uniform

B, N, W, R = 2, 4, 3, 2


def cases(seed):
    """Name -> (function, float64 inputs)."""
    source = random_source(seed)
    memory, keys, mask = normal(source, B, N, W), normal(source, B, R, W), uniform(source, B, R, W)
    strengths = uniform(source, B, R, low=1.0, high=9.0)
    w, w2 = helpers.weighting(source, B, N), helpers.weighting(source, B, N)
    heads, psi, used = (
        helpers.weighting(source, B, R, N),
        uniform(source, B, N),
        separated_usage(source, B, N),
    )
    erase, vector, gate, gate2 = uniform(source, B, W), normal(source, B, W), *uniform(source, 2, B)
    link = helpers.random_link(source, B, N)
    return {
        "oneplus": (addressing.oneplus, (vector,)),
        "cosine": (addressing.cosine_similarity, (memory, keys)),
        "masked cosine": (addressing.cosine_similarity, (memory, keys, mask)),
        "content": (addressing.content_weighting, (memory, keys, strengths)),
        "masked content": (addressing.content_weighting, (memory, keys, strengths, mask)),
        "retention": (addressing.retention, (uniform(source, B, R), heads)),
        "usage": (addressing.usage_update, (used, w, psi)),
        "allocation": (addressing.allocation_weighting, (used,)),
        "write weighting": (addressing.write_weighting, (w, w2, gate, gate2)),
        "write": (addressing.write, (memory, w, erase, vector)),
        "write and wipe": (addressing.write, (memory, w, erase, vector, psi)),
        "precedence": (addressing.precedence_update, (w, w2)),
        "links": (addressing.link_update, (link, w, w2)),
        "keep largest": (lambda x: addressing.keep_largest(x, 2), (w,)),
        "sparse links": (lambda *x: addressing.sparse_link_update(*x, 3), (link, w, w2)),
        "directions": (addressing.directional_weightings, (link, heads)),
        "read weighting": (addressing.read_weighting, (heads, heads.flip(0), heads.flip(1), keys)),
        "read": (addressing.read, (memory, heads)),
    }


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("name", list(cases(0)))
def test_gradcheck(name, seed):
    function, inputs = cases(seed)[name]
    assert torch.autograd.gradcheck(function, tuple(x.clone().requires_grad_() for x in inputs))


def test_allocation_gradient_with_entirely_free_and_full_locations():
    """Zeros in the product: the gradient is that of the formula with the order held fixed."""
    used = torch.tensor([[0.0, 0.3, 0.0, 1.0]], dtype=torch.float64, requires_grad=True)
    jacobian = torch.autograd.functional.jacobian(addressing.allocation_weighting, used)[0, :, 0]
    # Order 0, 2, 1, 3: a0 = 1 - u0, a2 = (1 - u2) u0, a1 = (1 - u1) u0 u2, a3 = (1 - u3) u0 u2 u1.
    expected = torch.zeros(4, 4, dtype=torch.float64)
    expected[0, 0], expected[2, 0] = -1.0, 1.0
    assert_close(jacobian, expected)


def test_retention_gradient_of_a_fully_freed_location():
    gates = torch.ones(1, 2, dtype=torch.float64, requires_grad=True)
    before = torch.tensor([[[1.0, 0.0], [1.0, 0.5]]], dtype=torch.float64)
    addressing.retention(gates, before)[0, 1].backward()
    assert_close(gates.grad, [[0.0, -0.5]])
    assert torch.autograd.gradcheck(lambda g: addressing.retention(g, before), gates)


def test_gradient_through_usage_reaches_the_write_weighting():
    source = random_source(0)
    used, psi = separated_usage(source, B, N), uniform(source, B, N)
    written = helpers.weighting(source, B, N).requires_grad_()
    addressing.usage_update(used, written, psi).sum().backward()
    assert_close(written.grad, (1 - used) * psi)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("zero", ["memory", "keys", "both"])
def test_cosine_gradient_is_bounded_at_zero(dtype, masked, zero):
    memory = torch.zeros(1, N, W, dtype=dtype) + (zero == "keys")
    keys = torch.zeros(1, R, W, dtype=dtype) + (zero == "memory")
    mask = torch.ones(1, R, W, dtype=dtype) if masked else None
    memory.requires_grad_(), keys.requires_grad_()
    for head in range(R):
        for location in range(N):
            similarity = addressing.cosine_similarity(memory, keys, mask)[0, head, location]
            for gradient in torch.autograd.grad(similarity, (memory, keys)):
                assert gradient.isfinite().all()
                assert gradient.norm() <= 1.001e3


def test_keep_largest_gradient_of_an_all_zero_weighting_is_finite():
    w = torch.zeros(1, N, dtype=torch.float64, requires_grad=True)
    addressing.keep_largest(w, 2).sum().backward()
    assert w.grad.isfinite().all()


def test_sparse_choice_sends_no_gradient_to_what_was_dropped():
    w = torch.tensor([[0.1, 0.4, 0.3, 0.05]], dtype=torch.float64, requires_grad=True)
    addressing.keep_largest(w, 2)[0, 1].backward()
    assert_close(w.grad, [[0.0, 0.3 / 0.49, -0.4 / 0.49, 0.0]])
