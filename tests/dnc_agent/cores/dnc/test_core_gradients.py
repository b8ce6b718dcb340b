"""Gradients of the unrolled DNC: exact in float64, finite and bounded at the start of an episode."""

import pytest
import torch

from dnc_agent import DNC
from dnc_agent.cores.contract import state_tensors, unflatten_state
from tests.dnc_agent.helpers import OPTIONS, assert_close, make_dnc, normal, random_source, random_state


def gradcheck(core, x, state, reset=None, fast_mode=False):
    """Over inputs, every tensor of the state and every parameter; to outputs and the last state."""
    names = [name for name, _ in core.named_parameters()]
    leaves = state_tensors(state)

    def run(x, *values):
        parameters = dict(zip(names, values, strict=False))
        flat = torch.cat([value.flatten(1) for value in values[len(names) :]], 1)

        def unroll(module_state):
            return torch.func.functional_call(Unroll(core), parameters, (x, module_state, reset))

        return unroll(unflatten_state(flat, state))

    inputs = [x, *(p.detach() for p in core.parameters()), *leaves]
    inputs = [value.clone().requires_grad_() for value in inputs]
    names[:] = [f"core.{name}" for name in names]
    assert torch.autograd.gradcheck(run, inputs, fast_mode=fast_mode, atol=1e-6, rtol=1e-4)


class Unroll(torch.nn.Module):
    """`unroll` as a forward pass, its results as one tuple of tensors, summed up to a few numbers each."""

    def __init__(self, core):
        super().__init__()
        self.core = core

    def forward(self, x, state, reset):
        y, state = self.core.unroll(x, state, reset)
        source = random_source(0)
        return tuple((leaf * normal(source, *leaf.shape)).sum() for leaf in (y, *state_tensors(state)))


SMALL = {
    "hidden_size": 3,
    "memory_size": 3,
    "word_size": 2,
    "read_heads": 2,
    "output_size": 2,
    "gradient_clip": None,
}


def test_gradcheck_of_the_whole_unroll():
    core = make_dnc(0, **SMALL)
    source = random_source(1)
    gradcheck(core, normal(source, 3, 1, 3), random_state(source, core, 1))


@pytest.mark.parametrize("option", OPTIONS)
def test_gradcheck_with_each_option(option):
    core = make_dnc(2, **SMALL, **{option: OPTIONS[option]})
    source = random_source(3)
    gradcheck(core, normal(source, 3, 2, 3), random_state(source, core, 2), fast_mode=True)


def test_gradcheck_with_all_options_two_layers_and_resets():
    core = make_dnc(4, **SMALL, **OPTIONS, num_layers=2)
    source = random_source(5)
    reset = torch.tensor([[False, False], [False, True], [False, False]])
    gradcheck(core, normal(source, 3, 2, 3), random_state(source, core, 2), reset, fast_mode=True)


def test_clipping_leaves_values_and_small_gradients_alone_and_cuts_large_ones():
    cores = [make_dnc(6, gradient_clip=clip) for clip in (10.0, None)]
    x = normal(random_source(7), 4, 2, 3)
    outputs = [core.unroll(x)[0] for core in cores]
    assert torch.equal(*outputs)
    for scale, same in ((1e-3, True), (1e4, False)):
        gradients = [
            torch.autograd.grad(scale * y.sum(), list(core.controller.weights), retain_graph=True)[0]
            for core, y in zip(cores, outputs, strict=True)
        ]
        assert torch.allclose(*gradients, rtol=1e-9, atol=0) is same
    assert DNC(1).controller.gradient_clip == 10.0


def test_clipped_gradient_of_one_step_by_hand():
    """One step: the gradient at h is clamped, then the LSTM is differentiated as usual."""
    clipped, free = (make_dnc(8, gradient_clip=clip) for clip in (10.0, None))
    source = random_source(9)
    x, state, weight = normal(source, 1, 3), random_state(source, free, 1), 1e3 * normal(source, 1, 3)
    _, after = free.step(x, state)
    hidden = after.controller.hidden
    h = hidden.detach().flatten(1).requires_grad_()
    xi_of_h = torch.func.functional_call(_Tail(free), {}, (h, state))
    gradient = torch.autograd.grad((xi_of_h * weight).sum(), h)[0]
    assert (gradient.abs() > 10).any()
    hidden.flatten(1).backward(gradient.clamp(-10, 10), inputs=list(free.controller.parameters()))
    (clipped.step(x, state)[0] * weight).sum().backward()
    assert_close(clipped.controller.weights[0].grad, free.controller.weights[0].grad)


class _Tail(torch.nn.Module):
    """What a DNC does after its controller."""

    def __init__(self, core):
        super().__init__()
        self.core = core

    def forward(self, h, state):
        class Stub(torch.nn.Module):
            def forward(self, x, controller_state):
                return h, controller_state

        controller, self.core.controller = self.core.controller, Stub()
        try:
            return self.core.step(torch.zeros(1, 3, dtype=h.dtype), state)[0]
        finally:
            self.core.controller = controller


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("options", [{}, OPTIONS], ids=["paper", "options"])
def test_gradients_from_empty_memory_are_finite_and_bounded(dtype, options):
    core = make_dnc(10, randomize=False, **options).to(dtype)
    x = normal(random_source(11), 6, 3, 3).to(dtype).requires_grad_()
    y, _ = core.unroll(x)
    y.square().mean().backward()
    for gradient in (x.grad, *(p.grad for p in core.parameters())):
        assert gradient.isfinite().all()
        assert gradient.abs().max() <= 1e3


def test_every_parameter_receives_a_gradient():
    core = make_dnc(12, **OPTIONS | {"sparse_links": None}, num_layers=2)
    source = random_source(13)
    y, _ = core.unroll(normal(source, 5, 2, 3), random_state(source, core, 2))
    y.square().sum().backward()
    for name, parameter in core.named_parameters():
        assert (parameter.grad != 0).any(), name
    xi_rows = core.interface.weight.grad.abs().amax(1)
    assert (xi_rows > 0).all()
