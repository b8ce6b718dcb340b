"""From the raw interface vector xi to named, range-constrained fields (Methods, 'Interface parameters')."""

from typing import NamedTuple

import torch
from torch import Tensor

from dnc_agent.cores.dnc.addressing import oneplus

#: Fields that each read head has for itself.
OF_HEADS = ("read_keys", "read_strengths", "free_gates", "read_modes", "read_masks")
#: Of the optional LayerNorm on xi.
NORM_EPSILON = 1e-5


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
    read_modes: Tensor | None  #: [B, R, 3]: backward, content, forward; each row sums to 1. With links only
    read_masks: Tensor | None  #: [B, R, W] in (0, 1), with masked lookup only
    write_mask: Tensor | None  #: [B, W] in (0, 1), with masked lookup only


def field_sizes(
    word_size: int, read_heads: int, masked_lookup: bool = False, temporal_links: bool = True
) -> dict[str, int]:
    """Width of every field of xi, in the order in which they are laid out.

    The first ten are the paper's: R W + 3 W + 5 R + 3 numbers. The masks, when asked for, come after them; read
    modes are left out without temporal links.
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
    }
    if temporal_links:
        sizes["read_modes"] = 3 * read_heads
    if masked_lookup:
        sizes |= {"read_masks": read_heads * word_size, "write_mask": word_size}
    return sizes


def parse_interface(
    xi: Tensor, word_size: int, read_heads: int, masked_lookup: bool = False, temporal_links: bool = True
) -> Interface:
    """Cut xi [B, K] into fields and bring each into its domain."""
    batch = xi.shape[0]
    sizes = field_sizes(word_size, read_heads, masked_lookup, temporal_links)
    raw = dict(zip(sizes, xi.split(list(sizes.values()), dim=-1), strict=True))
    per_head = (batch, read_heads, word_size)
    modes = None
    if temporal_links:
        modes = torch.softmax(raw["read_modes"].reshape(batch, read_heads, 3), dim=-1)
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
        read_modes=modes,
        read_masks=torch.sigmoid(raw["read_masks"]).reshape(per_head) if masked_lookup else None,
        write_mask=torch.sigmoid(raw["write_mask"]) if masked_lookup else None,
    )
