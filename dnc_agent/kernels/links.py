"""Dense temporal links of one batch element, forward and backward (Methods, 'Temporal memory linkage')."""

from typing import Any

from dnc_agent.kernels.jit import helper


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
    blocks = n // 4
    for block in range(blocks):
        i = 4 * block
        for k in range(4):
            update_row(before[i + k], after[i + k], i + k, weighting, precedence)
        row0, row1, row2, row3 = after[i], after[i + 1], after[i + 2], after[i + 3]
        for r in range(heads):
            # Four rows at once: one load of the read weights and one update of `backward` serve all of them.
            read, target = reads[r], backward[r]
            c0, c1, c2, c3 = read[i], read[i + 1], read[i + 2], read[i + 3]
            s0, s1, s2, s3 = zero, zero, zero, zero
            for j in range(n):
                x = read[j]
                s0 += row0[j] * x
                s1 += row1[j] * x
                s2 += row2[j] * x
                s3 += row3[j] * x
                target[j] += c0 * row0[j] + c1 * row1[j] + c2 * row2[j] + c3 * row3[j]
            forward[r, i] = s0
            forward[r, i + 1] = s1
            forward[r, i + 2] = s2
            forward[r, i + 3] = s3
    for i in range(4 * blocks, n):
        update_row(before[i], after[i], i, weighting, precedence)
        row = after[i]
        for r in range(heads):
            c, s = reads[r, i], zero
            for j in range(n):
                s += row[j] * reads[r, j]
                backward[r, j] += c * row[j]
            forward[r, i] = s


@helper
def link_backward(
    before: Any,
    weighting: Any,
    precedence: Any,
    reads: Any,
    modes: Any,
    pull: Any,
    row: Any,
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
        row: [N], scratch.
        d_link: [N, N]; in: gradient of the links after the step, out: of those before.
        d_weighting: [N], added to.
        d_precedence: [N], added to.
        back_forward: [R, N], written: L^T pull.
        back_backward: [R, N], written: L pull.
    """
    n = weighting.shape[0]
    heads = reads.shape[0]
    one = d_link.dtype.type(1)
    zero = d_link.dtype.type(0)
    for r in range(heads):
        for j in range(n):
            back_forward[r, j] = zero
    for i in range(n):
        old, d_row = before[i], d_link[i]
        update_row(old, row, i, weighting, precedence)
        for r in range(heads):
            read, toward, back = reads[r], pull[r], back_forward[r]
            p, s = toward[i], zero
            by_forward, by_backward = modes[r, 2] * p, modes[r, 0] * read[i]
            for j in range(n):
                s += row[j] * toward[j]
                back[j] += p * row[j]
                d_row[j] += by_forward * read[j] + by_backward * toward[j]
            back_backward[r, i] = s
        d_row[i] = zero
        w, s = weighting[i], zero
        for j in range(n):
            d = d_row[j]
            s += d * (precedence[j] - old[j])
            d_weighting[j] -= d * old[j]
            d_precedence[j] += d * w
            d_row[j] = d * (one - w - weighting[j])
        d_weighting[i] += s
