"""Digits: triples to channels and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shrdlu_env.graphs.coding import decode, digits, encode, triples, write_digits, write_triple
from tests.shrdlu_env.graphs.reading import triple_of

label = st.integers(-1, 999)


@given(st.lists(st.tuples(label, label, label), min_size=1, max_size=5))
def test_there_and_back(values):
    values = np.array(values)
    coded = encode(values)
    assert coded.shape == (len(values), 90)
    assert np.array_equal(decode(coded), values)
    assert np.array_equal(triples(digits(values)), values)
    for row, triple in zip(coded, values.tolist(), strict=True):
        assert [-1 if part is None else part for part in triple_of(row)] == triple
        written, numbers = np.zeros(92, np.float32), np.zeros(9, np.int8)
        write_triple(written, *triple)
        write_digits(numbers, *triple)
        assert np.array_equal(written[:90], row)
        assert np.array_equal(numbers, digits(np.array(triple)))


def test_one_by_hand():
    coded = encode(np.array([[907, -1, 12]]))[0]
    assert np.flatnonzero(coded).tolist() == [9, 10, 27, 60, 71, 82]


@pytest.mark.parametrize(
    "wrong", [np.array([1000, 0, 0]), np.array([-2, 0, 0]), np.zeros((2, 4), int), np.zeros(3)]
)
def test_refused(wrong):
    with pytest.raises(ValueError, match="triples h"):
        encode(wrong)
