"""The recurrent-core contract, for every registered core: unroll, resets, states, traces, steppers, refusals."""

import dataclasses
import inspect
import json

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dnc_agent.cores import CORES, make_core
from dnc_agent.cores.contract import (
    RecurrentCore,
    flatten_state,
    map_state,
    reset_where,
    resized,
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
    uniform,
)

#: A small size for every option that a core may have; what else a core has stays at its default.
SMALL = {
    "output_size": 2,
    "hidden_size": 5,
    "memory_size": 4,
    "word_size": 3,
    "read_heads": 2,
    "backend": "reference",
}


def small(name, **options):
    known = {field.name for field in dataclasses.fields(CORES[name].Options)}
    return {key: value for key, value in (SMALL | options).items() if key in known | options.keys()}


def maker(name, **options):
    """Makes a small core in float64, all of its weights drawn anew, so that gates and modes vary."""

    def make(seed):
        source = random_source(seed)
        core = make_core(name, 3, small(name, **options), source).double()
        with torch.no_grad():
            for parameter in core.parameters():
                parameter.copy_(normal(source, *parameter.shape, scale=0.7))
        return core

    return make


MAKERS = {name: maker(name) for name in CORES} | {
    "dnc with all options": maker("dnc", **OPTIONS, num_layers=2),
    "dnc features": maker("dnc", output_size=None),
    "dnc without links": maker("dnc", temporal_links=False, masked_lookup=True),
    "dnc with a feed-forward controller": maker("dnc", controller="feedforward", num_layers=2),
    "ntm with many heads": maker("ntm", write_heads=2, num_layers=2, output_size=None),
    "lstm with two layers": maker("lstm", num_layers=2),
}
every_core = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
every_name = pytest.mark.parametrize("name", CORES)
T, B = 6, 3


def some_state(core, seed=50, batch=B):
    """As in the middle of an episode, where no two locations are alike."""
    with torch.no_grad():
        return core.unroll(normal(random_source(seed), 5, batch, 3))[1]


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


@every_core
def test_gradients_from_the_start_of_an_episode_are_finite(make):
    core = make(23)
    y, after = core.unroll(normal(random_source(24), T, B, 3))
    assert all(g.isfinite().all() for g in gradients(core, y, *state_tensors(after)))


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
