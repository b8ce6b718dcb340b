"""Padding changes no number; buckets give out every sequence once, of like length, and resume to the bit."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dnc_agent.supervised import Bits, Buckets, NetworkDescription, SequenceBatch, pad, score
from dnc_agent.supervised.scoring import count_wrong, read_out
from tests.dnc_agent.supervised.tasks import DNC_SIZES, Unlike


@pytest.mark.parametrize(("core", "options"), [("lstm", {"hidden_size": 6}), ("dnc", DNC_SIZES)])
def test_padding_changes_neither_outputs_nor_gradients(core, options):
    network = NetworkDescription(2, Bits(1), core, options).build(torch.Generator().manual_seed(0)).double()
    sequences = Unlike().sample(np.random.default_rng(0), 5)
    assert len({len(sequence.inputs) for sequence in sequences}) > 2
    batch = pad([one._replace(inputs=one.inputs.astype(np.float64)) for one in sequences])
    batch = batch._replace(inputs=batch.inputs.astype(np.float64))
    together = read_out(network, batch, "cpu")
    together.square().sum().backward()
    gradients = [p.grad.clone() for p in network.parameters()]
    network.zero_grad()
    alone = []
    for one in sequences:
        outputs, _ = network.unroll(torch.tensor(one.inputs, dtype=torch.float64)[:, None])
        alone.append(outputs[torch.tensor(one.answer)][:, 0])
    torch.cat(alone).square().sum().backward()
    for b in range(5):
        mine = together[torch.tensor(np.nonzero(batch.answer)[1] == b)]
        torch.testing.assert_close(mine, alone[b], rtol=1e-12, atol=1e-12)
    for parameter, gradient in zip(network.parameters(), gradients, strict=True):
        torch.testing.assert_close(parameter.grad, gradient, rtol=1e-9, atol=1e-12)


def test_sequences_of_one_length_need_no_reset():
    batch = pad([one for one in Unlike().sample(np.random.default_rng(0), 60) if len(one.inputs) == 4])
    assert batch.reset is None
    assert batch.valid is None
    assert batch.steps == batch.answer.size


def test_steps_and_sequences_are_counted_without_padding():
    sequences = Unlike().sample(np.random.default_rng(1), 6)
    batch = pad(sequences)
    assert batch.sequences == 6
    assert batch.steps == sum(len(one.inputs) for one in sequences) < batch.answer.size


@given(st.integers(0, 2**31), st.integers(1, 4), st.integers(1, 3))
def test_wrong_answers_are_counted_for_each_sequence_of_a_packed_row(seed, rows, most):
    """Rows of several sequences: counted against a loop that walks down each column."""
    rng = np.random.default_rng(seed)
    steps = 4 * most
    reset, answer = rng.random((steps, rows)) < 0.3, rng.random((steps, rows)) < 0.5
    reset[0] = True
    targets = rng.integers(0, 2, (steps, rows, 2)).astype(np.float32)
    choices = rng.integers(0, 2, (steps, rows, 2)).astype(np.float32)
    batch = SequenceBatch(np.zeros((steps, rows, 1), np.float32), targets, answer, reset)
    expected, asked = [], []
    for b in range(rows):
        for t in range(steps):
            if reset[t, b]:
                expected.append(0)
                asked.append(0)
            if answer[t, b]:
                expected[-1] += int((targets[t, b] != choices[t, b]).sum())
                asked[-1] += 2
    wrong, of = count_wrong(Bits(2), torch.tensor(choices[answer]), batch)
    assert (wrong.tolist(), of.tolist()) == (expected, asked)


def test_scores_are_counts_over_all_batches():
    network = NetworkDescription(2, Bits(1), "lstm", {"hidden_size": 3}).build(torch.Generator())
    rng = np.random.default_rng(0)
    batches = [pad(Unlike().sample(rng, 5)) for _ in range(3)]
    found = score(network, Bits(1), batches)
    wrong = []
    for batch in batches:
        logits, _ = network.unroll(
            torch.tensor(batch.inputs), None, None if batch.reset is None else torch.tensor(batch.reset)
        )
        bits = (logits.detach().numpy() > 0) != (batch.targets > 0.5)
        wrong += [(bits[:, b, 0] & batch.answer[:, b]).sum() for b in range(5)]
    assert (found.sequences, found.asked) == (15, 30)
    assert found.wrong == sum(wrong)
    assert found.exact == sum(count == 0 for count in wrong)
    assert found.accuracy == 1 - sum(wrong) / 30
    assert found.wrong_per_sequence == sum(wrong) / 15
    assert found.exact_share == found.exact / 15


def lengths(batch):
    return (np.ones_like(batch.answer) if batch.valid is None else batch.valid).sum(0)


def test_buckets_give_out_every_sequence_once_in_batches_of_like_length():
    buckets, rng = Buckets(Unlike(), batches=8), np.random.default_rng(0)
    given = [buckets.draw(rng, 4) for _ in range(8)]
    pool = Unlike().sample(np.random.default_rng(buckets.state()["seed"]), 32)
    assert sorted(np.concatenate([lengths(batch) for batch in given])) == sorted(
        len(one.inputs) for one in pool
    )
    useful = sum(batch.steps for batch in given) / sum(batch.answer.size for batch in given)
    plain, rng = Buckets(Unlike(), batches=1), np.random.default_rng(0)
    mixed = [plain.draw(rng, 4) for _ in range(8)]
    assert useful > 0.9 > sum(batch.steps for batch in mixed) / sum(batch.answer.size for batch in mixed)
    means = [lengths(batch).mean() for batch in given]
    assert means != sorted(means)
    more = buckets.draw(rng, 4)
    assert buckets.state()["given"] == 1
    assert more.sequences == 4


def test_buckets_resume_in_the_middle_of_a_pool():
    one, rng = Buckets(Unlike(), batches=4), np.random.default_rng(0)
    one.set_lesson(2)
    for _ in range(2):
        one.draw(rng, 3)
    state, generator = one.state(), rng.bit_generator.state
    expected = [one.draw(rng, 3) for _ in range(4)]
    other, again = Buckets(Unlike(), batches=4), np.random.default_rng(99)
    other.draw(again, 3)
    other.set_state(state)
    again.bit_generator.state = generator
    other.set_lesson(2)
    for batch in expected:
        np.testing.assert_array_equal(other.draw(again, 3).inputs, batch.inputs)


def test_another_lesson_drops_what_was_drawn():
    buckets, rng = Buckets(Unlike(), batches=4), np.random.default_rng(0)
    assert lengths(buckets.draw(rng, 3)).max() < 10
    buckets.set_lesson(2)
    assert lengths(buckets.draw(rng, 3)).min() > 10


def test_a_pool_of_nothing_is_refused():
    with pytest.raises(ValueError, match="batches=0"):
        Buckets(Unlike(), batches=0)
