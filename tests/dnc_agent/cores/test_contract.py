"""The recurrent-core contract, for every registered core: unroll, cutting, resets, gradients, refusals."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dnc_agent.cores.contract import RecurrentCore, map_state, state_tensors
from tests.dnc_agent.cores.makers import B, T, assert_same, every_core, some_state
from tests.dnc_agent.helpers import (
    SEEDS,
    assert_close,
    clone,
    examples,
    make_dnc,
    normal,
    random_source,
    uniform,
)


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


def gradients(core, *results):
    """Of a fixed random projection of outputs (and states), with respect to all parameters that matter to it."""
    source = random_source(77)
    loss = sum((leaf * normal(source, *leaf.shape)).sum() for leaf in results)
    found = torch.autograd.grad(loss, list(core.parameters()), allow_unused=True)
    return [torch.zeros(()) if gradient is None else gradient for gradient in found]


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
    assert_same(core.unroll(x, core.initial_state(B), reset), fresh, 1e-12)
    reset[0] = True
    assert_same(core.unroll(x, some_state(core), reset), fresh, 1e-12)


@every_core
@pytest.mark.parametrize("cut", [1, 3, 5])
def test_cutting_a_sequence_in_two_changes_neither_values_nor_gradients(make, cut):
    core = make(5)
    x, state = normal(random_source(6), T, B, 3), some_state(core)
    whole = core.unroll(x, state)
    first, middle = core.unroll(x[:cut], state)
    second, end = core.unroll(x[cut:], middle)
    halves = torch.cat([first, second]), end
    assert_same(halves, whole, 1e-12)
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
    assert_same((torch.cat(outputs), state), whole, 1e-12)
    for one, other in zip(gradients(core, torch.cat(outputs)), gradients(core, whole[0]), strict=True):
        assert_close(one, other, 1e-9)


@every_core
@pytest.mark.parametrize("poison", [float("nan"), float("inf")])
def test_a_reset_clears_a_nan_and_touches_no_other_element(make, poison):
    core = make(9)
    x, state = normal(random_source(10), T, B, 3), some_state(core)
    clean = core.unroll(x, state)
    sick = clone(state)
    assert any(leaf.numel() for leaf in state_tensors(sick))
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


@every_core
@pytest.mark.parametrize("name", ["x", "state", "reset"])
def test_what_is_no_tensor_is_refused(make, name):
    given = {"x": torch.zeros(T, B, 3, dtype=torch.float64), "state": None, "reset": None, name: "on"}
    with pytest.raises(TypeError, match=f"{name}='on'"):
        make(18).unroll(**given)


@every_core
def test_gradients_from_the_start_of_an_episode_are_finite(make):
    core = make(23)
    y, after = core.unroll(normal(random_source(24), T, B, 3))
    assert all(g.isfinite().all() for g in gradients(core, y, *state_tensors(after)))


@every_core
def test_a_core_is_called_like_any_module(make):
    core, x = make(1), normal(random_source(2), T, B, 3)
    y, state = core.unroll(x)
    found = torch.func.functional_call(core, dict(core.named_parameters()), (x,))
    assert_same(found, (y, state))
    assert_same(core(x), (y, state))


@every_core
def test_a_core_made_in_inference_mode_acts(make):
    x = normal(random_source(2), T, B, 3)
    with torch.inference_mode():
        core = make(1)
        core.backend = "auto"
        stepper = core.stepper(B)
        found = torch.stack([stepper.step(row) for row in x])
        assert_close(found, core.unroll(x)[0])


@every_core
def test_a_core_steps_under_autocast(make):
    core = make(1).float()
    x = normal(random_source(2), B, 3).float()
    expected, _ = core.step(x, core.initial_state(B))
    with torch.autocast("cpu", torch.bfloat16):
        found, _ = core.step(x, core.initial_state(B))
    torch.testing.assert_close(found.float(), expected, rtol=0.1, atol=0.1)
