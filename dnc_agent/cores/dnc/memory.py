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
    precedence: Tensor  #: [B, N]
    link: Tensor  #: [B, N, N]
    read_weightings: Tensor  #: [B, R, N]


def initial_memory_state(
    batch_size: int,
    memory_size: int,
    word_size: int,
    read_heads: int,
    *,
    dtype: torch.dtype | None = None,
    device: torch.device | str | None = None,
) -> MemoryState:
    """An empty memory for `batch_size` episodes."""

    def zeros(*shape: int) -> Tensor:
        return torch.zeros(batch_size, *shape, dtype=dtype, device=device)

    return MemoryState(
        memory=zeros(memory_size, word_size),
        usage=zeros(memory_size),
        write_weighting=zeros(memory_size),
        precedence=zeros(memory_size),
        link=zeros(memory_size, memory_size),
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
        interface: the controller's wishes at this step.
        state: the memory after the previous step.
        erase_on_deallocation: wipe rows that the free gates release (Csordas & Schmidhuber 2019).
        sparse_links: K, or None for the full link matrix.

    Returns:
        `(read_vectors [B, R, W], new state)`.
    """
    psi = addressing.retention(interface.free_gates, state.read_weightings)
    usage = addressing.usage_update(state.usage, state.write_weighting, psi)
    write_mask = None if interface.write_mask is None else interface.write_mask.unsqueeze(1)
    write_content = addressing.content_weighting(
        state.memory, interface.write_key.unsqueeze(1), interface.write_strength.unsqueeze(1), write_mask
    ).squeeze(1)
    write_weighting = addressing.write_weighting(
        write_content, addressing.allocation_weighting(usage), interface.write_gate, interface.allocation_gate
    )
    memory = addressing.write(
        state.memory,
        write_weighting,
        interface.erase,
        interface.write_vector,
        psi if erase_on_deallocation else None,
    )
    if sparse_links is None:
        link = addressing.link_update(state.link, state.precedence, write_weighting)
    else:
        link = addressing.sparse_link_update(state.link, state.precedence, write_weighting, sparse_links)
    precedence = addressing.precedence_update(state.precedence, write_weighting)
    backward, forward = addressing.directional_weightings(link, state.read_weightings)
    read_content = addressing.content_weighting(
        memory, interface.read_keys, interface.read_strengths, interface.read_masks
    )
    read_weightings = addressing.read_weighting(backward, read_content, forward, interface.read_modes)
    new_state = MemoryState(memory, usage, write_weighting, precedence, link, read_weightings)
    return addressing.read(memory, read_weightings), new_state
