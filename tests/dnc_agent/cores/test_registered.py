"""What every registered core offers besides sequences: states, traces, steppers, sizes, options."""

import dataclasses
import inspect
import json

import numpy as np
import pytest
import torch

from dnc_agent.cores import CORES, make_core
from dnc_agent.cores.contract import (
    flatten_state,
    map_state,
    reset_where,
    resized,
    state_tensors,
    unflatten_state,
)
from tests.dnc_agent.cores.makers import (
    B,
    T,
    assert_same,
    every_core,
    every_name,
    maker,
    small,
    some_state,
)
from tests.dnc_agent.helpers import normal, random_source, uniform


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
    core = maker("dnc")(16)
    old, fresh = some_state(core), core.initial_state(B)
    mixed = reset_where(torch.tensor([True, False, True]), fresh, old)
    for leaf, before in zip(state_tensors(mixed), state_tensors(old), strict=True):
        assert (leaf[[0, 2]] == 0).all()
        assert torch.equal(leaf[1], before[1])
    doubled = map_state(torch.add, old, old)
    assert type(doubled.memory) is type(old.memory)
    assert torch.equal(doubled.memory.link, 2 * old.memory.link)


@every_core
def test_a_state_is_a_named_tuple_of_tensors_batch_first(make):
    def check(part, batch):
        if isinstance(part, torch.Tensor):
            assert len(part) == batch
            return
        assert part._fields
        for inner in part:
            check(inner, batch)

    core = make(19)
    for batch in (1, B):
        state = core.initial_state(batch)
        check(state, batch)
        check(core.step(torch.ones(batch, 3, dtype=torch.float64), state)[1], batch)


@every_core
def test_an_initial_state_is_the_same_every_time_and_shares_nothing(make):
    core = make(20)
    first, second = core.initial_state(B), core.initial_state(B)
    assert all(map(torch.equal, state_tensors(first), state_tensors(second)))
    alone = state_tensors(core.initial_state(1))
    assert all(torch.equal(leaf[:1], one) for leaf, one in zip(state_tensors(first), alone, strict=True))


@every_core
def test_a_trace_is_a_step_that_tells_what_happened(make):
    core = make(21)
    x, state = normal(random_source(22), B, 3), some_state(core)
    y, after, told = core.trace(x, state)
    assert_same((y, after), core.step(x, state), 0)
    for name, value in told.items():
        assert isinstance(name, str)
        assert len(value) == B, name
        assert value.isfinite().all(), name


@every_name
def test_weights_come_from_the_generator_alone(name):
    before = torch.random.get_rng_state()
    first, second, other = (make_core(name, 3, small(name), random_source(seed)) for seed in (5, 5, 6))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert all(map(torch.equal, first.parameters(), second.parameters()))
    assert not all(map(torch.equal, first.parameters(), other.parameters()))
    torch.manual_seed(5)
    globally = make_core(name, 3, small(name))
    assert all(map(torch.equal, first.parameters(), globally.parameters()))


@every_name
def test_the_input_gain_multiplies_weights_on_the_input_and_draws_nothing(name):
    plain, loud = (make_core(name, 3, small(name, input_gain=g), random_source(7)) for g in (1.0, 4.0))
    changed = {}
    for (key, one), other in zip(plain.named_parameters(), loud.parameters(), strict=True):
        if not torch.equal(one, other):
            changed[key] = one, other
    (weight, louder), *more = changed.values()
    assert not more
    assert torch.equal(louder[:, :3], 4 * weight[:, :3])
    assert torch.equal(louder[:, 3:], weight[:, 3:])


@every_name
def test_options_survive_json(name):
    core = make_core(name, 3, small(name), random_source(8))
    assert type(core.options) is CORES[name].Options
    stored = json.loads(json.dumps(dataclasses.asdict(core.options)))
    again = make_core(name, 3, stored, random_source(8))
    assert again.options == core.options
    assert all(map(torch.equal, core.parameters(), again.parameters()))
    with pytest.raises(dataclasses.FrozenInstanceError):
        core.options.hidden_size = 7


