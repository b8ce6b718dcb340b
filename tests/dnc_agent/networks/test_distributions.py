"""One or several categoricals against brute force over every action there is."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dnc_agent.networks import distributions
from tests.dnc_agent.helpers import SEEDS, examples, normal, random_source, uniform

SIZES = st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple)


def joint(logits, sizes):
    """Probability of every combination of choices, by plain loops over plain numbers."""
    starts = np.cumsum((0, *sizes))
    parts = []
    for size, start in zip(sizes, starts, strict=False):
        weights = [math.exp(x) for x in logits[start : start + size].tolist()]
        parts.append([w / sum(weights) for w in weights])
    return {
        combination: math.prod(part[choice] for part, choice in zip(parts, combination, strict=True))
        for combination in itertools.product(*map(range, sizes))
    }


@given(SEEDS, SIZES)
@examples(40)
def test_log_probs_entropy_and_mode_are_those_of_the_joint_distribution(seed, sizes):
    logits = normal(random_source(seed), 1, sum(sizes), scale=2.0)
    table = joint(logits[0], sizes)
    assert sum(table.values()) == pytest.approx(1.0)
    actions = torch.tensor(list(table))
    found = distributions.log_prob(logits.expand(len(actions), -1), actions, sizes)
    np.testing.assert_allclose(found, np.log(list(table.values())), atol=1e-10)
    entropy = -sum(p * math.log(p) for p in table.values())
    assert distributions.entropy(logits, sizes).item() == pytest.approx(entropy)
    assert tuple(distributions.mode(logits, sizes)[0].tolist()) == max(table, key=table.get)


@given(SEEDS, st.integers(1, 6))
@examples(20)
def test_one_categorical_is_a_tuple_of_one_without_its_axis(seed, size):
    logits = normal(random_source(seed), 3, 2, size)
    actions = torch.randint(size, (3, 2), generator=random_source(seed))
    one, several = size, (size,)
    assert torch.equal(
        distributions.log_prob(logits, actions, one),
        distributions.log_prob(logits, actions.unsqueeze(-1), several),
    )
    assert torch.equal(distributions.entropy(logits, one), distributions.entropy(logits, several))
    assert torch.equal(distributions.mode(logits, one), distributions.mode(logits, several)[..., 0])


def test_draws_follow_the_joint_distribution():
    sizes, count = (2, 3), 20_000
    logits = normal(random_source(1), 1, 5)
    drawn = distributions.sample(logits.expand(count, -1), sizes, random_source(2))
    assert drawn.shape == (count, 2)
    table = joint(logits[0], sizes)
    for combination, probability in table.items():
        share = (drawn == torch.tensor(combination)).all(-1).double().mean().item()
        assert share == pytest.approx(probability, abs=5 * math.sqrt(probability / count))


def test_draws_are_decided_by_the_generator_alone():
    logits = torch.zeros(50, 7)
    first, again, other = (distributions.sample(logits, (3, 4), random_source(seed)) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    expected = torch.multinomial(torch.softmax(logits, -1), 1, generator=random_source(0))[:, 0]
    assert torch.equal(distributions.sample(logits, 7, random_source(0)), expected)


@given(SEEDS, SIZES)
@examples(40)
def test_a_mask_is_the_distribution_given_that_the_action_is_legal(seed, sizes):
    source = random_source(seed)
    logits = normal(source, 1, sum(sizes)).requires_grad_()
    legal = uniform(source, 1, sum(sizes)) < 0.6
    for part in legal.split(sizes, -1):
        part[0, 0] |= ~part.any()
    masked = distributions.mask(logits, legal, sizes)
    starts = np.cumsum((0, *sizes))[:-1]
    allowed = {
        combination: p
        for combination, p in joint(logits[0].detach(), sizes).items()
        if all(legal[0, start + choice] for start, choice in zip(starts, combination, strict=True))
    }
    total = sum(allowed.values())
    actions = torch.tensor(list(allowed))
    found = distributions.log_prob(masked.expand(len(actions), -1), actions, sizes)
    np.testing.assert_allclose(found.detach(), np.log(np.array(list(allowed.values())) / total), atol=1e-9)
    entropy = distributions.entropy(masked, sizes)
    expected = -sum(p / total * math.log(p / total) for p in allowed.values())
    assert entropy.item() == pytest.approx(expected, abs=1e-9)
    (entropy.sum() + found.sum()).backward()
    assert torch.isfinite(logits.grad).all()
    assert not logits.grad[~legal].any(), "what is illegal learns nothing"
    drawn = distributions.sample(masked.detach().expand(200, -1), sizes, source)
    assert {tuple(row) for row in drawn.tolist()} <= set(allowed)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("scale", [1.0, 80.0, 1e30])
def test_masks_stay_finite_for_large_logits(dtype, scale):
    logits = torch.tensor([[scale, -scale, 0.0, scale]], dtype=dtype, requires_grad=True)
    masked = distributions.mask(logits, torch.tensor([[False, True, True, False]]), 4)
    entropy = distributions.entropy(masked, 4)
    entropy.sum().backward()
    assert torch.isfinite(entropy).all()
    assert torch.isfinite(logits.grad).all()
    assert (distributions.sample(masked.detach().expand(100, -1), 4) % 3 != 0).all()


def test_masks_without_a_legal_choice_are_refused():
    logits = torch.zeros(2, 5)
    legal = torch.ones(2, 5, dtype=torch.bool)
    legal[1, :2] = False
    distributions.mask(logits, legal, 5)
    with pytest.raises(ValueError, match="at least one"):
        distributions.mask(logits, legal, (2, 3))
    with pytest.raises(ValueError, match="shape"):
        distributions.mask(logits, legal[:1], 5)


def test_entropy_of_known_distributions():
    uniform_logits, certain = torch.zeros(1, 7), torch.tensor([[100.0, 0.0, 0.0]])
    assert distributions.entropy(uniform_logits, 7).item() == pytest.approx(math.log(7))
    assert distributions.entropy(certain, 3).item() == pytest.approx(0.0, abs=1e-6)
    p = torch.tensor([[0.2, 0.3, 0.5]])
    plain = distributions.entropy(p.log(), 3).item()
    assert plain == pytest.approx(-(p * p.log()).sum().item())
    assert distributions.entropy(p.log() + 50, 3).item() == pytest.approx(plain, abs=1e-5)
    assert distributions.entropy(torch.zeros(5, 3), 3).shape == (5,)


def test_entropy_of_an_impossible_action_has_no_nan_gradient_for_large_logits():
    logits = torch.tensor([[80.0, -80.0]], requires_grad=True)
    distributions.entropy(logits, 2).sum().backward()
    assert torch.isfinite(logits.grad).all()
