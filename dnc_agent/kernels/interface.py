"""From the raw interface vector to its ranges and back (Methods, 'Interface parameters')."""

from typing import Any

from dnc_agent.kernels.jit import helper
from dnc_agent.kernels.layout import split_keys, split_masks, split_write
from dnc_agent.kernels.vector_math import oneplus, sigmoid, softmax


@helper
def activate(raw: Any, word: int, heads: int, masked: bool, out: Any) -> None:
    """Write the fields of raw [X], each brought into its domain, to out [X]."""
    start = heads * word + heads + word + 1
    out[:start] = raw[:start]
    _, strengths, _, strength = split_keys(out, word, heads)
    for r in range(heads):
        strengths[r] = oneplus(strengths[r])
    strength[0] = oneplus(strength[0])
    raw_erase, raw_vector, raw_free, raw_gates, raw_modes = split_write(raw, word, heads)
    erase, vector, free, gates, modes = split_write(out, word, heads)
    for k in range(word):
        erase[k] = sigmoid(raw_erase[k])
    vector[:] = raw_vector
    for r in range(heads):
        free[r] = sigmoid(raw_free[r])
        softmax(raw_modes[r], modes[r])
    for k in range(2):
        gates[k] = sigmoid(raw_gates[k])
    if masked:
        for k in range(heads * word + 3 * word + 5 * heads + 3, raw.shape[0]):
            out[k] = sigmoid(raw[k])


@helper
def activate_backward(raw: Any, value: Any, word: int, heads: int, masked: bool, d: Any) -> None:
    """Turn the gradient d [X] of the fields value [X] into that of raw [X], in place."""
    one = d.dtype.type(1)
    _, raw_strengths, _, raw_strength = split_keys(raw, word, heads)
    _, d_strengths, _, d_strength = split_keys(d, word, heads)
    for r in range(heads):
        d_strengths[r] *= sigmoid(raw_strengths[r])
    d_strength[0] *= sigmoid(raw_strength[0])
    erase, _, free, gates, modes = split_write(value, word, heads)
    d_erase, _, d_free, d_gates, d_modes = split_write(d, word, heads)
    for k in range(word):
        d_erase[k] *= erase[k] * (one - erase[k])
    for r in range(heads):
        d_free[r] *= free[r] * (one - free[r])
        total = d_modes[r, 0] * modes[r, 0] + d_modes[r, 1] * modes[r, 1] + d_modes[r, 2] * modes[r, 2]
        for k in range(3):
            d_modes[r, k] = modes[r, k] * (d_modes[r, k] - total)
    for k in range(2):
        d_gates[k] *= gates[k] * (one - gates[k])
    if masked:
        masks, mask = split_masks(value, word, heads)
        d_masks, d_mask = split_masks(d, word, heads)
        for r in range(heads):
            for k in range(word):
                d_masks[r, k] *= masks[r, k] * (one - masks[r, k])
        for k in range(word):
            d_mask[k] *= mask[k] * (one - mask[k])
