"""Dropout on some of the features, drawn from a generator of its own."""

import torch
from torch import Tensor, nn

from dnc_agent.checks import shown


class PartialDropout(nn.Module):
    """Zeroes each of the first `width` features with a probability while training, and scales the others up.

    Args:
        width: how many of the features it concerns.
        rate: the probability, in [0, 1).

    Attributes:
        generator: source of all chance, for whoever trains to seed.

    Raises:
        ValueError: if the rate is out of range.
    """

    def __init__(self, width: int, rate: float) -> None:
        super().__init__()
        if not 0 <= rate < 1:
            raise ValueError(f"dropout={shown(rate)}; it must be at least 0 and below 1")
        self.width, self.rate = width, rate
        self.generator = torch.Generator()

    def forward(self, features: Tensor) -> Tensor:
        """Features [..., F'] to features of the same shape; outside training, the same."""
        if not self.training or not self.rate:
            return features
        shape = (*features.shape[:-1], self.width)
        kept = (torch.rand(shape, generator=self.generator) >= self.rate).to(features)
        dropped = features[..., : self.width] * kept / (1 - self.rate)
        return torch.cat([dropped, features[..., self.width :]], -1)
