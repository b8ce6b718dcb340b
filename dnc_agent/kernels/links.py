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
    for block in range(n // 4):
        # Four rows at a time, while they are in cache.
        i = 4 * block
        a, b, c, d = after[i], after[i + 1], after[i + 2], after[i + 3]
        for k in range(i, i + 4):
            update_row(before[k], after[k], k, weighting, precedence)
        for r in range(heads):
            w, to = reads[r], forward[r]
            to[i], to[i + 1], to[i + 2], to[i + 3] = four_dots(a, b, c, d, w)
            add_four(backward[r], a, b, c, d, w[i], w[i + 1], w[i + 2], w[i + 3])
    for i in range(n // 4 * 4, n):
        update_row(before[i], after[i], i, weighting, precedence)
        for r in range(heads):
            forward[r, i] = dot(after[i], reads[r])
            add_scaled(backward[r], reads[r, i], after[i])


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
    for block in range((n + 3) // 4):
        k = 4 * block
        stop = min(k + 4, n)
        for i in range(k, stop):
            update_row(before[i], rows[i - k], i, weighting, precedence)
        for i in range(k, stop):
            d_row = d_link[i]
            for r in range(heads):
                # What the forward and the backward weighting send to this row.
                _add_two(d_row, reads[r], pull[r], modes[r, 2] * pull[r, i], modes[r, 0] * reads[r, i])
            d_row[i] = zero
        if stop < k + 4:
            break
        for r in range(heads):
            to, back = pull[r], back_backward[r]
            back[k], back[k + 1], back[k + 2], back[k + 3] = four_dots(a, b, c, d, to)
            add_four(back_forward[r], a, b, c, d, to[k], to[k + 1], to[k + 2], to[k + 3])
        add_four(
            d_precedence, d_link[k], d_link[k + 1], d_link[k + 2], d_link[k + 3],
            weighting[k], weighting[k + 1], weighting[k + 2], weighting[k + 3],
        )  # fmt: skip
        for i in range(k, stop):
            _update_backward(i, before[i], weighting, precedence, d_link[i], d_weighting)
    for i in range(n // 4 * 4, n):
        for r in range(heads):
            back_backward[r, i] = dot(rows[i % 4], pull[r])
            add_scaled(back_forward[r], pull[r, i], rows[i % 4])
        add_scaled(d_precedence, weighting[i], d_link[i])
        _update_backward(i, before[i], weighting, precedence, d_link[i], d_weighting)


@helper
def _add_two(target: Any, a: Any, b: Any, s: Any, t: Any) -> None:
    for k in range(target.shape[0]):
        target[k] += s * a[k] + t * b[k]


@helper
def _update_backward(
    i: int, before: Any, weighting: Any, precedence: Any, d_row: Any, d_weighting: Any
) -> None:
    """Gradient of `update_row`, but for the precedence; d_row [N] becomes that of the row before [N]."""
    one = d_row.dtype.type(1)
    total, rest = one * 0, one - weighting[i]
    for j in range(d_row.shape[0]):
        d = d_row[j]
        along = d * before[j]
        total += d * precedence[j] - along
        d_weighting[j] -= along
        d_row[j] = d * (rest - weighting[j])
    d_weighting[i] += total
