"""From the raw interface vector to its fields and back (Methods, 'Interface parameters').

`fields` is a tuple of arrays as in `dnc_agent.kernels.layout.Fields`.
"""

from typing import Any

from dnc_agent.kernels.jit import helper
from dnc_agent.kernels.vector_math import exp, oneplus, sigmoid


@helper
def _copy(source: Any, target: Any) -> None:
    for k in range(target.shape[0]):
        target[k] = source[k]


@helper
def _sigmoids(source: Any, target: Any) -> None:
    for k in range(target.shape[0]):
        target[k] = sigmoid(source[k])


@helper
def activate(raw: Any, fields: Any) -> None:
    """Bring every field of raw [K] into its domain."""
    keys, strengths, key, erase, vector, free, gates, modes, masks, mask = fields
    heads, word = keys.shape
    at = heads * word
    for r in range(heads):
        _copy(raw[r * word : (r + 1) * word], keys[r])
        strengths[r] = oneplus(raw[at + r])
    at += heads
    _copy(raw[at : at + word], key)
    at += word
    strengths[heads] = oneplus(raw[at])
    at += 1
    _sigmoids(raw[at : at + word], erase)
    at += word
    _copy(raw[at : at + word], vector)
    at += word
    _sigmoids(raw[at : at + heads], free)
    at += heads
    _sigmoids(raw[at : at + 2], gates)
    at += 2
    for r in range(modes.shape[0]):
        a, b, c = raw[at], raw[at + 1], raw[at + 2]
        largest = b if b > a else a
        largest = c if c > largest else largest
        a, b, c = exp(a - largest), exp(b - largest), exp(c - largest)
        total = a + b + c
        modes[r, 0] = a / total
        modes[r, 1] = b / total
        modes[r, 2] = c / total
        at += 3
    if mask.shape[0]:
        for r in range(heads):
            _sigmoids(raw[at : at + word], masks[r])
            at += word
        _sigmoids(raw[at : at + word], mask)


@helper
def activate_backward(raw: Any, fields: Any, d_fields: Any, out: Any) -> None:
    """Gradient of raw [K] into out [K], from the fields and their gradients."""
    keys, _, _, erase, _, free, gates, modes, masks, mask = fields
    d_keys, d_strengths, d_key, d_erase, d_vector, d_free, d_gates, d_modes, d_masks, d_mask = d_fields
    heads, word = keys.shape
    at = heads * word
    for r in range(heads):
        _copy(d_keys[r], out[r * word : (r + 1) * word])
        out[at + r] = d_strengths[r] * sigmoid(raw[at + r])
    at += heads
    _copy(d_key, out[at : at + word])
    at += word
    out[at] = d_strengths[heads] * sigmoid(raw[at])
    at += 1
    _sigmoids_backward(erase, d_erase, out[at : at + word])
    at += word
    _copy(d_vector, out[at : at + word])
    at += word
    _sigmoids_backward(free, d_free, out[at : at + heads])
    at += heads
    _sigmoids_backward(gates, d_gates, out[at : at + 2])
    at += 2
    for r in range(modes.shape[0]):
        mean = d_modes[r, 0] * modes[r, 0] + d_modes[r, 1] * modes[r, 1] + d_modes[r, 2] * modes[r, 2]
        for k in range(3):
            out[at + k] = modes[r, k] * (d_modes[r, k] - mean)
        at += 3
    if mask.shape[0]:
        for r in range(heads):
            _sigmoids_backward(masks[r], d_masks[r], out[at : at + word])
            at += word
        _sigmoids_backward(mask, d_mask, out[at : at + word])


@helper
def _sigmoids_backward(value: Any, d_value: Any, out: Any) -> None:
    one = out.dtype.type(1)
    for k in range(out.shape[0]):
        out[k] = d_value[k] * value[k] * (one - value[k])


@helper
def clear(fields: Any) -> None:
    """Set all parts of a gradient of fields to zero, but those that are always written."""
    keys, _, key, erase, vector, free, _, _, masks, mask = fields
    zero = key.dtype.type(0)
    for r in range(keys.shape[0]):
        free[r] = zero
        for k in range(keys.shape[1]):
            keys[r, k] = zero
        for k in range(masks.shape[1]):
            masks[r, k] = zero
    for k in range(key.shape[0]):
        key[k] = zero
        erase[k] = zero
        vector[k] = zero
    for k in range(mask.shape[0]):
        mask[k] = zero
