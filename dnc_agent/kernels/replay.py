"""Computes memory and links of a stretch of steps again from the state before it and the tape."""

from typing import Any

from dnc_agent.kernels.jit import kernel
from dnc_agent.kernels.layout import split_state, split_write
from dnc_agent.kernels.links import update_row
from dnc_agent.kernels.memory_forward import write_row
from dnc_agent.kernels.usage import retain
from dnc_agent.kernels.vector_math import sigmoid


@kernel
def replay(
    first: int,
    last: int,
    low: int,
    high: int,
    word: int,
    heads: int,
    xi: Any,
    record: Any,
    memory: Any,
    links: Any,
    source: int,
    reset: Any,
    blank: Any,
    scratch: Any,
    erase_freed: bool,
    memory_line: Any,
    link_line: Any,
) -> None:
    """Fill the lines with the states before steps first..last and, for the memory, after the last one.

    Args:
        first: first step of the stretch.
        last: one past its last step.
        low: first element.
        high: one past the last element.
        word: W.
        heads: R.
        xi: [T, B, X], raw interface vectors.
        record: [T + 1, B, record_size].
        memory: [slots, B, N, W].
        links: [slots, B, N, N].
        source: slot of both that holds the state before step `first`.
        reset: [T, B] bool.
        blank: empty (record, memory, links).
        scratch: [scratch_size].
        erase_freed: wipe what the free gates release.
        memory_line: [stride + 1, B, N, W], written.
        link_line: [stride, B, N, N], written.
    """
    n = memory.shape[2]
    one = xi.dtype.type(1)
    psi, erase, opened = scratch[:n], scratch[n : n + word], scratch[n + word : n + word + heads]
    for b in range(low, high):
        memory_line[0, b, :, :] = memory[source, b]
        link_line[0, b, :, :] = links[source, b]
        for t in range(first, last):
            k = t - first
            if reset[t, b]:
                old, old_memory, old_links = blank[0], blank[1], blank[2]
            else:
                old, old_memory, old_links = record[t, b], memory_line[k, b], link_line[k, b]
            raw_erase, vector, raw_free, _, _ = split_write(xi[t, b], word, heads)
            _, _, precedence, old_reads = split_state(old, n, heads)
            _, write, _, _ = split_state(record[t + 1, b], n, heads)
            for j in range(word):
                erase[j] = sigmoid(raw_erase[j])
            if erase_freed:
                for r in range(heads):
                    opened[r] = sigmoid(raw_free[r])
                retain(opened, old_reads, psi)
            for i in range(n):
                keep = psi[i] if erase_freed else one
                write_row(old_memory[i], memory_line[k + 1, b, i], write[i], erase, vector, keep)
            if t + 1 < last:
                for i in range(n):
                    update_row(old_links[i], link_line[k + 1, b, i], i, write, precedence)
