"""The pointwise part of one controller layer for a slice of the batch, forward and backward."""

from typing import Any

from dnc_agent.kernels.jit import kernel
from dnc_agent.kernels.vector_math import sigmoid, tanh


@kernel
def lstm_forward(
    t: int, low: int, high: int, layer: int, gates: Any, cells: Any, features: Any, reset: Any
) -> None:
    """Step t of elements low..high.

    Args:
        t: step.
        low: first element.
        high: one past the last element.
        layer: index of the layer.
        gates: [T, B, 4H]; in: before the non-linearity, out: after it (input, forget, candidate, output).
        cells: [T + 1, B, layers, H]; slot t is read, slot t + 1 written.
        features: [T + 1, B, F]; h goes to slot t + 1, columns from layer * H.
        reset: [T, B] bool.
    """
    n = cells.shape[3]
    for b in range(low, high):
        row = gates[t, b]
        i, f, g, o = row[:n], row[n : 2 * n], row[2 * n : 3 * n], row[3 * n :]
        before, after = cells[t, b, layer], cells[t + 1, b, layer]
        h = features[t + 1, b, layer * n : (layer + 1) * n]
        for k in range(2 * n):
            row[k] = sigmoid(row[k])
        for k in range(n):
            g[k] = tanh(g[k])
        for k in range(n):
            o[k] = sigmoid(o[k])
        if reset[t, b]:
            for k in range(n):
                after[k] = i[k] * g[k]
        else:
            for k in range(n):
                after[k] = f[k] * before[k] + i[k] * g[k]
        for k in range(n):
            h[k] = o[k] * tanh(after[k])


@kernel
def lstm_backward(
    t: int,
    low: int,
    high: int,
    layer: int,
    gates: Any,
    cells: Any,
    d_features: Any,
    reset: Any,
    limit: float,
    d_cells: Any,
    d_gates: Any,
) -> None:
    """Gradient of `lstm_forward`, step t.

    Args:
        t: step.
        low: first element.
        high: one past the last element.
        layer: index of the layer.
        gates: [T, B, 4H], after the non-linearity.
        cells: [T + 1, B, layers, H].
        d_features: [T + 1, B, F]; the gradient of h is in slot t + 1.
        reset: [T, B] bool.
        limit: clip of the gradient at h; infinity turns it off.
        d_cells: [B, layers, H]; in: gradient of the cell after step t, out: before it.
        d_gates: [T, B, 4H], written: gradient before the non-linearity.
    """
    n = cells.shape[3]
    one = d_cells.dtype.type(1)
    bound = d_cells.dtype.type(limit)
    for b in range(low, high):
        row = gates[t, b]
        i, f, g, o = row[:n], row[n : 2 * n], row[2 * n : 3 * n], row[3 * n :]
        out = d_gates[t, b]
        d_i, d_f, d_g, d_o = out[:n], out[n : 2 * n], out[2 * n : 3 * n], out[3 * n :]
        before, after = cells[t, b, layer], cells[t + 1, b, layer]
        d_cell = d_cells[b, layer]
        d_h = d_features[t + 1, b, layer * n : (layer + 1) * n]
        fresh = reset[t, b]
        for k in range(n):
            d = d_h[k]
            d = bound if d > bound else d
            d = -bound if d < -bound else d
            squashed = tanh(after[k])
            d_o[k] = d * squashed * o[k] * (one - o[k])
            d_cell[k] += d * o[k] * (one - squashed * squashed)
        for k in range(n):
            d_i[k] = d_cell[k] * g[k] * i[k] * (one - i[k])
            d_g[k] = d_cell[k] * i[k] * (one - g[k] * g[k])
        if fresh:
            for k in range(n):
                d_f[k] = one * 0
                d_cell[k] = one * 0
        else:
            for k in range(n):
                d_f[k] = d_cell[k] * before[k] * f[k] * (one - f[k])
                d_cell[k] = d_cell[k] * f[k]


@kernel
def tanh_forward(t: int, low: int, high: int, layer: int, gates: Any, features: Any) -> None:
    """Step t of elements low..high of a layer of tanh units.

    Args:
        t: step.
        low: first element.
        high: one past the last element.
        layer: index of the layer.
        gates: [T, B, H], before the non-linearity.
        features: [T + 1, B, F]; h goes to slot t + 1, columns from layer * H.
    """
    n = gates.shape[2]
    for b in range(low, high):
        row = gates[t, b]
        h = features[t + 1, b, layer * n : (layer + 1) * n]
        for k in range(n):
            h[k] = tanh(row[k])


@kernel
def tanh_backward(
    t: int, low: int, high: int, layer: int, features: Any, d_features: Any, limit: float, d_gates: Any
) -> None:
    """Gradient of `tanh_forward`, step t.

    Args:
        t: step.
        low: first element.
        high: one past the last element.
        layer: index of the layer.
        features: [T + 1, B, F], as `tanh_forward` left them.
        d_features: [T + 1, B, F]; the gradient of h is in slot t + 1.
        limit: clip of the gradient at h; infinity turns it off.
        d_gates: [T, B, H], written: gradient before the non-linearity.
    """
    n = d_gates.shape[2]
    one = d_gates.dtype.type(1)
    bound = d_gates.dtype.type(limit)
    for b in range(low, high):
        h = features[t + 1, b, layer * n : (layer + 1) * n]
        d_h = d_features[t + 1, b, layer * n : (layer + 1) * n]
        out = d_gates[t, b]
        for k in range(n):
            d = d_h[k]
            d = bound if d > bound else d
            d = -bound if d < -bound else d
            out[k] = d * (one - h[k] * h[k])
