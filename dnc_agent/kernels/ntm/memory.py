"""One step of the memory for a slice of the batch, forward and backward."""

from typing import Any

from dnc_agent.kernels.content import row_norm
from dnc_agent.kernels.jit import helper, kernel
from dnc_agent.kernels.ntm.addressing import address, address_backward
from dnc_agent.kernels.ntm.interface import activate, activate_backward, clear
from dnc_agent.kernels.products import add_rows, add_scaled, rows_dot, spread


@helper
def write(before: Any, after: Any, weightings: Any, erase: Any, add: Any) -> None:
    """Equations 3 and 4: all V heads erase, then all add; memory [N, W], which may be the same, weightings [V, N]."""
    one = after.dtype.type(1)
    n, word = after.shape
    for i in range(n):
        weight, row, out = weightings[0, i], before[i], after[i]
        for k in range(word):
            out[k] = row[k] * (one - weight * erase[0, k])
        for v in range(1, erase.shape[0]):
            weight = weightings[v, i]
            for k in range(word):
                out[k] *= one - weight * erase[v, k]
        for v in range(erase.shape[0]):
            weight = weightings[v, i]
            for k in range(word):
                out[k] += weight * add[v, k]


@helper
def write_backward(
    before: Any,
    weightings: Any,
    erase: Any,
    add: Any,
    d_memory: Any,
    d_weightings: Any,
    d_erase: Any,
    d_add: Any,
    kept: Any,
) -> None:
    """Gradient of `write`.

    Args:
        before: [N, W].
        weightings: [V, N].
        erase: [V, W].
        add: [V, W].
        d_memory: [N, W]; in: gradient of the memory after the write, out: before it.
        d_weightings: [V, N], added to.
        d_erase: [V, W], added to.
        d_add: [V, W], added to.
        kept: [W], scratch.
    """
    one = before.dtype.type(1)
    heads, word = erase.shape
    for v in range(heads):
        add_rows(d_add[v], weightings[v], d_memory)
    for i in range(before.shape[0]):
        row, d_row = before[i], d_memory[i]
        for v in range(heads):
            # What the other heads leave of the row.
            for k in range(word):
                kept[k] = d_row[k] * row[k]
            for u in range(heads):
                if u != v:
                    weight = weightings[u, i]
                    for k in range(word):
                        kept[k] *= one - weight * erase[u, k]
            weight = weightings[v, i]
            added, erased = one * 0, one * 0
            for k in range(word):
                added += d_row[k] * add[v, k]
                erased += kept[k] * erase[v, k]
            d_weightings[v, i] += added - erased
            for k in range(word):
                d_erase[v, k] -= weight * kept[k]
        for v in range(heads):
            weight = weightings[v, i]
            for k in range(word):
                d_row[k] *= one - weight * erase[v, k]


@kernel
def memory_forward(
    t: int,
    low: int,
    high: int,
    xi: Any,
    record: Any,
    source: int,
    target: int,
    features: Any,
    column: int,
    reset: Any,
    blank: Any,
    scratch: Any,
) -> None:
    """Step t of elements low..high.

    Args:
        t: step.
        low: first element.
        high: one past the last element.
        xi: [T, B, K], raw interface vectors.
        record: see `dnc_agent.kernels.ntm.layout.Record`.
        source: the slot that holds the memory before the step.
        target: the slot that gets the memory after it; may be `source`.
        features: [T + 1, B, F]; the read vectors go to slot t + 1, columns from `column`.
        column: see features.
        reset: [T, B] bool.
        blank: memory [N, W], norms [N] and weightings [H, N] at the start of an episode.
        scratch: see `dnc_agent.kernels.ntm.layout.Scratch`.
    """
    memory, all_norms, weightings, all_cosines, all_shifted = record
    fields, _, lines, _, _ = scratch
    keys, _, _, _, _, erase, add = fields
    heads, word = keys.shape
    writers = erase.shape[0]
    for b in range(low, high):
        if reset[t, b]:
            old, old_norms, previous = blank[0], blank[1], blank[2]
        else:
            old, old_norms, previous = memory[source, b], all_norms[source, b], weightings[t, b]
        new, norms, weights = memory[target, b], all_norms[target, b], weightings[t + 1, b]
        cosines, shifted = all_cosines[t, b], all_shifted[t, b]
        activate(xi[t, b], fields)
        for h in range(writers):
            address(old, old_norms, fields, h, previous[h], cosines[h], shifted[h], weights[h], lines)
        write(old, new, weights, erase, add)
        for i in range(new.shape[0]):
            norms[i] = row_norm(new[i])
        for h in range(writers, heads):
            address(new, norms, fields, h, previous[h], cosines[h], shifted[h], weights[h], lines)
            first = column + (h - writers) * word
            vector = features[t + 1, b, first : first + word]
            vector[:] = vector.dtype.type(0)
            add_rows(vector, weights[h], new)


