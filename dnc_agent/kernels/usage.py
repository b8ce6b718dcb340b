"""Retention and usage, forward and backward (Methods, 'Dynamic memory allocation')."""

from typing import Any

from dnc_agent.kernels.jit import helper


@helper
def retain(free: Any, reads: Any, psi: Any) -> None:
    """Retention psi [N] of free gates [R] and the previous read weightings [R, N]."""
    one = psi.dtype.type(1)
    for i in range(psi.shape[0]):
        psi[i] = one
    for r in range(reads.shape[0]):
        f = free[r]
        for i in range(psi.shape[0]):
            psi[i] *= one - f * reads[r, i]


@helper
def retain_backward(free: Any, reads: Any, d_psi: Any, rest: Any, d_free: Any, d_reads: Any) -> None:
    """Gradient of `retain`: added to d_free [R] and d_reads [R, N]; rest [N] is scratch.

    The product over the other heads is multiplied out, because dividing would fail where a factor is zero.
    """
    one = d_psi.dtype.type(1)
    heads, n = reads.shape
    for r in range(heads):
        for i in range(n):
            rest[i] = d_psi[i]
        for q in range(heads):
            if q != r:
                f = free[q]
                for i in range(n):
                    rest[i] *= one - f * reads[q, i]
        f, total = free[r], one * 0
        for i in range(n):
            total -= rest[i] * reads[r, i]
            d_reads[r, i] -= rest[i] * f
        d_free[r] += total


@helper
def use(usage: Any, written: Any, psi: Any, out: Any) -> None:
    """Usage [N] after the previous write weighting [N] and the current retention [N]."""
    for i in range(out.shape[0]):
        out[i] = (usage[i] + written[i] - usage[i] * written[i]) * psi[i]


@helper
def use_backward(
    usage: Any, written: Any, psi: Any, d_out: Any, d_usage: Any, d_written: Any, d_psi: Any
) -> None:
    """Gradient of `use`: d_usage and d_written [N] are written, d_psi [N] is added to."""
    one = psi.dtype.type(1)
    for i in range(d_out.shape[0]):
        u, w, d = usage[i], written[i], d_out[i]
        d_psi[i] += d * (u + w - u * w)
        d *= psi[i]
        d_usage[i] = d * (one - w)
        d_written[i] = d * (one - u)
