"""What is drawn, against the description of each task; oracles that see inputs alone; what is refused."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shrdlu_env.sequences import SEQUENCES, AssociativeRecall, Copy, RepeatCopy, SequenceStep, make_task


def ranges(low, high):
    return st.tuples(st.integers(low, high), st.integers(low, high)).map(lambda pair: tuple(sorted(pair)))


TASK = st.one_of(
    st.builds(Copy, width=st.integers(1, 9), lengths=ranges(1, 12), sequences=st.integers(1, 4)),
    st.builds(RepeatCopy, width=st.integers(1, 9), lengths=ranges(1, 6), repeats=ranges(1, 6)),
    st.builds(AssociativeRecall, width=st.integers(1, 6), item_length=st.integers(2, 3), items=ranges(2, 4)),
)


@given(TASK, st.integers(0, 2**31), st.integers(1, 5))
def test_every_task_is_solved_from_its_inputs_alone(task, seed, batch):
    drawn = task.draw(np.random.default_rng(seed), batch)
    steps = len(drawn.labels)
    assert drawn.inputs.shape == (steps, batch, task.input_size)
    assert drawn.targets.shape == (steps, batch, task.output_size)
    assert drawn.inputs.dtype == drawn.targets.dtype == np.float32
    targets, answer = task.solve(drawn.inputs)
    np.testing.assert_array_equal(answer, drawn.answer)
    np.testing.assert_array_equal(targets, drawn.targets)
    assert not drawn.inputs[drawn.answer].any()
    low, high = task.bounds
    assert drawn.inputs.min() >= np.float32(low)
    assert drawn.inputs.max() <= np.float32(high)
    again = task.draw(np.random.default_rng(seed), batch)
    np.testing.assert_array_equal(again.inputs, drawn.inputs)


@pytest.mark.parametrize("name", SEQUENCES)
def test_answers_cannot_be_told_without_the_items(name):
    """An oracle that reads blanked vectors is wrong: the bits are nowhere else in the input."""
    task = make_task(name)
    drawn = task.draw(np.random.default_rng(0), 20)
    width = task.input_size - len(task.channels)
    bits = drawn.targets[drawn.answer][:, :width]
    assert 0.3 < bits.mean() < 0.7
    assert not drawn.inputs[drawn.labels >= SequenceStep.ANSWER].any()


def test_a_copy_step_by_step():
    drawn = Copy(width=3, lengths=(2, 2), sequences=2).draw(np.random.default_rng(1), 1)
    first, second = drawn.inputs[:6, 0], drawn.inputs[6:, 0]
    for part, targets in ((first, drawn.targets[:6, 0]), (second, drawn.targets[6:, 0])):
        assert part[:, 3].tolist() == [1, 0, 0, 0, 0, 0]
        assert part[:, 4].tolist() == [0, 0, 0, 1, 0, 0]
        np.testing.assert_array_equal(part[1:3, :3], targets[4:])
        assert not targets[:4].any()
    assert drawn.labels.tolist() == [0, 1, 1, 2, 6, 6] * 2


def test_a_repeat_copy_step_by_step():
    task = RepeatCopy(width=2, lengths=(2, 2), repeats=(1, 3))
    drawn = replace(task, repeats=(3, 3), normalised_over=(1, 3)).draw(np.random.default_rng(1), 1)
    assert drawn.labels.tolist() == [0, 1, 1, 2, *[6] * 6, 7]
    assert drawn.inputs[:, 0, 2].tolist() == [1] + [0] * 10
    assert drawn.inputs[:, 0, 3].tolist() == [0, 0, 0, 1] + [0] * 7
    # 1, 2, 3 have mean 2 and variance 2/3.
    assert drawn.inputs[3, 0, 4] == pytest.approx(1 / (2 / 3) ** 0.5)
    np.testing.assert_array_equal(drawn.targets[4:10, 0, :2], np.tile(drawn.inputs[1:3, 0, :2], (3, 1)))
    assert drawn.targets[4:, 0, 2].tolist() == [0] * 6 + [1]
    assert not drawn.targets[10, 0, :2].any()


@pytest.mark.parametrize("repeats", [(1, 10), (3, 3), (2, 5)])
def test_counts_have_mean_0_and_variance_1(repeats):
    task = RepeatCopy(repeats=repeats)
    scaled = np.array([task.scaled(count) for count in range(repeats[0], repeats[1] + 1)])
    assert scaled.mean() == pytest.approx(0)
    assert scaled.var() == pytest.approx(0 if repeats[0] == repeats[1] else 1)


def test_a_recall_step_by_step():
    task = AssociativeRecall(width=4, item_length=2, items=(3, 3))
    drawn = task.draw(np.random.default_rng(2), 50)
    assert drawn.labels.tolist() == [0, 1, 1] * 3 + [3, 4, 4, 5, 6, 6]
    queried = set()
    for b in range(50):
        items = [drawn.inputs[3 * k + 1 : 3 * k + 3, b, :4].tolist() for k in range(3)]
        query = drawn.inputs[10:12, b, :4].tolist()
        queried.add(items.index(query))
        assert drawn.targets[13:, b].tolist() == items[items.index(query) + 1]
    assert queried == {0, 1}


def test_items_of_a_sequence_are_all_different_even_where_few_exist():
    task = AssociativeRecall(width=1, item_length=2, items=(4, 4))
    drawn = task.draw(np.random.default_rng(3), 200)
    for b in range(200):
        items = {tuple(drawn.inputs[3 * k + 1 : 3 * k + 3, b, 0]) for k in range(4)}
        assert len(items) == 4


def test_lengths_are_drawn_per_batch_over_the_whole_range():
    rng = np.random.default_rng(0)
    lengths = [(len(Copy(lengths=(2, 5)).draw(rng, 3).labels) - 2) // 2 for _ in range(200)]
    counts = np.bincount(lengths, minlength=7)
    assert counts[:2].sum() == counts[6:].sum() == 0
    assert (counts[2:6] > 25).all()


@pytest.mark.parametrize(
    ("name", "arguments", "error", "said"),
    [
        ("sort", {}, ValueError, "task='sort'"),
        (3, {}, TypeError, "task=3"),
        ("copy", {"width": 0}, ValueError, "width=0"),
        ("copy", {"lengths": (0, 3)}, ValueError, "lengths=(0, 3)"),
        ("copy", {"lengths": (3, 2)}, ValueError, "lengths=(3, 2)"),
        ("copy", {"lengths": (1, 2, 3)}, ValueError, "lengths=(1, 2, 3)"),
        ("copy", {"lengths": 3}, TypeError, "lengths=3"),
        ("copy", {"lengths": (1.5, 3)}, ValueError, "lengths=(1.5, 3)"),
        ("copy", {"sequences": True}, TypeError, "sequences=True"),
        ("copy", {"repeats": (1, 2)}, TypeError, "allowed are width, lengths, sequences"),
        ("repeat-copy", {"repeats": (0, 2)}, ValueError, "repeats=(0, 2)"),
        ("repeat-copy", {"normalised_over": (2, 1)}, ValueError, "normalised_over=(2, 1)"),
        ("associative-recall", {"items": (1, 6)}, ValueError, "items=(1, 6)"),
        ("associative-recall", {"item_length": 0}, ValueError, "item_length=0"),
        (
            "associative-recall",
            {"width": 1, "item_length": 2, "items": (2, 5)},
            ValueError,
            "only 4 different",
        ),
    ],
)
def test_bad_arguments_are_refused_by_name(name, arguments, error, said):
    with pytest.raises(error, match=re.escape(said)) as refused:
        make_task(name, **arguments)
    assert "\n" not in str(refused.value)


def test_ranges_may_come_from_json():
    assert make_task("copy", lengths=[1, 4]) == Copy(lengths=(1, 4))
