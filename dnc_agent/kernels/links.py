"""Dense temporal links of one batch element, forward and backward (Methods, 'Temporal memory linkage')."""

from typing import Any

from dnc_agent.kernels.jit import helper
from dnc_agent.kernels.products import add_four, add_scaled, dot, four_dots


@helper
def update_row(before: Any, after: Any, i: int, weighting: Any, precedence: Any) -> None:
    """Row i of the link update; before [N] and after [N] may be the same row."""
    one = after.dtype.type(1)
    w = weighting[i]
    for j in range(after.shape[0]):
        after[j] = (one - w - weighting[j]) * before[j] + w * precedence[j]
    after[i] = one * 0


@helper
def link_forward(
    before: Any, after: Any, weighting: Any, precedence: Any, reads: Any, forward: Any, backward: Any
) -> None:
    """Update the links and follow them from where the heads last read.

    Args:
        before: [N, N], of the previous step.
        after: [N, N], written; may be `before`.
        weighting: [N], the current write weighting.
        precedence: [N], of the previous step.
        reads: [R, N], of the previous step.
        forward: [R, N], written: L w.
        backward: [R, N], written: L^T w.
    """
    n = weighting.shape[0]
    heads = reads.shape[0]
    zero = after.dtype.type(0)
    for r in range(heads):
        for j in range(n):
            backward[r, j] = zero
    for i in range(n):
        update_row(before[i], after[i], i, weighting, precedence)
        if i % 4 == 3:
            # Four rows while they are in cache.
            _follow(after, i - 3, reads, forward, backward)
    for i in range(n // 4 * 4, n):
        for r in range(heads):
            forward[r, i] = dot(after[i], reads[r])
            add_scaled(backward[r], reads[r, i], after[i])


@helper
def _follow(link: Any, i: int, reads: Any, forward: Any, backward: Any) -> None:
    """Directional weightings of rows i..i + 3."""
    a, b, c, d = link[i], link[i + 1], link[i + 2], link[i + 3]
    for r in range(reads.shape[0]):
        forward[r, i], forward[r, i + 1], forward[r, i + 2], forward[r, i + 3] = four_dots(
            a, b, c, d, reads[r]
        )
        add_four(backward[r], a, b, c, d, reads[r, i], reads[r, i + 1], reads[r, i + 2], reads[r, i + 3])


@helper
def link_backward(
    before: Any,
    weighting: Any,
    precedence: Any,
    reads: Any,
    modes: Any,
    pull: Any,
    rows: Any,
    d_link: Any,
    d_weighting: Any,
    d_precedence: Any,
    back_forward: Any,
    back_backward: Any,
) -> None:
    """Gradient of `link_forward`.

    The links after the step are computed again, row by row, from those before it.

    Args:
        before: [N, N], links before the step.
        weighting: [N], the current write weighting.
        precedence: [N], of the previous step.
        reads: [R, N], of the previous step.
        modes: [R, 3], weights of backward, content and forward in the read weightings.
        pull: [R, N], gradient of the read weightings.
        rows: [4, N], scratch.
        d_link: [N, N]; in: gradient of the links after the step, out: of those before.
        d_weighting: [N], added to.
        d_precedence: [N], added to.
        back_forward: [R, N], written: L^T pull.
        back_backward: [R, N], written: L pull.
    """
    n = weighting.shape[0]
    heads = reads.shape[0]
    zero = d_link.dtype.type(0)
    for r in range(heads):
        for j in range(n):
            back_forward[r, j] = zero
    a, b, c, d = rows[0], rows[1], rows[2], rows[3]
    for i in range(n):
        update_row(before[i], rows[i % 4], i, weighting, precedence)
        _pull_row(i, reads, modes, pull, d_link[i])
        d_link[i, i] = zero
        if i % 4 == 3:
            k = i - 3
            for r in range(heads):
                to, back = pull[r], back_backward[r]
                back[k], back[k + 1], back[k + 2], back[i] = four_dots(a, b, c, d, to)
                add_four(back_forward[r], a, b, c, d, to[k], to[k + 1], to[k + 2], to[i])
            add_four(
                d_precedence, d_link[k], d_link[k + 1], d_link[k + 2], d_link[i],
                weighting[k], weighting[k + 1], weighting[k + 2], weighting[i],
            )  # fmt: skip
            for j in range(k, i + 1):
                _update_backward(j, before[j], weighting, precedence, d_link[j], d_weighting)
    for i in range(n // 4 * 4, n):
        for r in range(heads):
            back_backward[r, i] = dot(rows[i % 4], pull[r])
            add_scaled(back_forward[r], pull[r, i], rows[i % 4])
        add_scaled(d_precedence, weighting[i], d_link[i])
        _update_backward(i, before[i], weighting, precedence, d_link[i], d_weighting)


@helper
def _pull_row(i: int, reads: Any, modes: Any, pull: Any, d_row: Any) -> None:
    """Add to d_row [N] what the two directional weightings send to row i of the links."""
    heads, n = reads.shape
    for r in range(0, heads - 1, 2):
        # Two heads at a time: four products per element loaded and stored.
        a, b, c, d = reads[r], pull[r], reads[r + 1], pull[r + 1]
        s, t = modes[r, 2] * b[i], modes[r, 0] * a[i]
        u, v = modes[r + 1, 2] * d[i], modes[r + 1, 0] * c[i]
        for j in range(n):
            d_row[j] += s * a[j] + t * b[j] + u * c[j] + v * d[j]
    if heads % 2:
        a, b = reads[heads - 1], pull[heads - 1]
        s, t = modes[heads - 1, 2] * b[i], modes[heads - 1, 0] * a[i]
        for j in range(n):
            d_row[j] += s * a[j] + t * b[j]


@helper
def _update_backward(
    i: int, before: Any, weighting: Any, precedence: Any, d_row: Any, d_weighting: Any
) -> None:
    """Gradient of `update_row`, but for the precedence; d_row [N] becomes that of the row before [N]."""
    one = d_row.dtype.type(1)
    total = one * 0
    for j in range(d_row.shape[0]):
        total += d_row[j] * (precedence[j] - before[j])
    for j in range(d_row.shape[0]):
        d_weighting[j] -= d_row[j] * before[j]
    d_weighting[i] += total
    rest = one - weighting[i]
    for j in range(d_row.shape[0]):
        d_row[j] *= rest - weighting[j]
