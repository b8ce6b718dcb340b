"""The whole DNC: against the oracle under every option, and what flows where."""

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dnc_agent import DNC
from dnc_agent.cores.contract import state_tensors
from dnc_agent.cores.dnc.interface import field_sizes
from tests.dnc_agent import oracle
from tests.dnc_agent.helpers import (
    OPTIONS,
    SEEDS,
    assert_close,
    clone,
    element,
    examples,
    fields_of,
    make_dnc,
    normal,
    oracle_options,
    oracle_weights,
    random_source,
    random_state,
)

OPTION_SETS = [dict(itertools.compress(OPTIONS.items(), on)) for on in itertools.product([0, 1], repeat=6)]


def assert_follows_oracle(core, x, state, compare_state=True):
    """Run both over x [T, B, X]; outputs and every part of the state must agree at every step."""
    weights, options = oracle_weights(core), oracle_options(core)
    expected_states = [element(fields_of(state), b) for b in range(x.shape[1])]
    for x_t in x:
        y, state = core.step(x_t, state)
        for b, before in enumerate(expected_states):
            expected, expected_states[b] = oracle.dnc_step(weights, options, x_t[b].numpy(), before)
            assert_close(y[b], expected, 1e-9)
            for name, value in element(fields_of(state), b).items() if compare_state else ():
                assert_close(value, expected_states[b][name], 1e-9)


@examples(20)
@given(
    SEEDS,
    st.integers(1, 5),
    st.integers(1, 4),
    st.integers(1, 3),
    st.integers(1, 2),
    st.sampled_from([None, 2]),
)
def test_against_the_oracle_over_sizes(seed, locations, width, heads, layers, outputs):
    core = make_dnc(
        seed, num_layers=layers, memory_size=locations, word_size=width, read_heads=heads, output_size=outputs
    )
    source = random_source(seed + 1)
    assert_follows_oracle(core, normal(source, 3, 2, 3), random_state(source, core, 2))


@pytest.mark.parametrize("options", OPTION_SETS, ids=lambda options: "+".join(options) or "paper")
def test_against_the_oracle_with_all_options_in_combination(options):
    core = make_dnc(7, **options)
    source = random_source(8)
    assert_follows_oracle(core, normal(source, 3, 1, 3), random_state(source, core, 1))


@pytest.mark.parametrize("controller", ["lstm", "feedforward"])
@pytest.mark.parametrize("linked", [True, False])
@pytest.mark.parametrize("layers", [1, 3])
def test_against_the_oracle_without_links_or_controller_state(controller, linked, layers):
    changes = {"controller": controller, "temporal_links": linked, "num_layers": layers}
    core = make_dnc(7, **changes, masked_lookup=True, reads_skip=True, interface_skip=True)
    source = random_source(8)
    assert_follows_oracle(core, normal(source, 3, 2, 3), random_state(source, core, 2))


def test_against_the_oracle_from_the_start_of_an_episode():
    """From empty memory locations are interchangeable (rounding decides ties), so outputs are compared."""
    core = make_dnc(9, memory_size=5)
    x = normal(random_source(10), 8, 2, 3)
    assert_follows_oracle(core, x, core.initial_state(2), compare_state=False)


def test_initial_state_is_all_zero_and_the_same_every_time():
    core = make_dnc(num_layers=2)
    state = core.initial_state(3)
    assert all((leaf == 0).all() and leaf.dtype == torch.float64 for leaf in state_tensors(state))
    pointers = [leaf.data_ptr() for leaf in state_tensors(state)]
    assert len(set(pointers)) == len(pointers)
    assert state.controller.hidden.shape == (3, 2, 5)
    assert state.reads.shape == (3, 2, 3)


def test_last_reads_reach_the_controller():
    core = make_dnc(1, output_size=None)
    source = random_source(2)
    state = random_state(source, core, 1)
    reads = state.reads.clone().requires_grad_()
    y, _ = core.step(normal(source, 1, 3), state._replace(reads=reads))
    y[:, : core.options.hidden_size].sum().backward()
    assert (reads.grad.abs() > 1e-8).all()


