"""Read strengths multiplied by a factor, on a trained DNC, at test time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from dnc_agent.cores.dnc.addressing import oneplus
from dnc_agent.cores.dnc.core import DNC

#: Strengths are above 1 in the paper's DNC; a factor cannot take them below.
LOWEST = 1 + 1e-6


def inverse_oneplus(strengths: Tensor) -> Tensor:
    """What `oneplus` makes these numbers (above 1) of."""
    above = strengths - 1
    # log(e^a - 1), safe for large a.
    return above + torch.log(-torch.expm1(-above))


@contextmanager
def tempered(core: DNC, factor: float) -> Iterator[None]:
    """Inside, the core's read strengths are multiplied by a factor, and it runs on the reference backend.

    A content lookup is a softmax over all N locations: the more there are, the smaller the share of the right one at
    the same strength. With a gap g of cosines its odds against all others are about e^(strength g) / N, so that what
    keeps them is a strength that grows with log N. Strengths below 1 stay at 1.

    Args:
        core: a DNC without LayerNorm on its interface.
        factor: above 0.
    """
    rows = core.interface_rows()["read_strengths"]

    def multiply(module: Any, inputs: Any, xi: Tensor) -> Tensor:
        xi = xi.clone()
        xi[..., rows] = inverse_oneplus((factor * oneplus(xi[..., rows])).clamp_min(LOWEST))
        return xi

    backend, hook = core.backend, core.interface.register_forward_hook(multiply)
    # Kernels take the weights and see no hook.
    core.backend = "reference"
    try:
        yield
    finally:
        hook.remove()
        core.backend = backend
