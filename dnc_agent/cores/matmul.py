"""Matrix products of a core, in float32 or with factors rounded to bfloat16."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

MATMUL_PRECISIONS = ("fp32", "bf16")


class _RoundedLinear(torch.autograd.Function):
    """`linear` with factors in bfloat16; the weight gradient of every step is added up in float32."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        x, weight = x.bfloat16(), weight.bfloat16()
        ctx.save_for_backward(x, weight)
        y = torch.mm(x, weight.t())
        return y.float() if bias is None else y + bias

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
        x, weight = ctx.saved_tensors
        d = grads[0].bfloat16()
        d_bias = grads[0].sum(0) if ctx.needs_input_grad[2] else None
        return torch.mm(d, weight).float(), torch.mm(d.t(), x).float(), d_bias


def linear(x: Tensor, weight: Tensor, bias: Tensor | None, precision: str) -> Tensor:
    """x [B, C] times the transposed weight [O, C], plus the bias [O].

    Args:
        x: float32 or float64.
        weight: of the same dtype.
        bias: likewise, or None.
        precision: one of `MATMUL_PRECISIONS`. With "bf16" x, weight and the gradient are rounded to bfloat16 for the
            products, whose sums are float32 and whose results are rounded once; float64 is left alone, and there are
            no second derivatives.
    """
    if precision == "bf16" and weight.dtype == torch.float32:
        y: Tensor = _RoundedLinear.apply(x, weight, bias)
        return y
    return nn.functional.linear(x, weight, bias)


class Linear(nn.Linear):
    """A linear layer that is told with each call how to multiply, and that forward hooks see."""

    def forward(self, x: Tensor, precision: str = "fp32") -> Tensor:
        """See `linear`."""
        return linear(x, self.weight, self.bias, precision)
