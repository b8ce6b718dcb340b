"""From the controller's units to what the heads are told, range-constrained (section 3.3 and 4)."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import softplus


class Addressing(NamedTuple):
    """How H heads choose their locations."""

    keys: Tensor  #: [B, H, W]
    strengths: Tensor  #: beta, [B, H], above 0
    gates: Tensor  #: g, [B, H] in (0, 1)
    shifts: Tensor  #: s, [B, H, S]; each row sums to 1
    powers: Tensor  #: gamma, [B, H], above 1

    def heads(self, first: int, last: int) -> "Addressing":
        """Those of heads first..last."""
        return Addressing(*(part[:, first:last] for part in self))


class Interface(NamedTuple):
    """What the controller tells the heads at one step; of all heads, the write heads come first."""

    addressing: Addressing
    erase: Tensor  #: e, [B, write heads, W] in (0, 1)
    add: Tensor  #: a, [B, write heads, W]


def interface_size(word_size: int, heads: int, write_heads: int, shifts: int) -> int:
    """Length of the raw vector: W + 3 + S for every head, and 2 W more for every write head."""
    return heads * (word_size + 3 + shifts) + 2 * write_heads * word_size


def parse_interface(raw: Tensor, word_size: int, heads: int, write_heads: int, shifts: int) -> Interface:
    """Cut the raw vector [B, K] into fields and bring each into its domain.

    Keys and added vectors are left as they are; strengths are softplus(x), gates and erase vectors sigmoid(x),
    shifts a softmax, powers 1 + softplus(x). Fields of one kind lie together, so that one call serves them all.
    """
    words = write_heads * word_size
    sizes = (heads * word_size, words, 2 * heads, heads, words, heads * shifts)
    keys, add, positive, gates, erase, moves = raw.split(sizes, dim=-1)
    strengths, sharpness = softplus(positive).split(heads, dim=-1)
    return Interface(
        Addressing(
            keys=keys.unflatten(-1, (heads, word_size)),
            strengths=strengths,
            gates=torch.sigmoid(gates),
            shifts=torch.softmax(moves.unflatten(-1, (heads, shifts)), dim=-1),
            powers=1.0 + sharpness,
        ),
        erase=torch.sigmoid(erase).unflatten(-1, (write_heads, word_size)),
        add=add.unflatten(-1, (write_heads, word_size)),
    )