@every_name
def test_what_is_no_option_is_refused_in_one_line(name):
    kind = type(make_core(name, 3, small(name)))
    with pytest.raises(
        ValueError, match=rf"{kind.__name__} has no option 'memry'; allowed are .*hidden_size"
    ) as no:
        kind(3, memry=4)
    assert "\n" not in str(no.value)
    with pytest.raises(ValueError, match="hidden_size=0; it must be an integer of at least 1"):
        kind(3, hidden_size=0)
    with pytest.raises(ValueError, match="input_size=0; it must be an integer of at least 1"):
        kind(0)
    for gain in (0, -1.0, float("nan"), float("inf"), "4"):
        with pytest.raises(ValueError, match=f"input_gain={gain!r}; it must be a finite number above 0"):
            kind(3, input_gain=gain)


@every_name
def test_help_shows_the_options(name):
    shown = inspect.signature(CORES[name]).parameters
    for field in dataclasses.fields(CORES[name].Options):
        assert shown[field.name].default == field.default
        assert f"{field.name}: " in inspect.getdoc(CORES[name])
    assert "generator" in shown


def test_an_unknown_core_is_refused():
    with pytest.raises(ValueError, match="core='transformer'; allowed are dnc, lstm, gru, ntm"):
        make_core("transformer", 3)


@every_core
def test_weights_do_not_depend_on_the_memory_size(make):
    core = make(25)
    x = normal(random_source(26), T, B, 3)
    size = core.memory_size
    if size is None:
        with pytest.raises(
            ValueError, match=f"locations=9; a core of class {type(core).__name__} has no memory"
        ):
            core.resize(9)
        return
    before = core.unroll(x)[0]
    with resized(core, 9):
        assert core.memory_size == 9
        assert core.unroll(x)[0].isfinite().all()
        assert not torch.equal(core.unroll(x)[0], before)
    assert core.memory_size == size
    assert torch.equal(core.unroll(x)[0], before)
    with pytest.raises(ValueError, match="memory_size=0; it must be an integer of at least 1"):
        core.resize(0)
    assert core.memory_size == size
    core.memory_size = 9
    assert core.memory_size == 9


@every_core
def test_a_stepper_steps_the_core_without_a_graph(make):
    core = make(27)
    x, start = normal(random_source(28), T, B, 3), some_state(core)
    reset = uniform(random_source(29), T, B) < 0.3
    expected = core.unroll(x, start, reset)
    stepper = core.stepper(B, state=start, record=True)
    outputs = []
    for t in range(T):
        stepper.reset(reset[t])
        outputs.append(stepper.step(x[t]))
    assert_same((torch.stack(outputs), stepper.state()), expected, 1e-12)
    assert not any(leaf.requires_grad for leaf in (*outputs, *state_tensors(stepper.state())))
    assert stepper.records is core.can_record is stepper.stale is False
    with pytest.raises(RuntimeError, match="does not record"):
        stepper.features()
    stepper.reset()
    assert_same((outputs[0], stepper.state()), (outputs[0], core.initial_state(B)), 0)
    assert_same((core.stepper(B).step(x[0]), start), (core.unroll(x[:1])[0][0].detach(), start), 1e-12)
    with pytest.raises(ValueError, match="batch_size=0"):
        core.stepper(0)


@pytest.mark.parametrize("name", CORES)
def test_an_array_for_a_number_is_told_in_one_line(name):
    for option in make_core(name, 3).options.__dataclass_fields__:
        with pytest.raises(ValueError, match=option) as caught:
            make_core(name, 3, {option: np.zeros((2, 3))})
        assert "\n" not in str(caught.value)
    with pytest.raises(ValueError, match=r"(locations|memory_size)=array") as caught:
        make_core(name, 3).resize(np.zeros((2, 3)))
    assert "\n" not in str(caught.value)
