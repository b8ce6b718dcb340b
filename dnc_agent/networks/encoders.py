"""What a core sees of an observation: its first columns, and conjunctions of them.

What was described in several facts is read as the mean of what was written for each. The mean of contents that are
linear in the symbols cannot tell "1 on 2, 3 on 4" from "1 on 4, 3 on 2". With a unit for each combination of
symbols it can: what was described is what is not zero. Nothing in it is learned.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from dnc_agent.checks import shown
from dnc_agent.cores.contract import check_sizes


class ColumnEncoder(nn.Module):
    """From observations [..., X] to [..., columns + conjunctions].

    A conjunction is the product of one input of each group: with one-hot groups, exactly one of all is 1.

    Args:
        columns: how many of the first columns are seen.
        groups: (first column, column past the last) of each group; none: no conjunctions.

    Raises:
        ValueError: if a size or a group is out of range.
    """

    def __init__(self, columns: int, groups: Sequence[Sequence[int]] = ()) -> None:
        super().__init__()
        check_sizes(columns=columns)
        if any(len(group) != 2 or not 0 <= group[0] < group[1] <= columns for group in groups):
            raise ValueError(f"groups={shown(groups)}; each must be a (start, stop) within {columns} columns")
        self.groups = [(int(start), int(stop)) for start, stop in groups]
        self.columns = columns
        conjunctions = math.prod(stop - start for start, stop in self.groups) if self.groups else 0
        #: Width of what the core sees.
        self.size = columns + conjunctions

    def forward(self, observations: Tensor) -> Tensor:
        """See the class."""
        seen = observations[..., : self.columns]
        if not self.groups:
            return seen
        product = seen.new_ones(*seen.shape[:-1], 1)
        for start, stop in self.groups:
            product = (product.unsqueeze(-1) * seen[..., start:stop].unsqueeze(-2)).flatten(-2)
        return torch.cat([seen, product], -1)
