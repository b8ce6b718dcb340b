"""What the kernels are handed besides the obvious: tuples of arrays, all allocated here.

Numba unpacks plain tuples fastest; their parts, in this order, have these shapes. T steps, B elements,
N locations, R heads, W words.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from dnc_agent.kernels.plan import Plan

Room = Callable[..., Tensor]


class Record(NamedTuple):
    """The small vectors of the memory; slot t is from before step t, slot t + 1 what step t computed."""

    usage: Tensor  #: [T + 1, B, N]
    write: Tensor  #: [T + 1, B, N], write weighting
    precedence: Tensor  #: [T + 1, B, N]; N is 0 without links
    reads: Tensor  #: [T + 1, B, R, N], read weightings
    norms: Tensor  #: [T + 1, B, N], of the memory's rows
    cosines: Tensor  #: [T + 1, B, N], of the write lookup
    read_cosines: Tensor  #: [T + 1, B, R, N]
    write_norms: Tensor  #: [T + 1, B, N], masked norms of the write lookup; N is 0 without masks
    read_norms: Tensor  #: [T + 1, B, R, N], likewise

    @staticmethod
    def make(room: Room, slots: int, batch: int, plan: Plan) -> "Record":
        """Uninitialised."""
        one, many = (slots, batch, plan.n), (slots, batch, plan.r, plan.n)
        masked_n = plan.n if plan.masked else 0
        return Record(
            *(room(*one), room(*one), room(slots, batch, plan.linked), room(*many), room(*one)),
            *(room(*one), room(*many)),
            *(room(slots, batch, masked_n), room(slots, batch, plan.r, masked_n)),
        )


class Carry(NamedTuple):
    """Gradient of the memory's state at one point in time."""

    usage: Tensor  #: [B, N]
    write: Tensor  #: [B, N]
    precedence: Tensor  #: [B, N]; N is 0 without links
    reads: Tensor  #: [B, R, N]
    memory: Tensor  #: [B, N, W]
    links: tuple[Tensor, ...]  #: see link_choice.py


class Fields(NamedTuple):
    """The interface of one element (see `dnc_agent.cores.dnc.interface.Interface`), or its gradient."""

    keys: Tensor  #: [R, W]
    strengths: Tensor  #: [R + 1], the write head's last
    key: Tensor  #: [W], of the write head
    erase: Tensor  #: [W]
    vector: Tensor  #: [W]
    free: Tensor  #: [R]
    gates: Tensor  #: [2], allocation and write
    modes: Tensor  #: [R, 3]; R is 0 without links
    masks: Tensor  #: [R, W]; W is 0 without masked lookups
    mask: Tensor  #: [W], likewise

    @staticmethod
    def make(room: Room, plan: Plan) -> "Fields":
        """Uninitialised."""
        word, heads = plan.w, plan.r
        masked_word, moding = word if plan.masked else 0, heads if plan.links else 0
        return Fields(
            *(room(heads, word), room(heads + 1), room(word), room(word), room(word)),
            *(room(heads), room(2), room(moding, 3), room(heads, masked_word), room(masked_word)),
        )


class SparseSpace(NamedTuple):
    """Room for the update of one element's sparse links."""

    chosen: Tensor  #: [2, min(K, N)] int32
    entries: Tensor  #: [C + K] int32
    origin: Tensor  #: [C + K] int32
    kept: Tensor  #: [4, N]
    value: Tensor  #: [C + K]
    d_value: Tensor  #: [C + K]
    threshold: Tensor  #: [1], 1 / K

    @staticmethod
    def make(room: Room, n: int, keep: int | None, capacity: int) -> "SparseSpace":
        """For K = keep entries and rows of C = capacity; all but empty for dense links."""
        count = 0 if keep is None else min(keep, n)
        length, lines = (0, 0) if keep is None else (capacity + count, 4)
        return SparseSpace(
            chosen=room(2, count, dtype=torch.int32),
            entries=room(length, dtype=torch.int32),
            origin=room(length, dtype=torch.int32),
            kept=room(lines, n),
            value=room(length),
            d_value=room(length),
            threshold=room(1).fill_(1.0 / (keep or 1)),
        )


class Scratch(NamedTuple):
    """Room for one element; every thread has its own."""

    fields: Fields
    d_fields: Fields
    lines: Tensor  #: [9, N]
    rows: Tensor  #: [4, N]
    per_head: Tensor  #: [4, R, N]
    words: Tensor  #: [4, W]
    pulls: Tensor  #: [R, W]
    sparse: SparseSpace

    @staticmethod
    def make(room: Room, plan: Plan, capacity: int) -> "Scratch":
        """Uninitialised."""
        n, word, heads = plan.n, plan.w, plan.r
        return Scratch(
            Fields.make(room, plan),
            Fields.make(room, plan),
            *(room(9, n), room(4, n), room(4, heads, n), room(4, word), room(heads, word)),
            SparseSpace.make(room, n, plan.sparse, capacity),
        )
