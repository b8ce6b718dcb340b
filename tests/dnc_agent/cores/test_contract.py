"""The recurrent-core contract, for every core: unroll, cutting, resets, states, refusals."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dnc_agent import DNC, LSTM
from dnc_agent.cores.contract import (
    RecurrentCore,
    flatten_state,
    map_state,
    reset_where,
    state_tensors,
    unflatten_state,
)
from tests.dnc_agent.helpers import (
    OPTIONS,
    SEEDS,
    assert_close,
    clone,
    examples,
    make_dnc,
    normal,
    random_source,
    random_state,
    uniform,
)


def make_lstm(seed):
    source = random_source(seed)
    core = LSTM(3, output_size=2, hidden_size=4, num_layers=2, generator=source).double()
    with torch.no_grad():
        for parameter in core.parameters():
            parameter.copy_(normal(source, *parameter.shape))
    return core


CORES = {
    "dnc": make_dnc,
    "dnc with all options": lambda seed: make_dnc(seed, **OPTIONS, num_layers=2),
    "dnc features": lambda seed: make_dnc(seed, output_size=None),
    "lstm": make_lstm,
}
every_core = pytest.mark.parametrize("make", CORES.values(), ids=CORES)
T, B = 6, 3


def some_state(core, seed=50, batch=B):
    source = random_source(seed)
    if isinstance(core, DNC):
        return random_state(source, core, batch)
    return map_state(lambda leaf: normal(source, *leaf.shape), core.initial_state(batch))


def by_steps(core, x, state, reset=None):
    """Time-step by time-step and element by element, resetting by starting afresh."""
    outputs, states = [], []
    for b in range(x.shape[1]):
        one, rows = map_state(lambda leaf, b=b: leaf[b : b + 1], state), []
        for t in range(x.shape[0]):
            if reset is not None and reset[t, b]:
                one = core.initial_state(1)
            y, one = core.step(x[t, b : b + 1], one)
            rows.append(y)
        outputs.append(torch.stack(rows))
        states.append(one)
    return torch.cat(outputs, 1), map_state(lambda *leaves: torch.cat(leaves), *states)


def assert_same(actual, expected, tolerance=1e-10):
    assert_close(actual[0], expected[0].detach(), tolerance)
    for one, other in zip(state_tensors(actual[1]), state_tensors(expected[1]), strict=True):
        assert_close(one, other.detach(), tolerance)


def gradients(core, *results):
    """Of a fixed random projection of outputs (and states), with respect to all parameters."""
    source = random_source(77)
    loss = sum((leaf * normal(source, *leaf.shape)).sum() for leaf in results)
    return torch.autograd.grad(loss, list(core.parameters()))


@every_core
def test_unroll_equals_repeated_step_of_each_element_alone(make):
    core = make(0)
    x, state = normal(random_source(1), T, B, 3), some_state(core)
    y, after = core.unroll(x, state)
    assert y.shape == (T, B, core.feature_size)
    assert isinstance(core, RecurrentCore)
    assert type(after) is type(state)
    assert_same((y, after), by_steps(core, x, state))


@every_core
@examples(8)
@given(seed=SEEDS, density=st.sampled_from([0.1, 0.5, 1.0]))
def test_resets_restart_single_elements_before_their_step(make, seed, density):
    core = make(2)
    source = random_source(seed)
    x, state, reset = normal(source, T, B, 3), some_state(core), uniform(source, T, B) < density
    # From empty memory rounding may settle ties between locations either way: compare outputs.
    assert_close(core.unroll(x, state, reset)[0], by_steps(core, x, state, reset)[0].detach(), 1e-9)


@every_core
def test_a_reset_at_the_first_step_is_a_fresh_start_and_none_is_the_initial_state(make):
    core = make(3)
    x = normal(random_source(4), T, B, 3)
    reset = torch.zeros(T, B, dtype=torch.bool)
    fresh = core.unroll(x)
    assert_same(core.unroll(x, core.initial_state(B), reset), fresh, 0)
    reset[0] = True
    assert_same(core.unroll(x, some_state(core), reset), fresh, 0)


@every_core
@pytest.mark.parametrize("cut", [1, 3, 5])
def test_cutting_a_sequence_in_two_changes_neither_values_nor_gradients(make, cut):
    core = make(5)
    x, state = normal(random_source(6), T, B, 3), some_state(core)
    whole = core.unroll(x, state)
    first, middle = core.unroll(x[:cut], state)
    second, end = core.unroll(x[cut:], middle)
    halves = torch.cat([first, second]), end
    assert_same(halves, whole, 0)
    expected = gradients(core, whole[0], *state_tensors(whole[1]))
    for one, other in zip(gradients(core, halves[0], *state_tensors(end)), expected, strict=True):
        assert_close(one, other, 1e-9)


@every_core
def test_many_calls_of_length_one_equal_one_call(make):
    core = make(7)
    x, state = normal(random_source(8), T, B, 3), some_state(core)
    whole = core.unroll(x, state)
    outputs = []
    for t in range(T):
        y, state = core.unroll(x[t : t + 1], state)
        outputs.append(y)
    assert_same((torch.cat(outputs), state), whole, 0)
    for one, other in zip(gradients(core, torch.cat(outputs)), gradients(core, whole[0]), strict=True):
        assert_close(one, other, 1e-9)


@every_core
@pytest.mark.parametrize("poison", [float("nan"), float("inf")])
def test_a_reset_clears_a_nan_and_touches_no_other_element(make, poison):
    core = make(9)
    x, state = normal(random_source(10), T, B, 3), some_state(core)
    clean = core.unroll(x, state)
    sick = clone(state)
    for leaf in state_tensors(sick):
        leaf[1] = poison
    reset = torch.zeros(T, B, dtype=torch.bool)
    reset[2, 1] = True
    y, after = core.unroll(x, sick, reset)
    assert not y[1, 1].isfinite().any()
    assert y[2:, 1].isfinite().all()
    assert all(leaf.isfinite().all() for leaf in state_tensors(after))
    assert_close(y[2:, 1], core.unroll(x[2:, 1:2])[0][:, 0].detach(), 1e-9)
    for b in (0, 2):
        assert_close(y[:, b], clean[0][:, b].detach())
    # A poisoned state that is reset at once leaves the gradients clean as well.
    reset[0, 1] = True
    assert all(g.isfinite().all() for g in gradients(core, core.unroll(x, sick, reset)[0]))


@every_core
def test_no_gradient_crosses_a_reset(make):
    core = make(11)
    x = normal(random_source(12), T, B, 3).requires_grad_()
    reset = torch.zeros(T, B, dtype=torch.bool)
    reset[3, 0] = True
    core.unroll(x, some_state(core), reset)[0][3:].sum().backward()
    assert (x.grad[:3, 0] == 0).all()
    assert (x.grad[:3, 1] != 0).any()


@every_core
def test_elements_of_a_batch_do_not_mix(make):
    core = make(13)
    x, state = normal(random_source(14), T, B, 3).requires_grad_(), some_state(core)
    y, after = core.unroll(x, state)
    (y[:, 1].sum() + sum(leaf[1].sum() for leaf in state_tensors(after))).backward()
    assert (x.grad[:, [0, 2]] == 0).all()
    assert (x.grad[:, 1] != 0).any()


@every_core
def test_flatten_and_unflatten_are_inverse(make):
    core = make(15)
    state = some_state(core)
    flat = flatten_state(state)
    assert flat.shape == (B, sum(leaf[0].numel() for leaf in state_tensors(state)))
    again = unflatten_state(flat, core.initial_state(1))
    assert type(again) is type(state)
    assert all(map(torch.equal, state_tensors(again), state_tensors(state)))
    assert torch.equal(flatten_state(again), flat)
    with pytest.raises(ValueError, match="flat state has width"):
        unflatten_state(flat[:, 1:], state)


def test_reset_where_and_map_state_on_nested_states():
    core = make_dnc(16)
    old, fresh = some_state(core), core.initial_state(B)
    mixed = reset_where(torch.tensor([True, False, True]), fresh, old)
    for leaf, before in zip(state_tensors(mixed), state_tensors(old), strict=True):
        assert (leaf[[0, 2]] == 0).all()
        assert torch.equal(leaf[1], before[1])
    doubled = map_state(torch.add, old, old)
    assert type(doubled.memory) is type(old.memory)
    assert torch.equal(doubled.memory.link, 2 * old.memory.link)


@every_core
@pytest.mark.parametrize("shape", [(B, 3), (T, B, 4), (0, B, 3), (T, 0, 3), (3,)])
def test_an_ill_shaped_input_is_refused(make, shape):
    with pytest.raises(ValueError, match=r"x has shape .*; expected \[T, B, 3\]"):
        make(17).unroll(torch.zeros(shape, dtype=torch.float64))


@every_core
def test_ill_fitting_states_and_resets_are_refused(make):
    core = make(18)
    x = torch.zeros(T, B, 3, dtype=torch.float64)
    with pytest.raises(ValueError, match="state is for a batch of 2; x has a batch of 3"):
        core.unroll(x, core.initial_state(2))
    strange = make_dnc(0, memory_size=7, hidden_size=9).initial_state(B)
    with pytest.raises(ValueError, match="state has tensors of shapes"):
        core.unroll(x, strange)
    with pytest.raises(ValueError, match=r"reset has shape \(3, 6\); expected \[T, B\] = \(6, 3\)"):
        core.unroll(x, None, torch.zeros(B, T, dtype=torch.bool))
    with pytest.raises(ValueError, match=r"reset has dtype torch\.float32; expected torch\.bool"):
        core.unroll(x, None, torch.zeros(T, B))
