"""Cross-entropies against loops over single probabilities."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dnc_agent.supervised import Bits, Categories
from dnc_agent.supervised.losses import bits_loss, categories_loss
from dnc_agent.supervised.targets import as_targets, target_from_json

SEEDS = st.integers(0, 2**31)


@given(SEEDS, st.integers(1, 5), st.integers(1, 4))
def test_bits_cost_minus_the_log_of_what_each_was_given(seed, steps, size):
    rng = np.random.default_rng(seed)
    logits, bits = rng.normal(0, 3, (steps, size)), rng.integers(0, 2, (steps, size))
    expected = np.zeros(steps)
    for m in range(steps):
        for y in range(size):
            p = 1 / (1 + math.exp(-logits[m, y]))
            expected[m] -= math.log(p if bits[m, y] else 1 - p)
    loss = Bits(size).loss(torch.tensor(logits), torch.tensor(bits, dtype=torch.float64))
    np.testing.assert_allclose(loss.numpy(), expected, rtol=1e-9, atol=1e-12)


@given(SEEDS, st.integers(1, 5), st.lists(st.integers(1, 5), min_size=1, max_size=4))
def test_categories_cost_minus_the_log_of_what_each_was_given(seed, steps, sizes):
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 3, (steps, sum(sizes)))
    wanted = np.stack([rng.integers(-1, size, steps) for size in sizes], 1)
    expected = np.zeros(steps)
    for m in range(steps):
        start = 0
        for k, size in enumerate(sizes):
            group = np.exp(logits[m, start : start + size])
            if wanted[m, k] >= 0:
                expected[m] -= math.log(group[wanted[m, k]] / group.sum())
            start += size
    loss = Categories(sizes).loss(torch.tensor(logits), torch.tensor(wanted))
    np.testing.assert_allclose(loss.numpy(), expected, rtol=1e-9, atol=1e-9)


def test_gradients_are_those_of_finite_differences():
    torch.manual_seed(0)
    logits = torch.randn(3, 7, dtype=torch.float64, requires_grad=True)
    bits = torch.randint(0, 2, (3, 7)).double()
    assert torch.autograd.gradcheck(lambda x: bits_loss(x, bits), logits)
    wanted = torch.tensor([[0, 3], [2, -1], [-1, -1]])
    assert torch.autograd.gradcheck(lambda x: categories_loss(x, wanted, (3, 4)), logits)


def test_extreme_logits_stay_finite():
    far = torch.tensor([[400.0, -400.0]])
    assert Bits(2).loss(far, torch.tensor([[0.0, 1.0]])).item() == 800
    assert Categories([2]).loss(far, torch.tensor([[1]])).item() == 800


def test_choices_probabilities_and_errors_of_bits():
    target = Bits(3)
    logits = torch.tensor([[2.0, -1.0, 0.0], [-3.0, 4.0, 5.0]])
    choices = target.choose(logits)
    assert choices.tolist() == [[1, 0, 0], [0, 1, 1]]
    assert ((target.probabilities(logits) > 0.5) == (choices > 0.5)).all()
    wrong, asked = target.wrong(choices, torch.tensor([[0.0, 1.0, 0.0], [0.0, 1.0, 1.0]]))
    assert (wrong.tolist(), asked.tolist()) == ([2, 0], [3, 3])


def test_choices_probabilities_and_errors_of_categories():
    target = Categories([2, 3])
    logits = torch.tensor([[1.0, 2.0, 0.0, 5.0, 1.0], [3.0, 2.0, 9.0, 5.0, 1.0]])
    assert target.choose(logits).tolist() == [[1, 1], [0, 0]]
    probabilities = target.probabilities(logits)
    np.testing.assert_allclose(probabilities[:, :2].sum(1), 1, rtol=1e-6)
    np.testing.assert_allclose(probabilities[:, 2:].sum(1), 1, rtol=1e-6)
    wrong, asked = target.wrong(target.choose(logits), torch.tensor([[1, 2], [-1, 0]]))
    assert (wrong.tolist(), asked.tolist()) == ([1, 0], [2, 1])


@given(SEEDS, st.integers(1, 5), st.lists(st.integers(1, 5), min_size=1, max_size=4))
def test_answers_are_counted_one_by_one(seed, steps, sizes):
    rng = np.random.default_rng(seed)
    wanted = np.stack([rng.integers(-1, size, steps) for size in sizes], 1)
    given_ = np.stack([rng.integers(0, size, steps) for size in sizes], 1)
    wrong, asked = Categories(sizes).wrong(torch.tensor(given_), torch.tensor(wanted))
    pairs = [list(zip(*rows, strict=True)) for rows in zip(given_, wanted, strict=True)]
    assert wrong.tolist() == [sum(w >= 0 and g != w for g, w in row) for row in pairs]
    assert asked.tolist() == [sum(w >= 0 for _, w in row) for row in pairs]
    bits, right = rng.integers(0, 2, (2, steps, len(sizes)))
    wrong, asked = Bits(len(sizes)).wrong(torch.tensor(bits), torch.tensor(right))
    assert wrong.tolist() == [
        sum(b != r for b, r in zip(*rows, strict=True)) for rows in zip(bits, right, strict=True)
    ]
    assert asked.tolist() == [len(sizes)] * steps


@pytest.mark.parametrize("target", [Bits(3), Categories([2, 3])])
def test_kinds_of_answers_come_back_from_json(target):
    again = target_from_json(target.to_json())
    assert type(again) is type(target)
    assert (again.logits, again.answers) == (target.logits, target.answers)
    assert as_targets(target, np.zeros((2, target.answers))).numpy().dtype == target.dtype


@pytest.mark.parametrize("data", [None, {}, {"kind": "bits"}, {"kind": "words", "size": 3}, 3])
def test_what_is_no_kind_of_answer_is_refused(data):
    with pytest.raises(ValueError, match="target="):
        target_from_json(data)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Bits(0), "size=0"),
        (lambda: Categories([]), r"sizes=\[\]"),
        (lambda: Categories([2, 0]), r"sizes\[1\]=0"),
    ],
)
def test_sizes_are_checked(make, said):
    with pytest.raises(ValueError, match=said):
        make()
