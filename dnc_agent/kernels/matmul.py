"""The matrix products of the step loops, by torch.

The weight decides: in float32 with float32 factors, or rounded to bfloat16, and then the other factor is rounded as
well, sums are float32, and the result is rounded once before it is added up in float32.
"""

from __future__ import annotations

import torch
from torch import Tensor

from dnc_agent.kernels.pool import Room


def add_product(out: Tensor, a: Tensor, weight: Tensor) -> None:
    """out [M, N] += a [M, K] weight [K, N]."""
    if weight.dtype == out.dtype:
        out.addmm_(a, weight)
    else:
        out += product(a, weight)


def put_product(out: Tensor, a: Tensor, weight: Tensor, bias: Tensor | None = None) -> None:
    """out [M, N] = a [M, K] weight [K, N], plus the bias [N] if there is one."""
    if weight.dtype != out.dtype:
        found = product(a, weight)
        if bias is None:
            out.copy_(found)
        else:
            torch.add(found, bias, out=out)
    elif bias is None:
        torch.mm(a, weight, out=out)
    else:
        torch.addmm(bias, a, weight, out=out)


def product(a: Tensor, weight: Tensor) -> Tensor:
    """a [M, K] weight [K, N] in the dtype of the weight."""
    return torch.mm(a.to(weight.dtype), weight)


def as_factor(tensor: Tensor, room: Room) -> Tensor:
    """The tensor in the room's dtype, in its memory unless it has that dtype already."""
    return tensor if tensor.dtype == room.dtype else room(*tensor.shape).copy_(tensor)
