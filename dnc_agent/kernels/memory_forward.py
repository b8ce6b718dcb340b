"""One step of the memory for a slice of the batch (the reference is `dnc_agent.cores.dnc.memory.memory_step`)."""

from typing import Any

from dnc_agent.kernels.allocation import allocate, sort_order
from dnc_agent.kernels.content import cosines_of, masked_cosines, row_norm, weigh
from dnc_agent.kernels.interface import activate
from dnc_agent.kernels.jit import helper, kernel
from dnc_agent.kernels.link_choice import follow_links, links_at
from dnc_agent.kernels.products import add_rows
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
    """Mix the three ways to read into weights [R, N]; read vectors go to out [R * W].

    Modes [R, 3] are empty without links: heads then read by content.
    """
    heads, n = weights.shape
    word = memory.shape[1]
    zero = weights.dtype.type(0)
    for r in range(heads):
        if modes.shape[0]:
            a, b, c = modes[r, 0], modes[r, 1], modes[r, 2]
            for i in range(n):
                weights[r, i] = a * backward[r, i] + b * content[r, i] + c * forward[r, i]
        else:
            for i in range(n):
                weights[r, i] = content[r, i]
        vector = out[r * word : (r + 1) * word]
        vector[:] = zero
        add_rows(vector, weights[r], memory)


@kernel
def memory_forward(
    t: int,
    low: int,
    high: int,
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
) -> None:
    """Step t of elements low..high.

    Args:
        t: step.
        low: first element.
        high: one past the last element.
        xi: [T, B, K], raw interface vectors.
        record: see `dnc_agent.kernels.layout.Record`; slot t is read, slot t + 1 written.
        order: [T, B, N] int32, written: locations by usage.
        memory: [slots, B, N, W].
        links: see link_choice.py; [slots, B] in front.
        source: the slot of both that holds the state before the step.
        target: the slot that gets the state after it; may be `source`.
        features: [T + 1, B, F]; the read vectors go to slot t + 1, columns from `column`.
        column: see features.
        reset: [T, B] bool.
        blank: (zeros [N], zeros [R, N], norms [N], memory, links) of an empty memory, for resets.
        scratch: see `dnc_agent.kernels.layout.Scratch`.
        spare: [N] int32, scratch.
        erase_freed: wipe what the free gates release.
    """
    usages, writes, precedences, readings, all_norms = record[:5]
    all_cosines, all_read_cosines, all_write_norms, all_read_norms = record[5:]
    fields, _, lines, _, per_head, words, _, space = scratch
    keys, strengths, key, erase, vector, free, gates, modes, masks, mask = fields
    psi, allocation, content = lines[0], lines[1], lines[2]
    forward, backward, read_content = per_head[0], per_head[1], per_head[2]
    heads = keys.shape[0]
    n = order.shape[2]
    one = xi.dtype.type(1)
    for b in range(low, high):
        if reset[t, b]:
            old_usage, old_write, old_precedence, old_reads = blank[0], blank[0], blank[0], blank[1]
            old_norms, old_memory, old_links = blank[2], blank[3], blank[4]
        else:
            old_usage, old_write, old_precedence = usages[t, b], writes[t, b], precedences[t, b]
            old_reads, old_norms = readings[t, b], all_norms[t, b]
            old_memory, old_links = memory[source, b], links_at(links, source, b)
        new_memory, new_links = memory[target, b], links_at(links, target, b)
        usage, write, precedence = usages[t + 1, b], writes[t + 1, b], precedences[t + 1, b]
        reads, norms = readings[t + 1, b], all_norms[t + 1, b]
        cosines, read_cosines = all_cosines[t + 1, b], all_read_cosines[t + 1, b]
        activate(xi[t, b], fields)

        retain(free, old_reads, psi)
        use(old_usage, old_write, psi, usage)
        sort_order(usage, order[t, b], spare)
        allocate(usage, order[t, b], allocation)

        if mask.shape[0]:
            masked_cosines(old_memory, key, mask, all_write_norms[t + 1, b], cosines, words[0], words[1])
        else:
            cosines_of(old_memory, key, old_norms, cosines)
        weigh(cosines, strengths[heads], content)
        total = write_weights(content, allocation, gates, write)

        for i in range(n):
            keep = psi[i] if erase_freed else one
            write_row(old_memory[i], new_memory[i], write[i], erase, vector, keep)
        for i in range(n):
            norms[i] = row_norm(new_memory[i])
        for r in range(heads):
            if mask.shape[0]:
                read_norms = all_read_norms[t + 1, b, r]
                masked_cosines(new_memory, keys[r], masks[r], read_norms, read_cosines[r], words[0], words[1])
            else:
                cosines_of(new_memory, keys[r], norms, read_cosines[r])

        if modes.shape[0]:
            follow_links(old_links, new_links, write, old_precedence, old_reads, forward, backward, space)
            for i in range(n):
                precedence[i] = (one - total) * old_precedence[i] + write[i]
        for r in range(heads):
            weigh(read_cosines[r], strengths[r], read_content[r])
        read_out(new_memory, modes, backward, read_content, forward, reads, features[t + 1, b, column:])
