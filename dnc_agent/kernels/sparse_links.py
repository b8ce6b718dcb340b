"""Sparse temporal links of one batch element, forward and backward (Methods, 'Sparse link matrix').

A row of the links is a list of at most `capacity` entries: `index` [N, capacity] (int32, ascending), `value`
alike, and `count` [N]. As rows sum to at most 1 and entries below 1/K are dropped, K entries suffice, unless
the caller's initial links have more.
"""

from typing import Any

from dnc_agent.kernels.jit import helper


@helper
def keep_largest(weighting: Any, count: int, chosen: Any, kept: Any) -> Any:
    """The `count` largest entries of weighting [N], rescaled to sum 1.

    Args:
        weighting: [N].
        count: K, at most N.
        chosen: [K] int32, written: where they are, ascending.
        kept: [N], written: the entries, zero elsewhere.

    Returns:
        Their sum before rescaling; 0 if nothing was kept.
    """
    n = weighting.shape[0]
    zero = weighting.dtype.type(0)
    found = 0
    for i in range(n):
        kept[i] = zero
        if found < count or weighting[i] > weighting[chosen[found - 1]]:
            # Insert behind all that are at least as large: ties go to the lower index.
            k = found if found < count else count - 1
            found = k + 1
            while k > 0 and weighting[i] > weighting[chosen[k - 1]]:
                chosen[k] = chosen[k - 1]
                k -= 1
            chosen[k] = i
    total = zero
    for k in range(count):
        total += weighting[chosen[k]]
    for k in range(1, count):
        i, j = chosen[k], k
        while j > 0 and chosen[j - 1] > i:
            chosen[j] = chosen[j - 1]
            j -= 1
        chosen[j] = i
    if total <= zero:
        return zero
    if count == 1:
        # Exactly: the one link of a row is kept from 1 on, which a quotient of equals may miss by its last bit.
        kept[chosen[0]] = weighting.dtype.type(1)
        return total
    for k in range(count):
        kept[chosen[k]] = weighting[chosen[k]] / total
    return total


@helper
def keep_largest_backward(
    kept: Any, count: int, chosen: Any, total: Any, d_kept: Any, d_weighting: Any
) -> None:
    """Add the gradient of `keep_largest` to d_weighting [N]."""
    if total <= total * 0:
        return
    mean = total * 0
    for k in range(count):
        mean += d_kept[chosen[k]] * kept[chosen[k]]
    for k in range(count):
        i = chosen[k]
        d_weighting[i] += (d_kept[i] - mean) / total


@helper
def merge_row(
    i: int,
    index: Any,
    value: Any,
    count: int,
    weighting: Any,
    precedence: Any,
    chosen: Any,
    threshold: Any,
    out_index: Any,
    out_value: Any,
    origin: Any,
) -> int:
    """Row i after the update.

    Args:
        i: the row.
        index: [capacity], where the row's entries were.
        value: [capacity], what they were.
        count: how many.
        weighting: [N], largest write weights.
        precedence: [N], largest precedence weights.
        chosen: [K], where the latter are, ascending.
        threshold: entries below it are dropped.
        out_index: [capacity], written.
        out_value: [capacity], written.
        origin: [capacity], written: position in the old row, -1 for a new entry.

    Returns:
        How many entries there are now.
    """
    one = value.dtype.type(1)
    w = weighting[i]
    added = chosen.shape[0] if w > one * 0 else 0
    a, c, found = 0, 0, 0
    while a < count or c < added:
        if c >= added or (a < count and index[a] <= chosen[c]):
            j, old, came = index[a], value[a], a
            if c < added and chosen[c] == j:
                c += 1
            a += 1
        else:
            j, old, came = chosen[c], one * 0, -1
            c += 1
        new = (one - w - weighting[j]) * old + w * precedence[j]
        if j != i and not new < threshold:
            out_index[found] = j
            out_value[found] = new
            origin[found] = came
            found += 1
    return found


