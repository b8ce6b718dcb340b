"""One step of the memory: against the oracle, its order of operations, invariants, following links."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dnc_agent.cores.contract import state_tensors
from dnc_agent.cores.dnc import addressing
from dnc_agent.cores.dnc.memory import initial_memory_state, memory_step
from tests.dnc_agent import oracle
from tests.dnc_agent.helpers import (
    SEEDS,
    SIZES,
    assert_close,
    clone,
    element,
    examples,
    fields_of,
    make_interface,
    normal,
    random_interface,
    random_memory_state,
    random_source,
    uniform,
)

B, N, W, R = 2, 4, 3, 2
F64 = {"dtype": torch.float64}


def one_hot(index, size):
    return torch.nn.functional.one_hot(torch.tensor([index]), size).double()


@examples(30)
@given(SEEDS, SIZES, SIZES, st.integers(1, 3), st.booleans(), st.booleans(), st.sampled_from([None, 1, 2, 9]))
def test_step_against_the_oracle(seed, locations, width, heads, masked, wipe, sparse):
    source = random_source(seed)
    interface = random_interface(source, B, width, heads, masked)
    state = random_memory_state(source, B, locations, width, heads)
    reads, after = memory_step(interface, state, erase_on_deallocation=wipe, sparse_links=sparse)
    wishes = {name: None if v is None else v.numpy() for name, v in interface._asdict().items()}
    for b in range(B):
        expected_reads, expected = oracle.memory_step(
            element(wishes, b), element(fields_of(state), b), wipe, sparse
        )
        assert_close(reads[b], expected_reads)
        for name, value in element(fields_of(after), b).items():
            assert_close(value, expected[name])


def test_initial_state_is_all_zero_and_of_the_right_shapes():
    state = initial_memory_state(B, N, W, R, **F64)
    shapes = [tuple(leaf.shape) for leaf in state_tensors(state)]
    assert shapes == [(B, N, W), (B, N), (B, N), (B, N), (B, N, N), (B, R, N)]
    assert all((leaf == 0).all() and leaf.dtype == torch.float64 for leaf in state_tensors(state))


@pytest.mark.parametrize("sparse", [None, 2])
def test_the_passed_state_is_not_changed(sparse):
    source = random_source(0)
    state = random_memory_state(source, B, N, W, R)
    before, versions = clone(state), [leaf._version for leaf in state]
    interface = random_interface(source, B, W, R)
    first = memory_step(interface, state, erase_on_deallocation=True, sparse_links=sparse)
    second = memory_step(interface, state, erase_on_deallocation=True, sparse_links=sparse)
    assert [leaf._version for leaf in state] == versions
    assert all(map(torch.equal, state, before))
    assert all(map(torch.equal, state_tensors(first), state_tensors(second)))


@pytest.mark.parametrize("sparse", [None, 2])
@examples(10)
@given(SEEDS, st.sampled_from([1.0, 4.0, 20.0]))
def test_invariants_along_an_episode(sparse, seed, scale):
    source, slack = random_source(seed), 1e-9
    state = initial_memory_state(B, N, W, R, **F64)
    for _ in range(12):
        _, state = memory_step(random_interface(source, B, W, R, scale=scale), state, sparse_links=sparse)
        assert all(leaf.isfinite().all() for leaf in state)
        assert ((state.usage >= -slack) & (state.usage <= 1 + slack)).all()
        assert (state.link >= -slack).all()
        assert (state.link.diagonal(dim1=1, dim2=2) == 0).all()
        assert (state.link.sum(2) <= 1 + slack).all()
        for weighting in (state.write_weighting, state.precedence):
            assert (weighting >= -slack).all()
            assert (weighting.sum(-1) <= 1 + slack).all()
        if sparse is None:  # Rescaling the kept weights to sum 1 gives up these two bounds.
            assert (state.link.sum(1) <= 1 + slack).all()
            assert (state.read_weightings >= -slack).all()
            assert (state.read_weightings.sum(-1) <= 1 + slack).all()


def test_a_closed_write_gate_leaves_memory_links_and_precedence_alone():
    source = random_source(1)
    state = random_memory_state(source, B, N, W, R)
    interface = random_interface(source, B, W, R)._replace(write_gate=torch.zeros(B, **F64))
    _, after = memory_step(interface, state)
    assert torch.equal(after.memory, state.memory)
    assert torch.equal(after.link, state.link)
    assert torch.equal(after.precedence, state.precedence)
    assert (after.write_weighting == 0).all()


def test_reads_see_what_is_written_at_the_same_step():
    value = torch.tensor([[1.0, -2.0, 0.5]], **F64)
    interface = make_interface(
        1, W, 1, write_gate=torch.ones(1, **F64), allocation_gate=torch.ones(1, **F64), write_vector=value,
        read_keys=value.unsqueeze(1), read_strengths=torch.full((1, 1), 1e3, **F64),
    )  # fmt: skip
    reads, after = memory_step(interface, initial_memory_state(1, N, W, 1, **F64))
    assert_close(after.write_weighting, one_hot(0, N))
    assert_close(reads[0], value)


def test_the_write_looks_up_its_key_in_the_old_memory():
    """The vector written now must not attract the write key of now."""
    memory = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]], **F64)
    state = initial_memory_state(1, 2, 2, 1, **F64)._replace(memory=memory)
    interface = make_interface(
        1, 2, 1, write_gate=torch.ones(1, **F64), write_key=torch.tensor([[0.0, 1.0]], **F64),
        write_strength=torch.full((1,), 1e3, **F64), write_vector=torch.tensor([[5.0, 0.0]], **F64),
        erase=torch.ones(1, 2, **F64),
    )  # fmt: skip
    _, after = memory_step(interface, state)
    assert_close(after.memory, [[[1.0, 0.0], [5.0, 0.0]]], 1e-6)


def write_items(items, locations):
    """Write unit vectors one after another to free locations; each goes to the next location."""
    state = initial_memory_state(1, locations, items.shape[1], 1, **F64)
    ones = torch.ones(1, **F64)
    for item in items:
        interface = make_interface(
            1, items.shape[1], 1, write_gate=ones, allocation_gate=ones, write_vector=item.unsqueeze(0)
        )
        _, state = memory_step(interface, state)
    return state


@pytest.mark.parametrize("sparse", [None, 1])
@pytest.mark.parametrize(("mode", "path"), [((0, 0, 1), [1, 2, 3, 4]), ((1, 0, 0), [1, 0])])
def test_following_the_links_of_a_written_sequence(sparse, mode, path):
    items = torch.eye(5, **F64)
    state = write_items(items, locations=6)
    find = make_interface(
        1, 5, 1, read_keys=items[path[0]].reshape(1, 1, 5), read_strengths=torch.full((1, 1), 1e3, **F64)
    )
    follow = make_interface(1, 5, 1, read_modes=torch.tensor([[mode]], **F64))
    reads, state = memory_step(find, state, sparse_links=sparse)
    assert_close(reads[0, 0], items[path[0]], 1e-6)
    for place in path[1:]:
        reads, state = memory_step(follow, state, sparse_links=sparse)
        assert_close(reads[0, 0], items[place], 1e-6)


def test_a_freed_location_is_allocated_again_and_wiped_only_if_asked():
    items = torch.eye(3, **F64)
    state = write_items(items, locations=3)
    state = state._replace(read_weightings=one_hot(1, 3).unsqueeze(1))
    ones = torch.ones(1, **F64)
    interface = make_interface(1, 3, 1, free_gates=ones.reshape(1, 1), write_gate=ones, allocation_gate=ones)
    _, kept = memory_step(interface, state)
    _, wiped = memory_step(interface, state, erase_on_deallocation=True)
    for after in (kept, wiped):
        assert_close(after.usage, [[1.0, 0.0, 1.0]])
        assert_close(after.write_weighting, one_hot(1, 3))
    assert_close(kept.memory[0], items)
    assert_close(wiped.memory[0], items * torch.tensor([[1.0], [0.0], [1.0]], **F64))


def test_nothing_is_allocated_when_memory_is_full():
    state = write_items(torch.eye(3, **F64), locations=3)
    ones = torch.ones(1, **F64)
    _, after = memory_step(make_interface(1, 3, 1, write_gate=ones, allocation_gate=ones), state)
    assert (after.write_weighting == 0).all()
    assert_close(after.memory, torch.eye(3).unsqueeze(0))


def test_usage_counts_a_write_once_and_at_the_next_step():
    ones, gate = torch.ones(1, **F64), torch.full((1,), 0.5, **F64)
    # By hand: w1 = [.5, 0]; u2 = [.5, 0], w2 = [0, .5]; u3 = [.5, .5], w3 = .5 [.5, .25].
    state = initial_memory_state(1, 2, 1, 1, **F64)
    usages, writes = [], []
    for _ in range(3):
        _, state = memory_step(make_interface(1, 1, 1, write_gate=gate, allocation_gate=ones), state)
        usages.append(state.usage[0].tolist())
        writes.append(state.write_weighting[0].tolist())
    assert_close(torch.tensor(usages), [[0, 0], [0.5, 0], [0.5, 0.5]])
    assert_close(torch.tensor(writes), [[0.5, 0], [0, 0.5], [0.25, 0.125]])


def test_gradient_reaches_the_last_write_weighting_through_usage():
    source = random_source(2)
    state = random_memory_state(source, B, N, W, R)
    state.write_weighting.requires_grad_()
    ones = torch.ones(B, **F64)
    interface = random_interface(source, B, W, R)._replace(write_gate=ones, allocation_gate=ones)
    _, after = memory_step(interface, state)
    after.write_weighting.square().sum().backward()
    assert (state.write_weighting.grad.abs() > 1e-6).all()


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("wipe", [False, True])
def test_gradcheck_of_the_step(masked, wipe):
    source = random_source(3)
    state = random_memory_state(source, 1, 3, 2, R)
    interface = random_interface(source, 1, 2, R, masked)
    present = [name for name, value in interface._asdict().items() if value is not None]
    inputs = [*(getattr(interface, name) for name in present), *state]

    def step(*values):
        wishes = interface._replace(**dict(zip(present, values, strict=False)))
        reads, after = memory_step(wishes, type(state)(*values[len(present) :]), erase_on_deallocation=wipe)
        return reads, *after

    assert torch.autograd.gradcheck(step, [value.detach().clone().requires_grad_() for value in inputs])


def test_content_reads_alone_are_convex_combinations_of_the_rows():
    source = random_source(4)
    state = random_memory_state(source, B, N, W, R)
    interface = make_interface(B, W, R, read_keys=normal(source, B, R, W))
    reads, after = memory_step(interface, state)
    assert_close(after.read_weightings.sum(-1), torch.ones(B, R))
    assert (reads <= state.memory.amax(1, keepdim=True)).all()
    assert (reads >= state.memory.amin(1, keepdim=True)).all()
    strengths = 1 + uniform(source, B, R)
    assert_close(addressing.content_weighting(state.memory, reads, strengths).sum(-1), torch.ones(B, R))
