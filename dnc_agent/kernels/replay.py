"""Computes memory and links of a stretch of steps again from the state before it and the tape."""

from typing import Any

from dnc_agent.kernels.interface import activate
from dnc_agent.kernels.jit import helper, kernel
from dnc_agent.kernels.link_choice import links_at, update_links
from dnc_agent.kernels.memory_forward import write_row
from dnc_agent.kernels.usage import retain


@kernel
def replay(
    first: int,
    last: int,
    low: int,
    high: int,
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
    """Fill the lines: the memory before every step and after the last, the links before all but the first.

    Args:
        first: first step of the stretch.
        last: one past its last step.
        low: first element.
        high: one past the last element.
        xi: [T, B, K], raw interface vectors.
        record: see `dnc_agent.kernels.layout.Record`.
        memory: [slots, B, N, W].
        links: see link_choice.py; [slots, B] in front.
        source: slot of both that holds the state before step `first`.
        reset: [T, B] bool.
        blank: an empty memory.
        scratch: see `dnc_agent.kernels.layout.Scratch`.
        erase_freed: wipe what the free gates release.
        memory_line: [stride + 1, B, N, W], written.
        link_line: see link_choice.py, written; [stride - 1, B] in front.
    """
    n = memory.shape[2]
    one = xi.dtype.type(1)
    writes, precedences, readings = record[1], record[2], record[3]
    fields, psi = scratch[0], scratch[2][0]
    erase, vector, free, modes = fields[3], fields[4], fields[5], fields[7]
    for b in range(low, high):
        for i in range(n):
            _copy(memory[source, b, i], memory_line[0, b, i])
        for t in range(first, last):
            k = t - first
            if reset[t, b]:
                old_precedence, old_reads, old_memory, old_links = blank[0], blank[1], blank[3], blank[4]
            else:
                old_precedence, old_reads = precedences[t, b], readings[t, b]
                old_memory, old_links = memory_line[k, b], links_at(links, source, b)
                if k:
                    old_links = links_at(link_line, k - 1, b)
            write, new_memory = writes[t + 1, b], memory_line[k + 1, b]
            activate(xi[t, b], fields)
            if erase_freed:
                retain(free, old_reads, psi)
            for i in range(n):
                keep = psi[i] if erase_freed else one
                write_row(old_memory[i], new_memory[i], write[i], erase, vector, keep)
            if t + 1 < last and modes.shape[0]:
                update_links(old_links, links_at(link_line, k, b), write, old_precedence, scratch[7])


@helper
def _copy(source: Any, target: Any) -> None:
    for k in range(target.shape[0]):
        target[k] = source[k]
