"""Content lookups, forward and backward (Methods, 'Content-based addressing').

Masks are those of Csordas & Schmidhuber (2019). Everything here is about one key of one batch element: the
lookups of the read heads and the write head differ only in the arrays they are given.
"""

import math
from typing import Any

from dnc_agent.kernels.jit import helper
from dnc_agent.kernels.products import dot, rows_dot
from dnc_agent.kernels.vector_math import softmax

NORM_EPSILON = 1e-6  # as in dnc_agent.cores.dnc.addressing


@helper
def row_norm(row: Any) -> Any:
    """Smoothed length of row [W]."""
    total = row.dtype.type(NORM_EPSILON)
    for k in range(row.shape[0]):
        total += row[k] * row[k]
    return row.dtype.type(math.sqrt(total))


@helper
def weigh(cosines: Any, strength: Any, out: Any) -> None:
    """Softmax of strength * cosines [N] into out [N]."""
    for i in range(cosines.shape[0]):
        out[i] = strength * cosines[i]
    softmax(out, out)


@helper
def weigh_backward(cosines: Any, weights: Any, strength: Any, d_weights: Any) -> Any:
    """Turn the gradient of the weights into that of the cosines, in place; returns the strength's."""
    one = weights.dtype.type(1)
    mean = dot(weights, d_weights)
    d_strength = one * 0
    for i in range(weights.shape[0]):
        d = weights[i] * (d_weights[i] - mean)
        d_strength += d * cosines[i]
        d_weights[i] = d * strength
    return d_strength


@helper
def cosines_of(memory: Any, key: Any, norms: Any, cosines: Any) -> None:
    """Cosine of key [W] with every row of memory [N, W] whose norms [N] are known."""
    rows_dot(memory, key, cosines)
    scale = key.dtype.type(1) / row_norm(key)
    for i in range(memory.shape[0]):
        cosines[i] *= scale / norms[i]


@helper
def cosines_backward(key: Any, norms: Any, cosines: Any, d_cosines: Any, turn: Any) -> Any:
    """First half of the gradient of `cosines_of`.

    d_cosines [N] become the factors with which the key enters the gradients of the memory's rows, and the
    rows that of the key. Both also shrink along themselves: to turn [N] the factors of the rows are added,
    still to be divided by the squared norms; that of the key is returned.
    """
    scale = key.dtype.type(1) / row_norm(key)
    total = scale * 0
    for i in range(norms.shape[0]):
        along = d_cosines[i] * cosines[i]
        total += along
        turn[i] += along
        d_cosines[i] *= scale / norms[i]
    return total * scale * scale


@helper
def masked_cosines(
    memory: Any, key: Any, mask: Any, norms: Any, cosines: Any, squared: Any, masked: Any
) -> None:
    """Cosines under mask [W]; norms and cosines [N] are written, squared and masked [W] are scratch."""
    one = key.dtype.type(1)
    for k in range(key.shape[0]):
        squared[k] = mask[k] * mask[k]
        masked[k] = key[k] * mask[k]
    scale = one / row_norm(masked)
    for k in range(key.shape[0]):
        masked[k] *= mask[k]
    for i in range(memory.shape[0]):
        total = key.dtype.type(NORM_EPSILON)
        product = one * 0
        for k in range(key.shape[0]):
            total += squared[k] * memory[i, k] * memory[i, k]
            product += masked[k] * memory[i, k]
        norms[i] = math.sqrt(total)
        cosines[i] = product * scale / norms[i]


@helper
def masked_backward(
    memory: Any,
    key: Any,
    mask: Any,
    norms: Any,
    cosines: Any,
    d_cosines: Any,
    d_memory: Any,
    d_key: Any,
    d_mask: Any,
    scratch: Any,
) -> None:
    """Add the gradients of `masked_cosines` to d_memory [N, W], d_key [W] and d_mask [W]; scratch [4, W]."""
    one = key.dtype.type(1)
    word = key.shape[0]
    masked, twice, along, square = scratch[0], scratch[1], scratch[2], scratch[3]
    for k in range(word):
        masked[k] = key[k] * mask[k]
        twice[k] = masked[k] * mask[k]
        along[k] = one * 0
        square[k] = one * 0
    length = row_norm(masked)
    scale = one / length
    turned = one * 0
    for i in range(memory.shape[0]):
        g = d_cosines[i] * scale / norms[i]
        h = d_cosines[i] * cosines[i] / (norms[i] * norms[i])
        turned += d_cosines[i] * cosines[i]
        for k in range(word):
            m = memory[i, k]
            d_memory[i, k] += g * twice[k] - h * mask[k] * mask[k] * m
            along[k] += g * m
            square[k] += h * m * m
    turned *= scale * scale
    for k in range(word):
        d_masked = mask[k] * along[k] - turned * masked[k]
        d_key[k] += d_masked * mask[k]
        d_mask[k] += d_masked * key[k] + masked[k] * along[k] - mask[k] * square[k]
