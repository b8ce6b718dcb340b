"""One step of the memory for a slice of the batch (the reference is `dnc_agent.memory.memory_step`)."""

from typing import Any

from dnc_agent.kernels.allocation import allocate, sort_order
from dnc_agent.kernels.content import add_scaled, cosines_of, dot, masked_cosines, row_norm, weigh
from dnc_agent.kernels.interface import activate
from dnc_agent.kernels.jit import helper, kernel
from dnc_agent.kernels.layout import (
    split_keys,
    split_lookups,
    split_masked_norms,
    split_masks,
    split_state,
    split_write,
)
from dnc_agent.kernels.links import link_forward
from dnc_agent.kernels.usage import retain, use


@helper
def write_row(before: Any, after: Any, weight: Any, erase: Any, vector: Any, keep: Any) -> None:
    """Erase, then add, for one row [W]; keep is 1, or the retention if freed rows are wiped as well."""
    one = after.dtype.type(1)
    for k in range(after.shape[0]):
        after[k] = before[k] * (one - weight * erase[k]) * keep + weight * vector[k]


@helper
def write_weights(content: Any, allocation: Any, gates: Any, out: Any) -> Any:
    """Write weighting [N] for the gates (allocation gate, write gate); returns its sum."""
    one = out.dtype.type(1)
    by_allocation, by_content = gates[1] * gates[0], gates[1] * (one - gates[0])
    total = one * 0
    for i in range(out.shape[0]):
        w = by_allocation * allocation[i] + by_content * content[i]
        out[i] = w
        total += w
    return total


@helper
def read_out(
    memory: Any, modes: Any, backward: Any, content: Any, forward: Any, weights: Any, out: Any
) -> None:
    """Mix the three ways to read into weights [R, N]; read vectors go to out [R * W]."""
    heads, n = weights.shape
    word = memory.shape[1]
    for r in range(heads):
        a, b, c = modes[r, 0], modes[r, 1], modes[r, 2]
        for i in range(n):
            weights[r, i] = a * backward[r, i] + b * content[r, i] + c * forward[r, i]
        vector = out[r * word : (r + 1) * word]
        vector[:] = a * 0
        for i in range(n):
            add_scaled(vector, weights[r, i], memory[i])


@kernel
def memory_forward(
    t: int,
    low: int,
    high: int,
    word: int,
    xi: Any,
    record: Any,
    order: Any,
    memory: Any,
    links: Any,
    source: int,
    target: int,
    features: Any,
    column: int,
    reset: Any,
    blank: Any,
    scratch: Any,
    spare: Any,
    erase_freed: bool,
    masked: bool,
) -> None:
    """Step t of elements low..high.

    Args:
        t: step.
        low: first element.
        high: one past the last element.
        word: W.
        xi: [T, B, X], raw interface vectors.
        record: [T + 1, B, record_size]; slot t is read, slot t + 1 written.
        order: [T, B, N] int32, written: locations by usage.
        memory: [slots, B, N, W].
        links: [slots, B, N, N].
        source: the slot of both that holds the state before the step.
        target: the slot that gets the state after it; may be `source`.
        features: [T + 1, B, F]; the read vectors go to slot t + 1, columns from `column`.
        column: see features.
        reset: [T, B] bool.
        blank: (record [record_size], memory [N, W], links [N, N]) of an empty memory, for resets.
        scratch: [scratch_size].
        spare: [N] int32, scratch.
        erase_freed: wipe what the free gates release.
        masked: lookups are masked.
    """
    n = order.shape[2]
    heads = (features.shape[2] - column) // word
    size = xi.shape[2]
    value, rest = scratch[:size], scratch[size:]
    psi, allocation, rest = rest[:n], rest[n : 2 * n], rest[2 * n :]
    forward = rest[: heads * n].reshape(heads, n)
    backward = rest[heads * n : 2 * heads * n].reshape(heads, n)
    vectors = rest[2 * heads * n :]
    one = xi.dtype.type(1)
    for b in range(low, high):
        if reset[t, b]:
            old, old_memory, old_links = blank[0], blank[1], blank[2]
        else:
            old, old_memory, old_links = record[t, b], memory[source, b], links[source, b]
        new, new_memory, new_links = record[t + 1, b], memory[target, b], links[target, b]
        activate(xi[t, b], word, heads, masked, value)
        keys, strengths, key, strength = split_keys(value, word, heads)
        erase, vector, free, gates, modes = split_write(value, word, heads)
        old_usage, old_write, old_precedence, old_reads = split_state(old, n, heads)
        usage, write, precedence, reads = split_state(new, n, heads)
        norms, content, cosines, read_content, read_cosines = split_lookups(new, n, heads)

        retain(free, old_reads, psi)
        use(old_usage, old_write, psi, usage)
        sort_order(usage, order[t, b], spare)
        allocate(usage, order[t, b], allocation)

        if masked:
            read_masks, write_mask = split_masks(value, word, heads)
            write_norms, read_norms = split_masked_norms(new, n, heads)
            masked_cosines(
                old_memory, key, write_mask, write_norms, cosines, vectors[:word], vectors[word : 2 * word]
            )
        else:
            old_norms, _, _, _, _ = split_lookups(old, n, heads)
            cosines_of(old_memory, key, old_norms, cosines)
        weigh(cosines, strength[0], content)
        total = write_weights(content, allocation, gates, write)

        for r in range(heads):
            vectors[r] = one / row_norm(keys[r])
        for i in range(n):
            keep = psi[i] if erase_freed else one
            row = new_memory[i]
            write_row(old_memory[i], row, write[i], erase, vector, keep)
            norm = row_norm(row)
            norms[i] = norm
            if not masked:
                for r in range(heads):
                    read_cosines[r, i] = dot(row, keys[r]) * vectors[r] / norm
        if masked:
            for r in range(heads):
                masked_cosines(
                    new_memory, keys[r], read_masks[r], read_norms[r], read_cosines[r],
                    vectors[:word], vectors[word : 2 * word],
                )  # fmt: skip

        link_forward(old_links, new_links, write, old_precedence, old_reads, forward, backward)
        for i in range(n):
            precedence[i] = (one - total) * old_precedence[i] + write[i]
        for r in range(heads):
            weigh(read_cosines[r], strengths[r], read_content[r])
        read_out(new_memory, modes, backward, read_content, forward, reads, features[t + 1, b, column:])
