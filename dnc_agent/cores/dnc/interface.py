"""From the raw interface vector xi to named, range-constrained fields (Methods, 'Interface parameters')."""

from typing import NamedTuple

import torch
from torch import Tensor

from dnc_agent.cores.dnc.addressing import oneplus


class Interface(NamedTuple):
    """What the controller tells the memory at one step; B batch, R heads, W word width."""

    read_keys: Tensor  #: [B, R, W]
    read_strengths: Tensor  #: [B, R], at least 1
    write_key: Tensor  #: [B, W]
    write_strength: Tensor  #: [B], at least 1
    erase: Tensor  #: [B, W] in (0, 1)
    write_vector: Tensor  #: [B, W]
    free_gates: Tensor  #: [B, R] in (0, 1)
    allocation_gate: Tensor  #: [B] in (0, 1)
    write_gate: Tensor  #: [B] in (0, 1)
    read_modes: Tensor  #: [B, R, 3]: backward, content, forward; each row sums to 1
    read_masks: Tensor | None  #: [B, R, W] in (0, 1), with masked lookup only
    write_mask: Tensor | None  #: [B, W] in (0, 1), with masked lookup only


def field_sizes(word_size: int, read_heads: int, masked_lookup: bool = False) -> dict[str, int]:
    """Width of every field of xi, in the order in which they are laid out.

    The first ten are the paper's; the masks, when asked for, come after them.
    """
    sizes = {
        "read_keys": read_heads * word_size,
        "read_strengths": read_heads,
        "write_key": word_size,
        "write_strength": 1,
        "erase": word_size,
        "write_vector": word_size,
        "free_gates": read_heads,
        "allocation_gate": 1,
        "write_gate": 1,
        "read_modes": 3 * read_heads,
    }
    if masked_lookup:
        sizes |= {"read_masks": read_heads * word_size, "write_mask": word_size}
    return sizes


def interface_size(word_size: int, read_heads: int, masked_lookup: bool = False) -> int:
    """Length of xi: R W + 3 W + 5 R + 3, plus (R + 1) W with masked lookup."""
    return sum(field_sizes(word_size, read_heads, masked_lookup).values())


def parse_interface(xi: Tensor, word_size: int, read_heads: int, masked_lookup: bool = False) -> Interface:
    """Cut xi [B, interface_size] into fields and bring each into its domain."""
    batch = xi.shape[0]
    sizes = field_sizes(word_size, read_heads, masked_lookup)
    raw = dict(zip(sizes, xi.split(list(sizes.values()), dim=-1), strict=True))
    per_head = (batch, read_heads, word_size)
    return Interface(
        read_keys=raw["read_keys"].reshape(per_head),
        read_strengths=oneplus(raw["read_strengths"]),
        write_key=raw["write_key"],
        write_strength=oneplus(raw["write_strength"]).squeeze(-1),
        erase=torch.sigmoid(raw["erase"]),
        write_vector=raw["write_vector"],
        free_gates=torch.sigmoid(raw["free_gates"]),
        allocation_gate=torch.sigmoid(raw["allocation_gate"]).squeeze(-1),
        write_gate=torch.sigmoid(raw["write_gate"]).squeeze(-1),
        read_modes=torch.softmax(raw["read_modes"].reshape(batch, read_heads, 3), dim=-1),
        read_masks=torch.sigmoid(raw["read_masks"]).reshape(per_head) if masked_lookup else None,
        write_mask=torch.sigmoid(raw["write_mask"]) if masked_lookup else None,
    )
