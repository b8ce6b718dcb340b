"""How one head of one element comes to its weighting, forward and backward (`dnc_agent.cores.ntm.addressing`)."""

import math
from typing import Any

from dnc_agent.kernels.content import cosines_backward, cosines_of, weigh, weigh_backward
from dnc_agent.kernels.jit import helper
from dnc_agent.kernels.products import add_rows, add_scaled, dot
from dnc_agent.kernels.vector_math import exp


@helper
def interpolate(content: Any, previous: Any, gate: Any, out: Any) -> None:
    """Equation 7: gate * content + (1 - gate) * previous, all [N]."""
    one = out.dtype.type(1)
    for i in range(out.shape[0]):
        out[i] = gate * content[i] + (one - gate) * previous[i]


@helper
def shift(gated: Any, moves: Any, out: Any) -> None:
    """Equation 8: gated [N] moved around the circle by moves [S] into out [N]."""
    n, count = out.shape[0], moves.shape[0]
    for i in range(n):
        out[i] = out.dtype.type(0)
    for q in range(count):
        by = (q - count // 2 + n) % n
        for i in range(by):
            out[i] += moves[q] * gated[n - by + i]
        for i in range(n - by):
            out[by + i] += moves[q] * gated[i]


@helper
def shift_backward(gated: Any, moves: Any, d_out: Any, d_gated: Any, d_moves: Any) -> None:
    """Gradient of `shift`; d_gated [N] and d_moves [S] are written."""
    n, count = gated.shape[0], moves.shape[0]
    for i in range(n):
        d_gated[i] = d_gated.dtype.type(0)
    for q in range(count):
        by = (q - count // 2 + n) % n
        along = d_out.dtype.type(0)
        for i in range(by):
            d_gated[n - by + i] += moves[q] * d_out[i]
            along += d_out[i] * gated[n - by + i]
        for i in range(n - by):
            d_gated[i] += moves[q] * d_out[by + i]
            along += d_out[by + i] * gated[i]
        d_moves[q] = along


@helper
def sharpen(shifted: Any, power: Any, out: Any) -> None:
    """Equation 9: shifted [N] to this power, as a share of the sum, into out [N]."""
    n = out.shape[0]
    zero, one = out.dtype.type(0), out.dtype.type(1)
    largest = shifted[0]
    for i in range(1, n):
        largest = shifted[i] if shifted[i] > largest else largest
    scale = one / largest
    for i in range(n):
        share = shifted[i] * scale
        out[i] = power * type(power)(math.log(share)) if share > zero else type(power)(-math.inf)
    total = zero
    for i in range(n):
        raised = exp(out[i])
        out[i] = raised
        total += raised
    for i in range(n):
        out[i] /= total


@helper
def sharpen_backward(shifted: Any, power: Any, weights: Any, d_weights: Any, d_shifted: Any) -> Any:
    """Gradient of `sharpen` into d_shifted [N]; returns that of the power."""
    zero = weights.dtype.type(0)
    mean = dot(weights, d_weights)
    d_power = zero
    for i in range(weights.shape[0]):
        d = weights[i] * (d_weights[i] - mean)
        if shifted[i] > zero and d != zero:
            d_power += d * type(power)(math.log(shifted[i]))
            d_shifted[i] = d * power / shifted[i]
        else:
            d_shifted[i] = zero
    return d_power


@helper
def address(
    memory: Any,
    norms: Any,
    fields: Any,
    h: int,
    previous: Any,
    cosines: Any,
    shifted: Any,
    out: Any,
    lines: Any,
) -> None:
    """Weighting of head h [N] into out; cosines and shifted [N] are kept, lines are scratch."""
    keys, strengths, gates, shifts, powers, _, _ = fields
    content, gated = lines[0], lines[1]
    cosines_of(memory, keys[h], norms, cosines)
    weigh(cosines, strengths[h], content)
    interpolate(content, previous, gates[h], gated)
    shift(gated, shifts[h], shifted)
    sharpen(shifted, powers[h], out)


@helper
def address_backward(
    memory: Any,
    norms: Any,
    fields: Any,
    d_fields: Any,
    h: int,
    previous: Any,
    cosines: Any,
    shifted: Any,
    weights: Any,
    d_weights: Any,
    turn: Any,
    d_cosines: Any,
    lines: Any,
) -> None:
    """Gradient of `address`.

    Args:
        memory: [N, W].
        norms: [N].
        fields: see `dnc_agent.kernels.ntm.layout.Fields`.
        d_fields: written for head h; its key is added to.
        h: head.
        previous: weighting before the step [N].
        cosines: [N].
        shifted: [N].
        weights: [N], as `address` found them.
        d_weights: [N]; in: gradient of the weighting after the step, out: of the one before it.
        turn: [N], added to: see `dnc_agent.kernels.content.cosines_backward`.
        d_cosines: [N], written: with how much of the key each row of the memory moves.
        lines: scratch.
    """
    keys, strengths, gates, shifts, powers, _, _ = fields
    d_keys, d_strengths, d_gates, d_shifts, d_powers, _, _ = d_fields
    content, gated, d_shifted, d_gated = lines[0], lines[1], lines[2], lines[3]
    one = weights.dtype.type(1)
    n = weights.shape[0]
    gate = gates[h]
    weigh(cosines, strengths[h], content)
    interpolate(content, previous, gate, gated)
    d_powers[h] = sharpen_backward(shifted, powers[h], weights, d_weights, d_shifted)
    shift_backward(gated, shifts[h], d_shifted, d_gated, d_shifts[h])
    along = one * 0
    for i in range(n):
        along += d_gated[i] * (content[i] - previous[i])
        d_cosines[i] = gate * d_gated[i]
        d_weights[i] = (one - gate) * d_gated[i]
    d_gates[h] = along
    d_strengths[h] = weigh_backward(cosines, content, strengths[h], d_cosines)
    shorten = cosines_backward(keys[h], norms, cosines, d_cosines, turn)
    add_rows(d_keys[h], d_cosines, memory)
    add_scaled(d_keys[h], -shorten, keys[h])
