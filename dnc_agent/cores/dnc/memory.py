"""The external memory: its state and one step of it. This is the reference that kernels must reproduce."""

from typing import NamedTuple

import torch
from torch import Tensor

from dnc_agent.cores.dnc import addressing
from dnc_agent.cores.dnc.interface import Interface


class MemoryState(NamedTuple):
    """Everything the memory carries from one step to the next; all zero at the start of an episode."""

    memory: Tensor  #: [B, N, W]
    usage: Tensor  #: [B, N]
    write_weighting: Tensor  #: [B, N]
    precedence: Tensor  #: [B, N]; [B, 0] without temporal links
    link: Tensor  #: [B, N, N]; [B, 0, 0] without temporal links
    read_weightings: Tensor  #: [B, R, N]


def initial_memory_state(
    batch_size: int,
    memory_size: int,
    word_size: int,
    read_heads: int,
    *,
    temporal_links: bool = True,
    dtype: torch.dtype | None = None,
    device: torch.device | str | None = None,
) -> MemoryState:
    """An empty memory for `batch_size` episodes."""

    linked = memory_size if temporal_links else 0

    def zeros(*shape: int) -> Tensor:
        return torch.zeros(batch_size, *shape, dtype=dtype, device=device)

    return MemoryState(
        memory=zeros(memory_size, word_size),
        usage=zeros(memory_size),
        write_weighting=zeros(memory_size),
        precedence=zeros(linked),
        link=zeros(linked, linked),
        read_weightings=zeros(read_heads, memory_size),
    )


def memory_step(
    interface: Interface,
    state: MemoryState,
    *,
    erase_on_deallocation: bool = False,
    sparse_links: int | None = None,
) -> tuple[Tensor, MemoryState]:
    """One step: allocate, write, link, read - in the paper's order.

    Args:
        interface: the controller's wishes at this step; one without read modes leaves the links out.
        state: the memory after the previous step.
        erase_on_deallocation: wipe rows that the free gates release (Csordas & Schmidhuber 2019).
        sparse_links: K, or None for the full link matrix.

    Returns:
        `(read_vectors [B, R, W], new state)`.
    """
    reads, state, _ = trace_memory(
        interface, state, erase_on_deallocation=erase_on_deallocation, sparse_links=sparse_links
    )
    return reads, state


def trace_memory(
    interface: Interface,
    state: MemoryState,
    *,
    erase_on_deallocation: bool = False,
    sparse_links: int | None = None,
) -> tuple[Tensor, MemoryState, dict[str, Tensor]]:
    """`memory_step`, and what happened in it by name; see `dnc_agent.cores.dnc.core.DNC.trace`."""
    psi = addressing.retention(interface.free_gates, state.read_weightings)
    usage = addressing.usage_update(state.usage, state.write_weighting, psi)
    write_mask = None if interface.write_mask is None else interface.write_mask.unsqueeze(1)
    write_content = addressing.content_weighting(
        state.memory, interface.write_key.unsqueeze(1), interface.write_strength.unsqueeze(1), write_mask
    ).squeeze(1)
    allocation = addressing.allocation_weighting(usage)
    write_weighting = addressing.write_weighting(
        write_content, allocation, interface.write_gate, interface.allocation_gate
    )
    memory = addressing.write(
        state.memory,
        write_weighting,
        interface.erase,
        interface.write_vector,
        psi if erase_on_deallocation else None,
    )
    read_content = addressing.content_weighting(
        memory, interface.read_keys, interface.read_strengths, interface.read_masks
    )
    internals = {
        "write_weighting": write_weighting,
        "write_gate": interface.write_gate,
        "allocation_gate": interface.allocation_gate,
        "free_gates": interface.free_gates,
        "write_strength": interface.write_strength,
        "read_strengths": interface.read_strengths,
        "allocation_weighting": allocation,
        "write_content_weighting": write_content,
        "read_content_weightings": read_content,
        "usage": usage,
        "memory": memory,
    }
    if interface.read_modes is None:
        precedence, link, read_weightings = state.precedence, state.link, read_content
    else:
        if sparse_links is None:
            link = addressing.link_update(state.link, state.precedence, write_weighting)
        else:
            link = addressing.sparse_link_update(state.link, state.precedence, write_weighting, sparse_links)
        precedence = addressing.precedence_update(state.precedence, write_weighting)
        backward, forward = addressing.directional_weightings(link, state.read_weightings)
        read_weightings = addressing.read_weighting(backward, read_content, forward, interface.read_modes)
        internals |= {"read_modes": interface.read_modes, "precedence": precedence, "link": link}
    internals["read_weightings"] = read_weightings
    new_state = MemoryState(memory, usage, write_weighting, precedence, link, read_weightings)
    return addressing.read(memory, read_weightings), new_state, internals
