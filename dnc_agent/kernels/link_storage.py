"""Dense and sparse storage of the links, and the way from one to the other.

The state that callers see is dense, [B, N, N]. With sparse links the kernels keep (index, value, count)
instead, see sparse_links.py; a sequence is converted at its two ends only.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from dnc_agent.kernels.layout import Room
from dnc_agent.kernels.plan import Plan

#: As in link_choice.py.
Links = tuple[Tensor, ...]


def link_capacity(plan: Plan, initial: Tensor | None) -> int:
    """How many entries a row can get: K, and as many more as the initial links [B, N, N] have; 0 if dense."""
    if plan.sparse is None:
        return 0
    given = 0 if initial is None else int((initial != 0).sum(-1).max())
    return min(plan.n, plan.sparse + given)


def make_links(room: Room, outer: tuple[int, ...], plan: Plan, capacity: int) -> Links:
    """Uninitialised links of shape `outer` (slots, elements) of N rows each; without links N is 0.

    A blank with outer (0,) has no rows, and one with outer (N,) is a single element's.
    """
    rows = outer if len(outer) == 1 else (*outer, plan.linked)
    if plan.sparse is None:
        return (room(*rows, rows[-1]),)
    return (
        room(*rows, capacity, dtype=torch.int32),
        room(*rows, capacity),
        room(*rows, dtype=torch.int32),
    )


def put_links(links: Links, given: Tensor | None) -> None:
    """Set slot 0 to these links [B, N, N]; None is none at all."""
    if len(links) == 1:
        links[0][0] = 0.0 if given is None else given
        return
    index, value, count = (part[0] for part in links)
    index.zero_()
    count.zero_()
    if given is None or index.shape[-1] == 0:
        return
    element, row, column = given.nonzero(as_tuple=True)
    count.copy_((given != 0).sum(-1))
    flat = count.flatten().long()
    first = flat.cumsum(0) - flat
    place = torch.arange(len(row)) - first.repeat_interleave(flat)
    index[element, row, place] = column.int()
    value[element, row, place] = given[element, row, column]


def get_links(links: Links, slot: int) -> Tensor:
    """The links in a slot, [B, N, N]."""
    if len(links) == 1:
        return links[0][slot].clone()
    index, value, count = (part[slot] for part in links)
    batch, n, _ = index.shape
    # NumPy's zeros are pages that do not exist until they are written: most never are.
    dense = torch.from_numpy(np.zeros((batch, n, n), value.numpy().dtype))
    element, row, place = _entries(index, count).nonzero(as_tuple=True)
    dense[element, row, index[element, row, place].long()] = value[element, row, place]
    return dense


def start_links(links: Links, slot: int, given: Tensor | None, want_initial: bool) -> Links:
    """Gradient of the links in a slot from that of the dense ones [B, N, N], as the kernels carry it back.

    With want_initial there is room for the gradient of the initial links.
    """
    if len(links) == 1:
        if given is None:
            return (torch.zeros_like(links[0][slot]),)
        return (given.clone(memory_format=torch.contiguous_format),)
    index, value, count = (part[slot] for part in links)
    batch, n, _ = index.shape
    entries = torch.zeros_like(value)
    if given is not None:
        known = torch.where(_entries(index, count), index, 0).long()
        entries = given.gather(2, known)
    side = n if want_initial else 0
    return entries, value.new_zeros(batch, side, side)


def _entries(index: Tensor, count: Tensor) -> Tensor:
    """Which places of index [B, N, C] are in use."""
    return torch.arange(index.shape[-1]) < count.unsqueeze(-1)
