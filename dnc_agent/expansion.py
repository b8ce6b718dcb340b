"""What the cores see of an observation: its first columns, and fixed random features of them.

A goal of several constraints is read as the mean of what was written for each. The mean of codes that are
linear in the symbols cannot tell "1 on 2, 3 on 4" from "1 on 4, 3 on 2"; codes of conjunctions can. Random
rectified features hold such conjunctions from the first step on (Rahimi and Recht 2007); nothing in them is
learned.
"""

import torch
from torch import Tensor, nn

from dnc_agent.recurrent import check_sizes

#: Deviation of the weights and the common bias: a feature is on for about one pair of symbols in ten.
_DEVIATION, _BIAS = 0.7, -1.0


class InputExpansion(nn.Module):
    """From observations [..., X] to [..., columns + features].

    Args:
        columns: how many of the first columns are seen.
        features: number of random features of these; 0 for none.
        start: first column that the features are made of. Names should lie before it: a feature of name and
            fact together says of neither what it is.

    Raises:
        ValueError: if a size is out of range.
    """

    weight: Tensor

    def __init__(self, columns: int, features: int, start: int = 0) -> None:
        super().__init__()
        check_sizes(columns=columns, features=features or 1)
        if not 0 <= start < columns:
            raise ValueError(f"start={start!r}; it must lie between 0 and {columns - 1}")
        self.columns, self.features, self.start = columns, features, start
        self.size = columns + features
        # A buffer: saved with the agent, never trained, so that no gradient has to reach the input.
        self.register_buffer("weight", torch.randn(features, columns - start) * _DEVIATION)

    def forward(self, observations: Tensor) -> Tensor:
        """See the class."""
        seen = observations[..., : self.columns]
        if not self.features:
            return seen
        return torch.cat(
            [seen, torch.relu(nn.functional.linear(seen[..., self.start :], self.weight) + _BIAS)], -1
        )
