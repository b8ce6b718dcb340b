"""exp, sigmoid and tanh that LLVM can vectorise in float32, and the exact ones in float64.

The C library's functions are scalar calls, which keep a loop from being vectorised. The float32 versions are
polynomials with an error of about 1e-7 of the result's scale; NaN goes in and out.
"""

import math
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numba import types
from numba.extending import overload

from dnc_agent.kernels.jit import helper

_LOG2_E = np.float32(math.log2(math.e))
_MAGIC = np.float32(1.5 * 2**23)  # adding it rounds to an integer and leaves that integer in the low bits
_LN2_HIGH = np.float32(0.693359375)  # few bits, so that multiples are exact
_LN2_LOW = np.float32(math.log(2.0) - 0.693359375)
_BIAS = np.int32(127 << 23)
_SHIFT = np.int32(23)
_HIGHEST = np.float32(88.0)
_LOWEST = np.float32(-87.0)
_ZERO = np.float32(0)
_ONE = np.float32(1)
# Taylor terms of (e^r - 1 - r) / r^2 on |r| <= ln(2)/2, where the next one is below float32 resolution.
_C2, _C3, _C4, _C5, _C6, _C7 = (np.float32(1 / math.factorial(n)) for n in range(2, 8))


# No "reassoc" here: (x * a + magic) - magic must not be simplified.
@numba.njit(fastmath={"contract"}, error_model="numpy", nogil=True)
def _exp32(x: Any) -> Any:
    x = _HIGHEST if x > _HIGHEST else x
    vanishes = x < _LOWEST
    x = _LOWEST if vanishes else x
    shifted = x * _LOG2_E + _MAGIC
    bits = np.float32(shifted).view(np.int32)
    power = shifted - _MAGIC
    r = (x - power * _LN2_HIGH) - power * _LN2_LOW
    tail = ((((_C7 * r + _C6) * r + _C5) * r + _C4) * r + _C3) * r + _C2
    scale = np.int32(np.int32(bits << _SHIFT) + _BIAS).view(np.float32)
    # Zero rather than a denormal number: those are slow.
    return _ZERO if vanishes else (tail * r * r + r + _ONE) * scale


def _exp_single(x: Any) -> Any:
    return _exp32(x)


def _exp_double(x: Any) -> Any:
    return math.exp(x)


def exp(x: Any) -> Any:
    """e^x; in float32 zero below -87 and e^88 above 88."""
    return math.exp(x)


@overload(exp, jit_options={"fastmath": {"contract"}, "error_model": "numpy"})
def _exp(x: Any) -> Callable[[Any], Any]:
    return _exp_single if x == types.float32 else _exp_double


def _sigmoid64(x: Any) -> Any:
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)
    return e / (1.0 + e)


def _sigmoid32(x: Any) -> Any:
    return _ONE / (_ONE + _exp32(-x))


def sigmoid(x: Any) -> Any:
    """1 / (1 + e^-x)."""
    return _sigmoid64(x)


@overload(sigmoid, jit_options={"fastmath": {"contract"}, "error_model": "numpy"})
def _sigmoid(x: Any) -> Callable[[Any], Any]:
    return _sigmoid32 if x == types.float32 else _sigmoid64


_T3, _T5, _T7, _T9, _T11 = (np.float32(c) for c in (-1 / 3, 2 / 15, -17 / 315, 62 / 2835, -1382 / 155925))
_SMALL = np.float32(0.25)
_TWO = np.float32(2)


def _tanh32(x: Any) -> Any:
    # Near zero 1 - 2 / (e^2x + 1) cancels; the Taylor series takes over there.
    q = x * x
    small = x + x * q * ((((_T11 * q + _T9) * q + _T7) * q + _T5) * q + _T3)
    large = _ONE - _TWO / (_exp32(_TWO * x) + _ONE)
    return small if abs(x) < _SMALL else large


def _tanh64(x: Any) -> Any:
    return math.tanh(x)


def tanh(x: Any) -> Any:
    """Hyperbolic tangent."""
    return math.tanh(x)


@overload(tanh, jit_options={"fastmath": {"contract"}, "error_model": "numpy"})
def _tanh(x: Any) -> Callable[[Any], Any]:
    return _tanh32 if x == types.float32 else _tanh64


@helper
def oneplus(x: Any) -> Any:
    """1 + log(1 + e^x), exact: only a few values per step need it."""
    one = type(x)(1)
    if x > one * 0:
        return type(x)(1.0 + x + math.log1p(math.exp(-x)))
    return type(x)(1.0 + math.log1p(math.exp(x)))


@helper
def softmax(z: Any, out: Any) -> None:
    """Softmax of z [N] into out [N]; they may be the same array."""
    n = z.shape[0]
    largest = z[0]
    for i in range(1, n):
        largest = z[i] if z[i] > largest else largest
    total = z[0] * 0
    for i in range(n):
        e = exp(z[i] - largest)
        out[i] = e
        total += e
    scale = z.dtype.type(1) / total
    for i in range(n):
        out[i] *= scale