@helper
def sparse_forward(
    before: Any,
    after: Any,
    weighting: Any,
    precedence: Any,
    reads: Any,
    forward: Any,
    backward: Any,
    space: Any,
) -> None:
    """Update the links and follow them, like `dnc_agent.kernels.links.link_forward`.

    Args:
        before: (index, value, count) of the previous step.
        after: likewise, written; may be `before`.
        weighting: [N], the current write weighting.
        precedence: [N], of the previous step.
        reads: [R, N], of the previous step.
        forward: [R, N], written; with R = 0 the links are only updated.
        backward: [R, N], written.
        space: see `dnc_agent.kernels.layout.SparseSpace`.
    """
    chosen, row_index, origin, kept, row_value = space[0], space[1], space[2], space[3], space[4]
    heads, n = forward.shape
    count, threshold = chosen.shape[1], space[6][0]
    keep_largest(weighting, count, chosen[0], kept[0])
    keep_largest(precedence, count, chosen[1], kept[1])
    zero = weighting.dtype.type(0)
    for r in range(heads):
        for j in range(n):
            backward[r, j] = zero
    for i in range(n):
        found = merge_row(
            i, before[0][i], before[1][i], before[2][i], kept[0], kept[1], chosen[1], threshold,
            row_index, row_value, origin,
        )  # fmt: skip
        after[2][i] = found
        for k in range(found):
            after[0][i, k] = row_index[k]
            after[1][i, k] = row_value[k]
        for r in range(heads):
            total = zero
            for k in range(found):
                j = row_index[k]
                total += row_value[k] * reads[r, j]
                backward[r, j] += row_value[k] * reads[r, i]
            forward[r, i] = total


@helper
def sparse_backward(
    before: Any,
    weighting: Any,
    precedence: Any,
    reads: Any,
    modes: Any,
    pull: Any,
    space: Any,
    d_value: Any,
    d_dense: Any,
    d_weighting: Any,
    d_precedence: Any,
    back_forward: Any,
    back_backward: Any,
    first: bool,
) -> None:
    """Gradient of `sparse_forward`, like `dnc_agent.kernels.links.link_backward`.

    Args:
        before: (index, value, count) of the links before the step.
        weighting: [N], the current write weighting.
        precedence: [N], of the previous step.
        reads: [R, N], of the previous step.
        modes: [R, 3].
        pull: [R, N], gradient of the read weightings.
        space: see `dnc_agent.kernels.layout.SparseSpace`.
        d_value: [N, capacity]; in: gradient of the entries after the step, out: of those before it.
        d_dense: [N, N] or empty, written: gradient of the links before the step, places without an entry
            included. Such places pass no gradient on, so that this matters for the initial links only.
        d_weighting: [N], added to.
        d_precedence: [N], added to.
        back_forward: [R, N], written: L^T pull.
        back_backward: [R, N], written: L pull.
        first: whether this is the first step, and d_dense is written.
    """
    chosen, row_index, origin, kept, row_value, d_row = (
        space[0],
        space[1],
        space[2],
        space[3],
        space[4],
        space[5],
    )
    heads, n = reads.shape
    count, threshold = chosen.shape[1], space[6][0]
    dense = d_dense.shape[0] if first else 0
    one = weighting.dtype.type(1)
    zero = one * 0
    kept_w, kept_p, d_w, d_p = kept[0], kept[1], kept[2], kept[3]
    total_w = keep_largest(weighting, count, chosen[0], kept_w)
    total_p = keep_largest(precedence, count, chosen[1], kept_p)
    for j in range(n):
        d_w[j] = zero
        d_p[j] = zero
        for r in range(heads):
            back_forward[r, j] = zero
    for i in range(n):
        found = merge_row(
            i, before[0][i], before[1][i], before[2][i], kept_w, kept_p, chosen[1], threshold,
            row_index, row_value, origin,
        )  # fmt: skip
        for k in range(found):
            d_row[k] = d_value[i, k]
        for k in range(before[2][i]):
            d_value[i, k] = zero
        for j in range(dense):
            d_dense[i, j] = zero
        for r in range(heads):
            total = zero
            for k in range(found):
                j = row_index[k]
                total += row_value[k] * pull[r, j]
                back_forward[r, j] += row_value[k] * pull[r, i]
                d_row[k] += modes[r, 2] * pull[r, i] * reads[r, j] + modes[r, 0] * reads[r, i] * pull[r, j]
            back_backward[r, i] = total
        for k in range(found):
            j, d = row_index[k], d_row[k]
            old = before[1][i, origin[k]] if origin[k] >= 0 else zero
            d_w[i] += d * (kept_p[j] - old)
            d_w[j] -= d * old
            d_p[j] += d * kept_w[i]
            d *= one - kept_w[i] - kept_w[j]
            if origin[k] >= 0:
                d_value[i, origin[k]] = d
            if dense:
                d_dense[i, j] = d
    keep_largest_backward(kept_w, count, chosen[0], total_w, d_w, d_weighting)
    keep_largest_backward(kept_p, count, chosen[1], total_p, d_p, d_precedence)