@kernel
def memory_backward(
    t: int,
    low: int,
    high: int,
    xi: Any,
    record: Any,
    column: int,
    reset: Any,
    blank: Any,
    scratch: Any,
    d_features: Any,
    d_memories: Any,
    d_weightings: Any,
    d_xi: Any,
) -> None:
    """Gradient of `memory_forward`, step t.

    Args:
        t: step.
        low: first element.
        high: one past the last element.
        xi: [T, B, K], raw interface vectors.
        record: see `dnc_agent.kernels.ntm.layout.Record`, with T + 1 slots.
        column: first column of the read vectors in the features.
        reset: [T, B] bool.
        blank: memory [N, W], norms [N] and weightings [H, N] at the start of an episode.
        scratch: see `dnc_agent.kernels.ntm.layout.Scratch`.
        d_features: [T + 1, B, F]; slot t + 1 holds the gradient of the read vectors.
        d_memories: [B, N, W]; in: gradient of the memory after the step, out: before it.
        d_weightings: [B, H, N], likewise.
        d_xi: [T, B, K], written: gradient of the raw interface vectors.
    """
    memory, all_norms, weightings, all_cosines, all_shifted = record
    fields, d_fields, lines, d_cosines, pulls = scratch
    keys, _, _, _, _, erase, add = fields
    d_erase, d_add = d_fields[5], d_fields[6]
    heads, word = keys.shape
    writers = erase.shape[0]
    zero = xi.dtype.type(0)
    for b in range(low, high):
        if reset[t, b]:
            old, old_norms, previous = blank[0], blank[1], blank[2]
        else:
            old, old_norms, previous = memory[t, b], all_norms[t, b], weightings[t, b]
        new, norms, weights = memory[t + 1, b], all_norms[t + 1, b], weightings[t + 1, b]
        cosines, shifted = all_cosines[t, b], all_shifted[t, b]
        d_memory, d_weights, d_out = d_memories[b], d_weightings[b], d_features[t + 1, b, column:]
        turn = lines[4]
        activate(xi[t, b], fields)
        clear(d_fields)

        # Reads, then how the read heads came to their weightings.
        for h in range(writers, heads):
            pull = pulls[h - writers]
            for k in range(word):
                pull[k] = d_out[(h - writers) * word + k]
            rows_dot(new, pull, lines[0])
            add_scaled(d_weights[h], zero + 1, lines[0])
        spread(d_memory, weights[writers:], pulls)
        turn[:] = zero
        for h in range(writers, heads):
            address_backward(
                new, norms, fields, d_fields, h, previous[h], cosines[h], shifted[h], weights[h],
                d_weights[h], turn, d_cosines[h], lines,
            )  # fmt: skip
        spread(d_memory, d_cosines[writers:], keys[writers:])
        for i in range(new.shape[0]):
            add_scaled(d_memory[i], -turn[i] / (norms[i] * norms[i]), new[i])

        # The write, then how the write heads came to theirs.
        write_backward(old, weights, erase, add, d_memory, d_weights, d_erase, d_add, pulls[0])
        turn[:] = zero
        for h in range(writers):
            address_backward(
                old, old_norms, fields, d_fields, h, previous[h], cosines[h], shifted[h], weights[h],
                d_weights[h], turn, d_cosines[h], lines,
            )  # fmt: skip
        spread(d_memory, d_cosines[:writers], keys[:writers])
        for i in range(old.shape[0]):
            add_scaled(d_memory[i], -turn[i] / (old_norms[i] * old_norms[i]), old[i])
        activate_backward(xi[t, b], fields, d_fields, d_xi[t, b])
        if reset[t, b]:
            d_memory[:, :] = zero
            d_weights[:, :] = zero
