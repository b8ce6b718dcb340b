"""From the raw interface vector to its fields and back (`dnc_agent.cores.ntm.interface`)."""

import math
from typing import Any

from dnc_agent.kernels.jit import helper
from dnc_agent.kernels.products import dot
from dnc_agent.kernels.vector_math import sigmoid, softmax


@helper
def softplus(x: Any) -> Any:
    """log(1 + e^x), exact: only a few values per step need it."""
    if x > type(x)(0):
        return type(x)(x + math.log1p(math.exp(-x)))
    return type(x)(math.log1p(math.exp(x)))


@helper
def _rows(raw: Any, at: int, target: Any) -> int:
    """Copy as many entries as the target [A, W] has; returns where the next field begins."""
    for row in range(target.shape[0]):
        for k in range(target.shape[1]):
            target[row, k] = raw[at + k]
        at += target.shape[1]
    return at


@helper
def _flat(source: Any, at: int, out: Any) -> int:
    """The inverse of `_rows`."""
    for row in range(source.shape[0]):
        for k in range(source.shape[1]):
            out[at + k] = source[row, k]
        at += source.shape[1]
    return at


@helper
def activate(raw: Any, fields: Any) -> None:
    """Bring every field of raw [K] into its domain."""
    keys, strengths, gates, shifts, powers, erase, add = fields
    heads = keys.shape[0]
    one = raw.dtype.type(1)
    at = _rows(raw, _rows(raw, 0, keys), add)
    for h in range(heads):
        strengths[h] = softplus(raw[at + h])
        powers[h] = one + softplus(raw[at + heads + h])
        gates[h] = sigmoid(raw[at + 2 * heads + h])
    at += 3 * heads
    for v in range(erase.shape[0]):
        for k in range(erase.shape[1]):
            erase[v, k] = sigmoid(raw[at + k])
        at += erase.shape[1]
    for h in range(heads):
        softmax(raw[at : at + shifts.shape[1]], shifts[h])
        at += shifts.shape[1]


@helper
def activate_backward(raw: Any, fields: Any, d_fields: Any, out: Any) -> None:
    """Gradient of raw [K] into out [K], from the fields and their gradients."""
    keys, _, gates, shifts, _, erase, _ = fields
    d_keys, d_strengths, d_gates, d_shifts, d_powers, d_erase, d_add = d_fields
    heads, word = keys.shape
    one = raw.dtype.type(1)
    at = _flat(d_add, _flat(d_keys, 0, out), out)
    for h in range(heads):
        out[at + h] = d_strengths[h] * sigmoid(raw[at + h])
        out[at + heads + h] = d_powers[h] * sigmoid(raw[at + heads + h])
        out[at + 2 * heads + h] = d_gates[h] * gates[h] * (one - gates[h])
    at += 3 * heads
    for v in range(erase.shape[0]):
        for k in range(word):
            out[at + k] = d_erase[v, k] * erase[v, k] * (one - erase[v, k])
        at += word
    for h in range(heads):
        mean = dot(shifts[h], d_shifts[h])
        for q in range(shifts.shape[1]):
            out[at + q] = shifts[h, q] * (d_shifts[h, q] - mean)
        at += shifts.shape[1]


@helper
def clear(fields: Any) -> None:
    """Set those parts of a gradient of fields to zero that are added to."""
    keys, _, _, _, _, erase, add = fields
    zero = keys.dtype.type(0)
    keys[:, :] = zero
    erase[:, :] = zero
    add[:, :] = zero
