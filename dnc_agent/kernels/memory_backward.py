"""Gradient of one step of the memory for a slice of the batch."""

from typing import Any

from dnc_agent.kernels.allocation import allocate, allocate_backward
from dnc_agent.kernels.content import cosines_backward, masked_backward, weigh, weigh_backward
from dnc_agent.kernels.interface import activate, activate_backward, clear
from dnc_agent.kernels.jit import helper, kernel
from dnc_agent.kernels.link_choice import (
    clear_d_links,
    d_links_at,
    follow_links_backward,
    links_at,
)
from dnc_agent.kernels.products import add_rows, add_scaled, dot, rows_dot, spread
from dnc_agent.kernels.usage import retain, retain_backward, use_backward


@helper
def write_backward(
    before: Any,
    weights: Any,
    erase: Any,
    vector: Any,
    psi: Any,
    erase_freed: bool,
    d_memory: Any,
    d_weights: Any,
    d_erase: Any,
    d_vector: Any,
    d_psi: Any,
) -> None:
    """Gradient of `write_row` over all rows.

    Args:
        before: [N, W], memory before the write.
        weights: [N].
        erase: [W].
        vector: [W].
        psi: [N], retention; used with erase_freed only.
        erase_freed: freed rows are wiped as well.
        d_memory: [N, W]; in: gradient of the memory after the write, out: before it.
        d_weights: [N], added to.
        d_erase: [W], added to.
        d_vector: [W], added to.
        d_psi: [N], written.
    """
    n, word = before.shape
    one = before.dtype.type(1)
    add_rows(d_vector, weights, d_memory)
    for i in range(n):
        # Several short loops: in one, LLVM runs out of registers and takes three times as long.
        row, d_row, w = before[i], d_memory[i], weights[i]
        keep = psi[i] if erase_freed else one
        added, erased, kept = one * 0, one * 0, one * 0
        for k in range(word):
            added += d_row[k] * vector[k]
            erased += d_row[k] * row[k] * erase[k]
        d_weights[i] += added - keep * erased
        if erase_freed:
            for k in range(word):
                kept += d_row[k] * row[k]
        d_psi[i] = kept - w * erased if erase_freed else kept
        factor = w * keep
        for k in range(word):
            d_erase[k] -= d_row[k] * row[k] * factor
        for k in range(word):
            d_row[k] *= keep - factor * erase[k]


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
    d_features: Any,
    carry: Any,
    d_xi: Any,
    leading: bool,
) -> None:
    """Step t of elements low..high.

    The arguments up to `erase_freed` are as in `memory_forward`, with the slots of memory and links apart:
    memory is needed before (source) and after (target) the step, links only before it.

    Args:
        t: step.
        low: first element.
        high: one past the last element.
        xi: [T, B, K], raw interface vectors.
        record: see `dnc_agent.kernels.layout.Record`.
        order: [T, B, N] int32.
        memory: [slots, B, N, W].
        source: slot of the memory before the step.
        target: slot of the memory after the step.
        links: see link_choice.py; [slots, B] in front.
        link_source: slot of the links before the step.
        column: first column of the read vectors in the features.
        reset: [T, B] bool.
        blank: an empty memory.
        scratch: see `dnc_agent.kernels.layout.Scratch`.
        erase_freed: wipe what the free gates release.
        d_features: [T + 1, B, F]; slot t + 1 holds the gradient of the read vectors.
        carry: see `dnc_agent.kernels.layout.Carry`; in: gradient of the state after the step, out: before it.
        d_xi: [T, B, K], written: gradient of the raw interface vectors.
        leading: whether the state before the step is the caller's own.
    """
    usages, writes, precedences, readings, all_norms = record[:5]
    all_cosines, all_read_cosines, all_write_norms, all_read_norms = record[5:]
    carried_usages, carried_writes, carried_precedences, carried_reads, d_memories, d_links = carry
    fields, d_fields, lines, rows, per_head, words, pulls, space = scratch
    keys, strengths, key, erase, vector, free, gates, modes, masks, mask = fields
    d_keys, d_strengths, d_key, d_erase, d_vector, d_free, d_gates, d_modes, d_masks, d_mask = d_fields
    psi, allocation, d_psi, d_usage = lines[0], lines[1], lines[2], lines[3]
    d_write, d_content, d_allocation, line, content = lines[4], lines[5], lines[6], lines[7], lines[8]
    back_forward, back_backward, d_read_content = per_head[0], per_head[1], per_head[2]
    read_content = per_head[3]
    heads, word = keys.shape
    n = order.shape[2]
    one = xi.dtype.type(1)
    zero = xi.dtype.type(0)
    for b in range(low, high):
        fresh = reset[t, b]
        if fresh:
            old_usage, old_write, old_precedence, old_reads = blank[0], blank[0], blank[0], blank[1]
            old_norms, old_memory, old_links = blank[2], blank[3], blank[4]
        else:
            old_usage, old_write, old_precedence = usages[t, b], writes[t, b], precedences[t, b]
            old_reads, old_norms = readings[t, b], all_norms[t, b]
            old_memory, old_links = memory[source, b], links_at(links, link_source, b)
        new_memory = memory[target, b]
        usage, write, reads, norms = (
            usages[t + 1, b],
            writes[t + 1, b],
            readings[t + 1, b],
            all_norms[t + 1, b],
        )
        cosines, read_cosines = all_cosines[t + 1, b], all_read_cosines[t + 1, b]
        carried_usage, carried_write = carried_usages[b], carried_writes[b]
        d_precedence, d_reads = carried_precedences[b], carried_reads[b]
        d_memory, d_link, d_out = d_memories[b], d_links_at(d_links, b), d_features[t + 1, b, column:]
        activate(xi[t, b], fields)
        clear(d_fields)
        retain(free, old_reads, psi)
        allocate(usage, order[t, b], allocation)
        weigh(cosines, strengths[heads], content)
        for r in range(heads):
            weigh(read_cosines[r], strengths[r], read_content[r])

        # Read: weightings, their three parts.
        for r in range(heads):
            for k in range(word):
                pulls[r, k] = d_out[r * word + k]
            rows_dot(new_memory, pulls[r], line)
            add_scaled(d_reads[r], one, line)
            if modes.shape[0]:
                for i in range(n):
                    d_read_content[r, i] = modes[r, 1] * d_reads[r, i]
                d_modes[r, 1] = dot(d_reads[r], read_content[r])
            else:
                for i in range(n):
                    d_read_content[r, i] = d_reads[r, i]
                    d_reads[r, i] = zero
        spread(d_memory, reads, pulls)

        # Precedence, then links. From here on d_write gathers the gradient of the write weighting.
        if modes.shape[0]:
            total, along_precedence = zero, zero
            for i in range(n):
                total += write[i]
                along_precedence += d_precedence[i] * old_precedence[i]
            for i in range(n):
                d_write[i] = carried_write[i] + d_precedence[i] - along_precedence
                d_precedence[i] *= one - total
            follow_links_backward(
                old_links, write, old_precedence, old_reads, modes, d_reads, space, rows,
                d_link, d_write, d_precedence, per_head, leading,
            )  # fmt: skip
            for r in range(heads):
                # <w, L d> is the gradient of the mode "backward" as well: backward weightings need not be kept.
                d_modes[r, 0] = dot(old_reads[r], back_backward[r])
                d_modes[r, 2] = dot(old_reads[r], back_forward[r])
                for i in range(n):
                    d_reads[r, i] = modes[r, 0] * back_backward[r, i] + modes[r, 2] * back_forward[r, i]
        else:
            for i in range(n):
                d_write[i] = carried_write[i]

        # Read lookups.
        for i in range(n):
            line[i] = zero
        for r in range(heads):
            d_cosines = d_read_content[r]
            d_strengths[r] = weigh_backward(read_cosines[r], read_content[r], strengths[r], d_cosines)
            if mask.shape[0]:
                masked_backward(
                    new_memory, keys[r], masks[r], all_read_norms[t + 1, b, r], read_cosines[r], d_cosines,
                    d_memory, d_keys[r], d_masks[r], words,
                )  # fmt: skip
            else:
                shorten = cosines_backward(keys[r], norms, read_cosines[r], d_cosines, line)
                add_rows(d_keys[r], d_cosines, new_memory)
                add_scaled(d_keys[r], -shorten, keys[r])
        if not mask.shape[0]:
            spread(d_memory, d_read_content, keys)
            for i in range(n):
                add_scaled(d_memory[i], -line[i] / (norms[i] * norms[i]), new_memory[i])

        # The write, its weighting, allocation and lookup.
        write_backward(
            old_memory, write, erase, vector, psi, erase_freed, d_memory, d_write, d_erase, d_vector, d_psi
        )
        write_weights_backward(content, allocation, gates, d_write, d_content, d_allocation, d_gates)
        for i in range(n):
            d_usage[i] = carried_usage[i]
            line[i] = zero
        allocate_backward(usage, order[t, b], d_allocation, rows[0], d_usage)
        d_strengths[heads] = weigh_backward(cosines, content, strengths[heads], d_content)
        if mask.shape[0]:
            masked_backward(
                old_memory, key, mask, all_write_norms[t + 1, b], cosines, d_content,
                d_memory, d_key, d_mask, words,
            )  # fmt: skip
        else:
            shorten = cosines_backward(key, old_norms, cosines, d_content, line)
            add_rows(d_key, d_content, old_memory)
            add_scaled(d_key, -shorten, key)
            for i in range(n):
                row, d_row = old_memory[i], d_memory[i]
                g, h = d_content[i], line[i] / (old_norms[i] * old_norms[i])
                for k in range(word):
                    d_row[k] += g * key[k] - h * row[k]

        # Usage and retention; the gradient of the state before the step.
        use_backward(old_usage, old_write, psi, d_usage, carried_usage, carried_write, d_psi)
        retain_backward(free, old_reads, d_psi, line, d_free, d_reads)
        activate_backward(xi[t, b], fields, d_fields, d_xi[t, b])
        if fresh:
            carried_usage[:] = zero
            carried_write[:] = zero
            d_precedence[:] = zero
            d_reads[:, :] = zero
            d_memory[:, :] = zero
            clear_d_links(d_link)
