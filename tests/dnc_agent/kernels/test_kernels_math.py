"""The small functions that kernels are made of."""

import numba
import numpy as np
import pytest
from hypothesis import given, strategies
from hypothesis.extra.numpy import arrays

from dnc_agent.kernels import allocation, vector_math
from tests.dnc_agent.helpers import examples

FUNCTIONS = {
    "exp": (vector_math.exp, np.exp),
    "sigmoid": (vector_math.sigmoid, lambda x: 1.0 / (1.0 + np.exp(-x))),
    "tanh": (vector_math.tanh, np.tanh),
    "oneplus": (vector_math.oneplus, lambda x: 1.0 + np.logaddexp(0.0, x)),
}


def _mapped(function):
    @numba.njit(error_model="numpy")
    def over(values, out):
        for k in range(values.shape[0]):
            out[k] = function(values[k])

    return over


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 6e-7), (np.float64, 1e-15)])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_accuracy(name, dtype, tolerance):
    ours, exact = FUNCTIONS[name]
    small = np.logspace(-8, 1, 501)
    values = np.concatenate([np.linspace(-30, 30, 20000), small, -small]).astype(dtype)
    out = np.empty_like(values)
    run = _mapped(ours)
    run(values, out)
    expected = exact(values.astype(np.longdouble))
    assert np.max(np.abs(out - expected) / np.abs(expected)) < tolerance
    special = np.array([np.nan, 1e4, -1e4], dtype)
    out = np.empty_like(special)
    run(special, out)
    assert np.isnan(out[0])
    if name != "exp":
        assert np.isfinite(out[1:]).all()
    else:
        assert out[2] == 0


@given(
    arrays(
        np.float32, strategies.integers(1, 90), elements=strategies.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])
    )
)
@examples(60)
def test_sorting_is_stable(usage):
    order, spare = np.empty((2, len(usage)), np.int32)
    allocation.sort_order(usage, order, spare)
    assert (order == np.argsort(usage, kind="stable")).all()


def test_sorting_keeps_a_permutation_with_nan():
    usage = np.array([0.5, np.nan, 0.1] * 20, np.float32)
    order, spare = np.empty((2, len(usage)), np.int32)
    allocation.sort_order(usage, order, spare)
    assert sorted(order) == list(range(len(usage)))