def test_reads_of_step_t_minus_1_reach_step_t_inside_one_call():
    columns = slice(3, 3 + 6)  # of the controller's first weight: the read vectors
    for steps, reached in ((1, False), (2, True)):
        core = make_dnc(1, output_size=None)
        y, _ = core.unroll(normal(random_source(2), steps, 2, 3))
        y[-1, :, : core.options.hidden_size].sum().backward()
        assert bool((core.controller.weights[0].grad[:, columns] != 0).any()) is reached


def test_output_uses_the_reads_of_the_same_step():
    core = make_dnc(3, output_size=None)
    source = random_source(4)
    before = random_state(source, core, 2)
    y, after = core.step(normal(source, 2, 3), before)
    assert y.shape == (2, core.feature_size) == (2, 5 + 6)
    assert torch.equal(y[:, 5:], after.reads.flatten(1))
    assert torch.equal(y[:, :5], after.controller.hidden.flatten(1))
    assert not torch.equal(after.reads, before.reads)


def test_output_layer_is_linear_in_hidden_and_reads_without_bias():
    core, features = make_dnc(3, num_layers=2), make_dnc(3, num_layers=2, output_size=None)
    features.load_state_dict(core.state_dict(), strict=False)
    x = normal(random_source(4), 4, 2, 3)
    expected = features.unroll(x)[0] @ core.output.weight.T
    assert core.output.bias is None
    assert_close(core.unroll(x)[0], expected.detach())
    assert core.feature_size == 3
    assert features.feature_size == 2 * 5 + 2 * 3


@pytest.mark.parametrize("options", [{}, {"sparse_links": 2}, {"masked_lookup": True}])
def test_the_passed_state_is_not_changed(options):
    core = make_dnc(5, **options)
    source = random_source(6)
    state = random_state(source, core, 2)
    before, versions = clone(state), [leaf._version for leaf in state_tensors(state)]
    x = normal(source, 3, 2, 3)
    first, second = core.unroll(x, state)[0], core.unroll(x, state)[0]
    assert [leaf._version for leaf in state_tensors(state)] == versions
    assert all(map(torch.equal, state_tensors(state), state_tensors(before)))
    assert torch.equal(first, second)


def test_interface_has_a_bias_only_if_asked():
    assert make_dnc().interface.bias is None
    assert make_dnc(interface_bias={}, randomize=False).interface.bias.tolist() == [0.0] * 28


def test_interface_bias_sets_the_named_fields():
    bias = {"write_gate": -2.0, "free_gates": 3.0, "read_modes": (1.0, 2.0, 4.0), "write_mask": 9.0}
    core = make_dnc(interface_bias=bias, masked_lookup=True, randomize=False)
    position = 0
    for name, size in field_sizes(3, 2, True).items():
        found = core.interface.bias[position : position + size].tolist()
        expected = [1.0, 2.0, 4.0] * 2 if name == "read_modes" else [bias.get(name, 0.0)] * size
        assert found == expected, name
        position += size
    assert position == len(core.interface.bias)


def test_norm_bias_is_what_the_norm_ends_with():
    """The norm leaves nothing of a constant vector, so that with equal rows the bias alone is the interface."""
    bias = {"write_gate": -2.0, "read_modes": (1.0, 2.0, 4.0)}
    core = make_dnc(interface_norm=True, norm_bias=bias, randomize=False)
    assert core.interface.bias is None
    with torch.no_grad():
        core.interface.weight.copy_(core.interface.weight[:1].expand_as(core.interface.weight))
    source = random_source(5)
    _, _, inside = core.trace(normal(source, 2, 3), random_state(source, core, 2))
    assert_close(inside["write_gate"], torch.sigmoid(torch.full((2,), -2.0, dtype=torch.float64)))
    modes = torch.softmax(torch.tensor([1.0, 2.0, 4.0], dtype=torch.float64), 0)
    assert_close(inside["read_modes"], modes.expand(2, 2, 3))
    assert_close(inside["allocation_gate"], torch.full((2,), 0.5, dtype=torch.float64))


