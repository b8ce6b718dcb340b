"""A readout that points: every slot is scored by the same weights, and the scores are the logits."""

import math

import torch
from torch import Tensor, nn

from dnc_agent.networks.readouts import ActorCritic, Head

#: Initial factor of the scores: nearly greedy in what differs by several moves, and still exploring in one.
_SHARPNESS = 5.0


class PointerReadout(nn.Module):
    """Logits and value out of features whose last K columns are scores of slots, log-values at most 0.

    Args:
        slots: K.
        value_head: from the other features and the best score to [..., 1].
    """

    def __init__(self, slots: int, value_head: Head) -> None:
        super().__init__()
        self.slots, self.value_head = slots, value_head
        self.log_sharpness = nn.Parameter(torch.tensor(math.log(_SHARPNESS)))

    def forward(self, features: Tensor, observations: Tensor) -> ActorCritic:
        """Features [..., F] and observations [..., X], unused, to logits [..., K] and values [...]."""
        scores = features[..., -self.slots :]
        seen = torch.cat([features[..., : -self.slots], scores.amax(-1, keepdim=True)], -1)
        return ActorCritic(self.logits(features, observations), self.value_head(seen).squeeze(-1))

    def logits(self, features: Tensor, observations: Tensor) -> Tensor:
        """The logits alone: all that acting needs."""
        return features[..., -self.slots :] * self.log_sharpness.exp()
