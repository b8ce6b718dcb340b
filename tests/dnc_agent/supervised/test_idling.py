"""Blank steps before answers: where they come, and that nothing else changes."""

import numpy as np
import pytest

from dnc_agent.supervised import SequenceBatch, with_idle_steps


def make(answer, reset=None, valid=None):
    """Inputs count the steps of each row from 1; targets are ten times as much."""
    answer = np.array(answer, bool).T
    steps = np.arange(1, len(answer) + 1)[:, None, None] * np.ones((1, answer.shape[1], 1))
    mark = [None if part is None else np.array(part, bool).T for part in (reset, valid)]
    return SequenceBatch(steps.astype(np.float32), (10 * steps).astype(np.int64), answer, *mark)


def test_they_come_before_every_answer_once():
    batch, went = with_idle_steps(make([[0, 1, 1, 0, 1]]), 2)
    assert batch.inputs[:, 0, 0].tolist() == [1, 0, 0, 2, 3, 4, 0, 0, 5]
    assert batch.answer[:, 0].astype(int).tolist() == [0, 0, 0, 1, 1, 0, 0, 0, 1]
    assert batch.targets[batch.answer][:, 0].tolist() == [20, 30, 50]
    assert went[:, 0].tolist() == [0, 3, 4, 5, 8]
    assert batch.valid.all()
    assert batch.reset is None


def test_rows_with_fewer_answers_are_padded():
    batch, went = with_idle_steps(make([[0, 1, 0, 1], [0, 0, 0, 1]]), 1)
    assert batch.inputs[..., 0].T.tolist() == [[1, 0, 2, 3, 0, 4], [1, 2, 3, 0, 4, 0]]
    assert batch.valid.T.astype(int).tolist() == [[1] * 6, [1, 1, 1, 1, 1, 0]]
    assert batch.steps == 11
    assert went.T.tolist() == [[0, 2, 3, 5], [0, 1, 2, 4]]


def test_padding_stays_padding_and_an_answer_that_begins_a_sequence_waits_in_it():
    answer, reset, valid = [[0, 1, 1, 0]], [[1, 0, 1, 0]], [[1, 1, 1, 0]]
    batch, _ = with_idle_steps(make(answer, reset, valid), 1)
    assert batch.inputs[:, 0, 0].tolist() == [1, 0, 2, 0, 3, 4]
    assert batch.reset[:, 0].astype(int).tolist() == [1, 0, 0, 1, 0, 0]
    assert batch.valid[:, 0].astype(int).tolist() == [1, 1, 1, 1, 1, 0]
    assert batch.sequence_of().tolist() == [0, 1]


@pytest.mark.parametrize("count", [0, -1, 1.5])
def test_a_count_below_one_is_refused(count):
    with pytest.raises(ValueError, match=f"count={count}; it must be an integer of at least 1"):
        with_idle_steps(make([[1]]), count)
