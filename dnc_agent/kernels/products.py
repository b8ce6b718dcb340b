"""Small matrix products of head vectors with the rows of one element's memory or links.

Four rows (or heads) are taken at a time: one load of what they share serves all four, and loops this short
cost more to enter than to run.
"""

from typing import Any

from dnc_agent.kernels.jit import helper


@helper
def dot(a: Any, b: Any) -> Any:
    """Inner product of two vectors."""
    total = a.dtype.type(0)
    for k in range(a.shape[0]):
        total += a[k] * b[k]
    return total


@helper
def add_scaled(target: Any, factor: Any, vector: Any) -> None:
    """Add factor * vector to target."""
    for k in range(target.shape[0]):
        target[k] += factor * vector[k]


@helper
def four_dots(a: Any, b: Any, c: Any, d: Any, x: Any) -> Any:
    """Inner products of four vectors with x."""
    zero = x.dtype.type(0)
    s, t, u, v = zero, zero, zero, zero
    for k in range(x.shape[0]):
        y = x[k]
        s += a[k] * y
        t += b[k] * y
        u += c[k] * y
        v += d[k] * y
    return s, t, u, v


@helper
def add_four(target: Any, a: Any, b: Any, c: Any, d: Any, s: Any, t: Any, u: Any, v: Any) -> None:
    """Add s a + t b + u c + v d to target."""
    for k in range(target.shape[0]):
        target[k] += s * a[k] + t * b[k] + u * c[k] + v * d[k]


@helper
def rows_dot(rows: Any, vector: Any, out: Any) -> None:
    """out [N] = rows [N, W] times vector [W]."""
    n = rows.shape[0]
    for block in range(n // 4):
        i = 4 * block
        s, t, u, v = four_dots(rows[i], rows[i + 1], rows[i + 2], rows[i + 3], vector)
        out[i] = s
        out[i + 1] = t
        out[i + 2] = u
        out[i + 3] = v
    for i in range(n // 4 * 4, n):
        out[i] = dot(rows[i], vector)


@helper
def add_rows(target: Any, weights: Any, rows: Any) -> None:
    """Add the sum of rows [N, W] weighted by weights [N] to target [W]."""
    n = rows.shape[0]
    for block in range(n // 4):
        i = 4 * block
        add_four(
            target, rows[i], rows[i + 1], rows[i + 2], rows[i + 3],
            weights[i], weights[i + 1], weights[i + 2], weights[i + 3],
        )  # fmt: skip
    for i in range(n // 4 * 4, n):
        add_scaled(target, weights[i], rows[i])


@helper
def spread(rows: Any, weights: Any, vectors: Any) -> None:
    """Add weights [R, N] transposed times vectors [R, W] to rows [N, W]."""
    heads, n = weights.shape
    for block in range(heads // 4):
        r = 4 * block
        a, b, c, d = vectors[r], vectors[r + 1], vectors[r + 2], vectors[r + 3]
        for i in range(n):
            s, t, u, v = weights[r, i], weights[r + 1, i], weights[r + 2, i], weights[r + 3, i]
            add_four(rows[i], a, b, c, d, s, t, u, v)
    r = heads // 4 * 4
    if heads - r >= 2:
        a, b = vectors[r], vectors[r + 1]
        for i in range(n):
            row, s, t = rows[i], weights[r, i], weights[r + 1, i]
            for k in range(row.shape[0]):
                row[k] += s * a[k] + t * b[k]
        r += 2
    if heads > r:
        for i in range(n):
            add_scaled(rows[i], weights[r, i], vectors[r])
