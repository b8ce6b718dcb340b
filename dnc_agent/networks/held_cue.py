"""What a core made of the moment a cue came on, kept beside what it makes of the present.

Goal-conditioned readouts see both: gradients of every later action reach the moment of the cue directly, and need
not pass through the steps between.
"""

from typing import NamedTuple

import torch
from torch import Tensor


class Held(NamedTuple):
    """Of B episodes; widths are 0 where nothing is held."""

    features: Tensor  #: [B, F], zero before the cue
    on: Tensor  #: [B, 1], 1 once the cue has come on

    @staticmethod
    def nothing(batch_size: int, size: int, like: Tensor) -> "Held":
        """Before the cue; size 0 for a network that holds nothing."""
        return Held(like.new_zeros(batch_size, size), like.new_zeros(batch_size, min(size, 1)))


def hold_step(features: Tensor, cue: Tensor, held: Held) -> tuple[Tensor, Held]:
    """One step.

    Args:
        features: [B, F], of the present.
        cue: [B] bool, whether the cue is on.
        held: of the step before.

    Returns:
        `([B, 2F] present and held, what is held now)`.
    """
    before = held.on > 0
    now = torch.where(cue.unsqueeze(-1) & ~before, features, held.features)
    on = (before | cue.unsqueeze(-1)).to(held.on.dtype)
    return torch.cat([features, now], -1), Held(now, on)


def hold_sequence(features: Tensor, cue: Tensor) -> Tensor:
    """Whole episodes: `hold_step` from nothing, all at once.

    Args:
        features: [T, B, F].
        cue: [T, B] bool.

    Returns:
        [T, B, 2F].
    """
    first = cue.to(torch.int8).argmax(0)
    at_cue = features[first, torch.arange(features.shape[1], device=features.device)]
    since = cue.to(torch.int8).cummax(0).values.bool().unsqueeze(-1)
    return torch.cat([features, torch.where(since, at_cue, torch.zeros_like(at_cue))], -1)
