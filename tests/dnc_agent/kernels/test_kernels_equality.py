"""The kernels give the reference's outputs and gradients, for all sizes and options."""

import pytest
import torch
from hypothesis import given, strategies

from tests.dnc_agent.helpers import OPTIONS, SEEDS, examples
from tests.dnc_agent.kernels.both import assert_same, case, fused, outcome, reference

SINGLE = {name: {name: value} for name, value in OPTIONS.items()}
#: Without links, on which the sparse ones depend.
UNLINKED = {name: value for name, value in OPTIONS.items() if name != "sparse_links"} | {
    "temporal_links": False,
    "interface_bias": {"write_gate": -0.5},
}
SINGLE |= {
    "no links": {"temporal_links": False},
    "no links, all else": {**UNLINKED, "num_layers": 2},
    "paper": {},
    "three layers": {"num_layers": 3},
    "one link a row": {"sparse_links": 1},
    "no output layer": {"output_size": None},
    "no clip": {"gradient_clip": None},
    "tight clip": {"gradient_clip": 0.01},
    "all but sparse": {name: value for name, value in OPTIONS.items() if name != "sparse_links"}
    | {"num_layers": 2},
    "all": {**OPTIONS, "num_layers": 2},
    "feed-forward": {"controller": "feedforward"},
    "feed-forward, tight clip": {"controller": "feedforward", "gradient_clip": 0.01},
    "feed-forward, all": {**OPTIONS, "controller": "feedforward", "num_layers": 2},
}


@pytest.mark.parametrize("options", SINGLE.values(), ids=SINGLE.keys())
def test_every_option_in_float64(options):
    arguments = case(3, 5, 3, memory_size=6, **options)
    assert_same(outcome(fused, *arguments), outcome(reference, *arguments), 1e-10)


def test_single_links_are_all_kept():
    """They are exactly 1, the smallest that is kept: a last bit less, and the kernels would drop them."""
    core, x, state, _ = case(1, 40, 4, memory_size=16, word_size=8, sparse_links=1)
    found, expected = fused(core, x, state), reference(core, x, state)
    assert expected[1].memory.link.count_nonzero() >= 10
    assert torch.equal(found[1].memory.link, expected[1].memory.link)


SIZES = {
    "controller": strategies.sampled_from(["lstm", "feedforward"]),
    "steps": strategies.integers(1, 6),
    "batch": strategies.integers(1, 5),
    "memory_size": strategies.integers(1, 21),
    "word_size": strategies.integers(1, 9),
    "read_heads": strategies.integers(1, 5),
    "hidden_size": strategies.integers(1, 9),
}


@given(
    seed=SEEDS,
    chosen=strategies.sets(strategies.sampled_from(sorted(OPTIONS))),
    linked=strategies.booleans(),
    **SIZES,
)
@examples(30)
def test_random_sizes_and_options_in_float64(seed, steps, batch, chosen, linked, **sizes):
    known = OPTIONS if linked else UNLINKED
    options = {name: known[name] for name in chosen & known.keys()} | {"temporal_links": linked}
    core, x, state, reset = case(seed, steps, batch, **sizes, **options)
    assert_same(outcome(fused, core, x, state), outcome(reference, core, x, state), 1e-10)
    # In an empty memory locations are alike, and rounding may break such a tie either way. That permutes the
    # locations of final states, but nothing that comes out.
    arguments = core, x, state, reset
    found, expected = (
        outcome(fused, *arguments, outputs_only=True),
        outcome(reference, *arguments, outputs_only=True),
    )
    assert_same(found, expected, 1e-10)


#: Cosines of words of one or two numbers lose digits by cancellation, in the kernels as in the reference.
LONGER = {**SIZES, "word_size": strategies.integers(3, 9)}


@given(seed=SEEDS, chosen=strategies.sets(strategies.sampled_from(sorted(OPTIONS))), **LONGER)
@examples(15)
def test_random_sizes_and_options_in_float32(seed, steps, batch, chosen, **sizes):
    """Against the reference in float64: both round, and neither is better than the other."""
    options = {name: OPTIONS[name] for name in chosen}
    core, x, state, _ = case(seed, steps, batch, dtype=torch.float32, **sizes, **options)
    found = outcome(fused, core, x, state)
    expected = outcome(reference, core, x, state)
    core.double()
    exact = outcome(reference, core, x.double(), type(state)(*_doubled(state)))
    for name, value in exact.items():
        scale = value.norm().item() + 1e-20
        error = (found[name].double() - value).norm().item() / scale
        rounding = (expected[name].double() - value).norm().item() / scale
        assert error <= max(1e-5, 3 * rounding), f"{name}: {error:.1e}, the reference {rounding:.1e}"


def _doubled(state):
    return [
        part.double() if isinstance(part, torch.Tensor) else type(part)(*_doubled(part)) for part in state
    ]


def test_whole_episodes_from_an_empty_memory_in_float32():
    core, x, _, reset = case(8, 12, 4, dtype=torch.float32, resets=0.1, memory_size=16, word_size=8)
    empty = core.initial_state(4)
    arguments = core, x, empty, reset
    names = ("y", "d x", *(f"d {name}" for name, _ in core.named_parameters()))
    found = outcome(fused, *arguments, outputs_only=True)
    expected = outcome(reference, *arguments, outputs_only=True)
    assert_same({n: found[n] for n in names}, {n: expected[n] for n in names}, 2e-5)


def test_memory_larger_than_a_sorting_run():
    *arguments, _ = case(5, 4, 2, memory_size=70, word_size=3)
    assert_same(outcome(fused, *arguments), outcome(reference, *arguments), 1e-10)
