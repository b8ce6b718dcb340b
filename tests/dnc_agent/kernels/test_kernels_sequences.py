"""Sequences may be cut, continued, forked and checkpointed without changing a number."""

from dataclasses import replace

import pytest
import torch

from dnc_agent.cores.contract import map_state, state_tensors
from dnc_agent.kernels import tape
from tests.dnc_agent.helpers import OPTIONS
from tests.dnc_agent.kernels.both import assert_same, case, fused, outcome, reference


def test_cut_and_continued():
    core, x, state, reset = case(1, 7, 3)

    def in_two(core, x, state, reset):
        first, middle = fused(core, x[:3], state, reset[:3])
        second, final = fused(core, x[3:], middle, reset[3:])
        return torch.cat([first, second]), final

    whole = outcome(fused, core, x, state, reset)
    assert_same(outcome(in_two, core, x, state, reset), whole, 1e-12)


def test_forked_into_branches_that_share_a_prefix():
    core, x, state, _ = case(2, 6, 6, resets=0.0)
    branches = torch.tensor([0, 0, 1, 1, 2, 2])

    def forked(run):
        def unroll(core, x, state, reset):
            prefix, middle = run(core, x[:3, :3], map_state(lambda leaf: leaf[:3], state))
            middle = map_state(lambda leaf: leaf[branches], middle)
            rest, final = run(core, x[3:], middle)
            return torch.cat([prefix[:, branches], rest]), final

        return unroll

    assert_same(outcome(forked(fused), core, x, state), outcome(forked(reference), core, x, state), 1e-10)


@pytest.mark.parametrize("segment", [1, 3, 100])
def test_tape_segments(segment):
    core, x, state, reset = case(3, 8, 3, num_layers=2)
    whole = outcome(fused, core, x, state, reset)
    core.options = replace(core.options, tape_segment=segment)
    assert_same(outcome(fused, core, x, state, reset), whole, 1e-12)


@pytest.mark.parametrize("options", [{}, {"erase_on_deallocation": True}, {"sparse_links": 2}])
def test_memory_computed_again_for_the_backward_pass(monkeypatch, options):
    arguments = case(4, 11, 3, **options)
    kept = outcome(fused, *arguments)
    monkeypatch.setattr(tape, "KEEP_ALL_BYTES", 0)
    assert tape.choose_stride(_Plan, 11, 3, 8, True) == 3
    assert_same(outcome(fused, *arguments), kept, 1e-12)


class _Plan:
    n, linked, w, sparse = 4, 4, 3, None


def test_two_backward_passes_through_one_forward_pass():
    core, x, state, reset = case(5, 4, 2)
    y, _ = fused(core, x, state, reset)
    parameters = list(core.parameters())
    first = torch.autograd.grad(y.sum(), parameters, retain_graph=True)
    second = torch.autograd.grad(y.sum(), parameters)
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def test_outputs_are_not_overwritten_by_later_calls():
    core, x, state, reset = case(6, 4, 2)
    with torch.no_grad():
        y, final = fused(core, x, state, reset)
        copies = [y.clone(), *(leaf.clone() for leaf in state_tensors(final))]
        for _ in range(3):
            fused(core, x + 1, state, reset)
    assert all(torch.equal(a, b) for a, b in zip([y, *state_tensors(final)], copies, strict=True))


def test_parameters_changed_before_the_backward_pass_are_noticed():
    core, x, state, reset = case(7, 3, 2)
    y, _ = fused(core, x, state, reset)
    with torch.no_grad():
        core.interface.weight.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_threads_share_the_batch(monkeypatch):
    arguments = case(8, 5, 37)
    alone = outcome(fused, *arguments)
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        shared = outcome(fused, *arguments)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)
    assert_same(shared, alone, 1e-12)


@pytest.mark.parametrize(
    "options", [{}, {"sparse_links": 2}, {**OPTIONS, "num_layers": 2}, {"controller": "feedforward"}]
)
@pytest.mark.parametrize("strides", [1, 2])
def test_gradients_do_not_depend_on_the_sections_of_the_backward_pass(monkeypatch, options, strides):
    arguments = case(8, 11, 3, **options)
    expected = outcome(reference, *arguments)
    core = arguments[0]
    row = (
        3
        * (4 * core.options.num_layers * 5 + core.interface.out_features + core.options.num_layers * 5 + 6)
        * 8
    )
    monkeypatch.setattr(tape, "SECTION_BYTES", 3 * strides * row)
    monkeypatch.setattr(tape, "KEEP_ALL_BYTES", 0)
    lengths = []
    section = tape.Tape.section
    monkeypatch.setattr(tape.Tape, "section", lambda t, a, b: lengths.append(b - a) or section(t, a, b))
    assert_same(outcome(fused, *arguments), expected, 1e-10)
    assert lengths == {1: [2, 3, 3, 3], 2: [5, 6]}[strides]
