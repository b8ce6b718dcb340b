"""Long sequences, extreme strengths, number formats, refusals of bad arguments."""

import pytest
import torch

from dnc_agent import DNC
from dnc_agent.cores.contract import state_tensors
from tests.dnc_agent.helpers import OPTIONS, assert_close, make_dnc, normal, random_source

SHARP = {"read_strengths": 1e4, "write_strength": 1e4}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("options", [{}, OPTIONS], ids=["paper", "options"])
def test_two_thousand_steps_at_strengths_of_ten_thousand(dtype, options):
    options = {**options, "interface_bias": SHARP, "interface_norm": False}
    core = make_dnc(0, randomize=False, **options).to(dtype)
    with torch.no_grad():
        core.interface.weight.mul_(20.0)
    source = random_source(1)
    state = core.initial_state(2)
    with torch.no_grad():
        for _ in range(20):
            y, state = core.unroll(normal(source, 100, 2, 3).to(dtype), state)
            assert y.dtype == dtype
            assert y.isfinite().all()
            assert all(leaf.isfinite().all() and leaf.dtype == dtype for leaf in state_tensors(state))
    slack = 1e-5
    assert ((state.memory.usage >= -slack) & (state.memory.usage <= 1 + slack)).all()
    assert (state.memory.precedence.sum(-1) <= 1 + slack).all()
    assert (state.memory.link.sum(2) <= 1 + slack).all()
    assert (state.memory.link.diagonal(dim1=1, dim2=2) == 0).all()


@pytest.mark.parametrize("strength", [1.0, 1e4])
def test_gradients_stay_finite_on_a_long_sequence(strength):
    bias = {"read_strengths": strength, "write_strength": strength}
    core = make_dnc(2, randomize=False, interface_bias=bias).float()
    y, _ = core.unroll(normal(random_source(3), 150, 2, 3).float())
    y.square().mean().backward()
    assert all(parameter.grad.isfinite().all() for parameter in core.parameters())


@pytest.mark.parametrize("scale", [0.0, 1e4])
def test_extreme_inputs(scale):
    core = make_dnc(4).float()
    x = scale * normal(random_source(5), 10, 2, 3).float()
    y, state = core.unroll(x)
    y.sum().backward()
    assert y.isfinite().all()
    assert all(leaf.isfinite().all() for leaf in state_tensors(state))
    assert all(parameter.grad.isfinite().all() for parameter in core.parameters())


def test_float32_agrees_with_float64():
    core = make_dnc(6, randomize=False)
    x = normal(random_source(7), 10, 2, 3)
    double = core.unroll(x)[0].detach()
    single = core.float().unroll(x.float())[0]
    assert single.dtype == torch.float32
    assert_close(single, double, 1e-4)


def test_weights_survive_a_round_trip():
    core, other = make_dnc(8, **OPTIONS), make_dnc(9, **OPTIONS)
    other.load_state_dict(core.state_dict())
    x = normal(random_source(10), 4, 2, 3)
    assert torch.equal(core.unroll(x)[0], other.unroll(x)[0])


def test_default_sizes_and_representation():
    core = DNC(7, backend="reference")
    sizes = core.options
    assert (sizes.memory_size, sizes.word_size, sizes.read_heads, sizes.hidden_size) == (32, 32, 2, 256)
    assert core.feature_size == 256 + 2 * 32
    assert core.output is None
    assert "memory=32x32" in repr(core)
    y, _ = core.unroll(torch.zeros(2, 3, 7))
    assert y.shape == (2, 3, core.feature_size)


SIZES = ["output_size", "hidden_size", "num_layers", "memory_size", "word_size", "read_heads", "sparse_links"]


@pytest.mark.parametrize("name", ["input_size", *SIZES])
@pytest.mark.parametrize("value", [0, -3, 1.5, True, "4"])
def test_refused_sizes(name, value):
    with pytest.raises(ValueError, match=f"{name}={value!r}; it must be an integer of at least 1"):
        DNC(**{"input_size": 3, name: value})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"backend": "cuda"}, "backend='cuda'; allowed are auto, reference"),
        ({"controller": "gru"}, "controller='gru'; allowed are lstm, feedforward"),
        (
            {"sparse_links": 2, "temporal_links": False},
            "sparse_links=2; there are none with temporal_links=False",
        ),
        (
            {"temporal_links": False, "interface_bias": {"read_modes": 1.0}},
            "interface_bias names 'read_modes'; allowed are read_keys",
        ),
        ({"gradient_clip": 0.0}, r"gradient_clip=0\.0; it must be above 0"),
        ({"gradient_clip": -10.0}, r"gradient_clip=-10\.0; it must be above 0"),
        ({"gradient_clip": float("nan")}, "gradient_clip=nan; it must be above 0"),
        ({"interface_bias": {"wrte_gate": 1.0}}, "interface_bias names 'wrte_gate'; allowed are read_keys"),
        ({"interface_bias": {"read_masks": 1.0}}, "interface_bias names 'read_masks'"),
        ({"interface_bias": {"read_modes": (1.0, 2.0, 3.0, 4.0)}}, "has 4 values; allowed are 1, 3, 6"),
        ({"interface_bias": {"read_modes": ()}}, "has 0 values; allowed are 1, 3, 6"),
        ({"norm_bias": {"write_gate": 1.0}}, "norm_bias=.*; there is none without interface_norm=True"),
        ({"norm_bias": {"gate": 1.0}, "interface_norm": True}, "norm_bias names 'gate'; allowed are"),
    ],
)
def test_refused_options(arguments, message):
    with pytest.raises(ValueError, match=message) as refusal:
        DNC(3, **arguments)
    assert "\n" not in str(refusal.value)


def test_the_smallest_dnc_runs():
    sizes = {"hidden_size": 1, "memory_size": 1, "word_size": 1, "read_heads": 1}
    core = DNC(1, **sizes, sparse_links=1, backend="reference")
    y, state = core.unroll(torch.ones(5, 1, 1))
    y.sum().backward()
    assert y.isfinite().all()
    assert (state.memory.link == 0).all()
    assert all(parameter.grad.isfinite().all() for parameter in core.parameters())