def test_tied_keys_start_as_the_write_vector():
    weight = make_dnc(tied_key_init=True, randomize=False).interface.weight
    # W = 3, R = 2: read keys 0-5, strengths 6-7, write key 8-10, strength 11, erase 12-14, vector 15-17.
    for rows in (slice(0, 3), slice(3, 6), slice(8, 11)):
        assert torch.equal(weight[rows], weight[15:18])
    assert not torch.equal(weight[12:15], weight[15:18])


def test_read_modes_are_free_to_choose_each_direction():
    """A bias on one mode makes every head read that way."""
    for mode in range(3):
        modes = tuple(50.0 if k == mode else 0.0 for k in range(3))
        core = make_dnc(11, randomize=False, interface_bias={"read_modes": modes})
        source = random_source(12)
        state = random_state(source, core, 1)
        _, after = core.step(normal(source, 1, 3), state)
        before, link = state.memory.read_weightings, after.memory.link
        backward, forward = before @ link, before @ link.transpose(1, 2)
        if mode == 0:
            assert_close(after.memory.read_weightings, backward.detach())
        elif mode == 1:
            assert_close(after.memory.read_weightings.sum(-1), torch.ones(1, 2))
        else:
            assert_close(after.memory.read_weightings, forward.detach())


@pytest.mark.parametrize(
    ("name", "values", "allowed"),
    [
        ("read_modes", (1.0, 2.0), "1, 3, 6"),
        ("read_keys", (1.0, 2.0), "1, 3, 6"),
        ("write_key", (1.0,) * 6, "1, 3"),
    ],
)
def test_a_bias_has_a_value_for_all_for_each_of_a_head_or_for_each(name, values, allowed):
    with pytest.raises(ValueError, match=f"has {len(values)} values; allowed are {allowed}$"):
        make_dnc(11, interface_bias={name: values})


def test_weights_do_not_depend_on_the_memory_size():
    """While memory is not full, and with sharp lookups, the number of locations changes nothing.

    A lookup without a match spreads over all empty locations, so going backward from the one written next
    would depend on how many there are; that mode stays off.
    """
    bias = {"write_gate": 60.0, "allocation_gate": 60.0, "free_gates": -60.0, "read_strengths": 1e4}
    bias["read_modes"] = (-60.0, 0.0, 0.0)
    small = make_dnc(13, memory_size=6, randomize=False, interface_bias=bias)
    large = make_dnc(99, memory_size=11, randomize=False, interface_bias={})
    with torch.no_grad():
        small.interface.weight.mul_(10.0)
    large.load_state_dict(small.state_dict())
    x = normal(random_source(14), 5, 3, 3)
    y, state = small.unroll(x)
    y_large, state_large = large.unroll(x)
    assert_close(y, y_large.detach(), 1e-6)
    assert_close(state.memory.memory[:, :5], state_large.memory.memory[:, :5].detach(), 1e-6)
    assert (state.reads.abs() > 1e-3).any()


def test_weights_come_from_the_generator_alone():
    before = torch.random.get_rng_state()
    options = {**OPTIONS, "backend": "reference", "output_size": 2, "hidden_size": 4, "num_layers": 2}
    first, second = (DNC(3, generator=random_source(5), **options) for _ in range(2))
    other = DNC(3, generator=random_source(6), **options)
    core_output, _ = first.unroll(torch.ones(2, 1, 3))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert all(map(torch.equal, first.parameters(), second.parameters()))
    assert not torch.equal(first.interface.weight, other.interface.weight)
    assert torch.equal(core_output, second.unroll(torch.ones(2, 1, 3))[0])


def test_a_short_recall_is_learned():
    """Four random bits shown at step 0 are asked for at step 3."""
    source = random_source(0)
    sizes = {"output_size": 4, "hidden_size": 16, "memory_size": 4, "word_size": 6, "read_heads": 1}
    core = DNC(5, **sizes, backend="reference", generator=source)
    optimizer = torch.optim.Adam(core.parameters(), lr=2e-2)
    losses = []
    for _ in range(100):
        bits = torch.randint(0, 2, (8, 4), generator=source).float()
        x = torch.zeros(4, 8, 5)
        x[0, :, :4], x[3, :, 4] = bits, 1.0
        y, _ = core.unroll(x)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(y[-1], bits)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[0] > 0.6
    assert sum(losses[-10:]) / 10 < 0.1
