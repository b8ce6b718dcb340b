"""Gradient of one step of the memory for a slice of the batch."""

from typing import Any

from dnc_agent.kernels.allocation import allocate, allocate_backward
from dnc_agent.kernels.content import add_scaled, dot, masked_backward, row_norm, weigh_backward
from dnc_agent.kernels.interface import activate, activate_backward
from dnc_agent.kernels.jit import helper, kernel
from dnc_agent.kernels.layout import (
    split_keys,
    split_lookups,
    split_masked_norms,
    split_masks,
    split_state,
    split_write,
)
from dnc_agent.kernels.links import link_backward
from dnc_agent.kernels.usage import retain, retain_backward, use_backward


@helper
def write_row_backward(
    before: Any, weight: Any, erase: Any, vector: Any, keep: Any, d_row: Any, d_erase: Any, d_vector: Any
) -> Any:
    """Gradient of `write_row`; d_row [W] becomes that of the row before. Returns those of weight and keep."""
    one = d_row.dtype.type(1)
    d_weight, d_keep = one * 0, one * 0
    for k in range(d_row.shape[0]):
        d, m = d_row[k], before[k]
        kept = d * m
        d_weight += d * vector[k] - kept * erase[k] * keep
        d_keep += kept * (one - weight * erase[k])
        d_erase[k] -= kept * weight * keep
        d_vector[k] += d * weight
        d_row[k] = d * (one - weight * erase[k]) * keep
    return d_weight, d_keep


@helper
def write_weights_backward(
    content: Any, allocation: Any, gates: Any, d_write: Any, d_content: Any, d_allocation: Any, d_gates: Any
) -> None:
    """Gradient of `write_weights`: all but d_write [N] are written."""
    one = d_write.dtype.type(1)
    g_a, g_w = gates[0], gates[1]
    along_allocation, along_content = one * 0, one * 0
    for i in range(d_write.shape[0]):
        d = d_write[i]
        along_allocation += d * allocation[i]
        along_content += d * content[i]
        d_allocation[i] = d * g_w * g_a
        d_content[i] = d * g_w * (one - g_a)
    d_gates[0] = g_w * (along_allocation - along_content)
    d_gates[1] = g_a * along_allocation + (one - g_a) * along_content


@kernel
def memory_backward(
    t: int,
    low: int,
    high: int,
    word: int,
    xi: Any,
    record: Any,
    order: Any,
    memory: Any,
    source: int,
    target: int,
    links: Any,
    link_source: int,
    column: int,
    reset: Any,
    blank: Any,
    scratch: Any,
    erase_freed: bool,
    masked: bool,
    d_features: Any,
    carry: Any,
    d_memory: Any,
    d_links: Any,
    d_xi: Any,
) -> None:
    """Step t of elements low..high.

    The arguments up to `masked` are as in `memory_forward`, with the slots of memory and links apart: memory
    is needed before (source) and after (target) the step, links only before it.

    Args:
        t: step.
        low: first element.
        high: one past the last element.
        word: W.
        xi: [T, B, X], raw interface vectors.
        record: [T + 1, B, record_size].
        order: [T, B, N] int32.
        memory: [slots, B, N, W].
        source: slot of the memory before the step.
        target: slot of the memory after the step.
        links: [slots, B, N, N].
        link_source: slot of the links before the step.
        column: first column of the read vectors in the features.
        reset: [T, B] bool.
        blank: empty (record, memory, links).
        scratch: [scratch_size].
        erase_freed: wipe what the free gates release.
        masked: lookups are masked.
        d_features: [T + 1, B, F]; slot t + 1 holds the gradient of the read vectors.
        carry: [B, state_size]; in: gradient of the state after the step, out: before it.
        d_memory: [B, N, W], likewise.
        d_links: [B, N, N], likewise.
        d_xi: [T, B, X], written: gradient of the raw interface vectors.
    """
    n = order.shape[2]
    heads = (d_features.shape[2] - column) // word
    size = xi.shape[2]
    one = xi.dtype.type(1)
    zero = xi.dtype.type(0)
    value, rest = scratch[:size], scratch[size:]
    psi, allocation, d_psi, d_usage = rest[:n], rest[n : 2 * n], rest[2 * n : 3 * n], rest[3 * n : 4 * n]
    d_write, d_content, d_allocation = rest[4 * n : 5 * n], rest[5 * n : 6 * n], rest[6 * n : 7 * n]
    line, rest = rest[7 * n : 8 * n], rest[8 * n :]
    pulls = rest[: 3 * heads * n].reshape(3, heads, n)
    back_forward, back_backward, d_read_content = pulls[0], pulls[1], pulls[2]
    rest = rest[3 * heads * n :]
    along = rest[: heads * word].reshape(heads, word)
    four = rest[heads * word : (heads + 4) * word].reshape(4, word)
    rest = rest[(heads + 4) * word :]
    scales, turned = rest[:heads], rest[heads : 2 * heads]
    for b in range(low, high):
        fresh = reset[t, b]
        if fresh:
            old, old_memory, old_links = blank[0], blank[1], blank[2]
        else:
            old, old_memory, old_links = record[t, b], memory[source, b], links[link_source, b]
        new, new_memory = record[t + 1, b], memory[target, b]
        activate(xi[t, b], word, heads, masked, value)
        d = d_xi[t, b]
        d[:] = zero
        keys, strengths, key, strength = split_keys(value, word, heads)
        erase, vector, free, gates, modes = split_write(value, word, heads)
        d_keys, d_strengths, d_key, d_strength = split_keys(d, word, heads)
        d_erase, d_vector, d_free, d_gates, d_modes = split_write(d, word, heads)
        old_usage, old_write, old_precedence, old_reads = split_state(old, n, heads)
        usage, write, _, reads = split_state(new, n, heads)
        norms, content, cosines, read_content, read_cosines = split_lookups(new, n, heads)
        carried_usage, carried_write, d_precedence, d_reads = split_state(carry[b], n, heads)
        d_mem, d_link = d_memory[b], d_links[b]
        d_vectors = d_features[t + 1, b, column:].reshape(heads, word)
        retain(free, old_reads, psi)
        allocate(usage, order[t, b], allocation)

        # Read: weightings, their three parts.
        for i in range(n):
            for r in range(heads):
                d_reads[r, i] += dot(d_vectors[r], new_memory[i])
                add_scaled(d_mem[i], reads[r, i], d_vectors[r])
        for r in range(heads):
            for i in range(n):
                d_read_content[r, i] = modes[r, 1] * d_reads[r, i]
            d_modes[r, 1] = dot(d_reads[r], read_content[r])

        # Precedence, then links. From here on d_write gathers the gradient of the write weighting.
        total, along_precedence = zero, zero
        for i in range(n):
            total += write[i]
            along_precedence += d_precedence[i] * old_precedence[i]
        for i in range(n):
            d_write[i] = carried_write[i] + d_precedence[i] - along_precedence
            d_precedence[i] *= one - total
        link_backward(
            old_links, write, old_precedence, old_reads, modes, d_reads, line,
            d_link, d_write, d_precedence, back_forward, back_backward,
        )  # fmt: skip
        for r in range(heads):
            # <w, L d> is the gradient of the mode "backward" as well: backward weightings need not be kept.
            d_modes[r, 0] = dot(old_reads[r], back_backward[r])
            d_modes[r, 2] = dot(old_reads[r], back_forward[r])
            for i in range(n):
                d_reads[r, i] = modes[r, 0] * back_backward[r, i] + modes[r, 2] * back_forward[r, i]

        # Read lookups and the write, row by row.
        for r in range(heads):
            d_strengths[r] = weigh_backward(read_cosines[r], read_content[r], strengths[r], d_read_content[r])
        if masked:
            read_masks, write_mask = split_masks(value, word, heads)
            d_read_masks, d_write_mask = split_masks(d, word, heads)
            write_norms, read_norms = split_masked_norms(new, n, heads)
            for r in range(heads):
                masked_backward(
                    new_memory, keys[r], read_masks[r], read_norms[r], read_cosines[r], d_read_content[r],
                    d_mem, d_keys[r], d_read_masks[r], four,
                )  # fmt: skip
        for r in range(heads):
            scales[r] = one / row_norm(keys[r])
            turned[r] = zero
            along[r, :] = zero
        for i in range(n):
            row, d_row = new_memory[i], d_mem[i]
            if not masked:
                inverse, turn = one / norms[i], zero
                for r in range(heads):
                    d_cosine = d_read_content[r, i]
                    g = d_cosine * scales[r] * inverse
                    add_scaled(d_row, g, keys[r])
                    add_scaled(along[r], g, row)
                    turned[r] += d_cosine * read_cosines[r, i]
                    turn += d_cosine * read_cosines[r, i]
                add_scaled(d_row, -turn * inverse * inverse, row)
            keep = psi[i] if erase_freed else one
            d_weight, d_keep = write_row_backward(
                old_memory[i], write[i], erase, vector, keep, d_row, d_erase, d_vector
            )
            d_write[i] += d_weight
            d_psi[i] = d_keep if erase_freed else zero
        if not masked:
            for r in range(heads):
                add_scaled(d_keys[r], one, along[r])
                add_scaled(d_keys[r], -turned[r] * scales[r] * scales[r], keys[r])

        # Write weighting, allocation and the write lookup.
        write_weights_backward(content, allocation, gates, d_write, d_content, d_allocation, d_gates)
        d_usage[:] = carried_usage
        allocate_backward(usage, order[t, b], d_allocation, line, d_usage)
        d_strength[0] = weigh_backward(cosines, content, strength[0], d_content)
        if masked:
            masked_backward(
                old_memory, key, write_mask, write_norms, cosines, d_content, d_mem, d_key, d_write_mask, four
            )
        else:
            old_norms, _, _, _, _ = split_lookups(old, n, heads)
            scale, turn = one / row_norm(key), zero
            for i in range(n):
                inverse = one / old_norms[i]
                g = d_content[i] * scale * inverse
                h = d_content[i] * cosines[i]
                turn += h
                h *= inverse * inverse
                row, d_row = old_memory[i], d_mem[i]
                for k in range(word):
                    d_row[k] += g * key[k] - h * row[k]
                    d_key[k] += g * row[k]
            add_scaled(d_key, -turn * scale * scale, key)

        # Usage and retention; the gradient of the state before the step.
        use_backward(old_usage, old_write, psi, d_usage, carried_usage, carried_write, d_psi)
        retain_backward(free, old_reads, d_psi, line, d_free, d_reads)
        activate_backward(xi[t, b], value, word, heads, masked, d)
        if fresh:
            carry[b, :] = zero
            d_mem[:, :] = zero
            d_link[:, :] = zero
