"""Sorting by usage and allocation, forward and backward (Methods, 'Dynamic memory allocation')."""

from typing import Any

from dnc_agent.kernels.jit import helper

_RUN = 16  # runs of this length are sorted by insertion before they are merged


@helper
def sort_order(usage: Any, order: Any, spare: Any) -> None:
    """Stable ascending order of usage [N] into order [N] (int32); ties go to the lower index.

    Insertion into short runs, then merges that are skipped where two runs already follow each other: usage
    changes little from step to step, so that most are.
    """
    n = usage.shape[0]
    for start in range(0, n, _RUN):
        for i in range(start, min(start + _RUN, n)):
            value = usage[i]
            j = i
            while j > start and usage[order[j - 1]] > value:
                order[j] = order[j - 1]
                j -= 1
            order[j] = i
    width = _RUN
    while width < n:
        for start in range(0, n - width, 2 * width):
            middle = start + width
            end = min(start + 2 * width, n)
            if not usage[order[middle - 1]] > usage[order[middle]]:
                continue
            for i in range(start, middle):
                spare[i] = order[i]
            i, j, k = start, middle, start
            while i < middle:
                # The left run goes first among equals.
                if j < end and usage[spare[i]] > usage[order[j]]:
                    order[k] = order[j]
                    j += 1
                else:
                    order[k] = spare[i]
                    i += 1
                k += 1
        width *= 2


@helper
def allocate(usage: Any, order: Any, out: Any) -> None:
    """Allocation weighting [N] of usage [N] sorted by order [N]."""
    one = usage.dtype.type(1)
    used_before = one
    for j in range(usage.shape[0]):
        i = order[j]
        u = usage[i]
        out[i] = (one - u) * used_before
        used_before *= u


@helper
def allocate_backward(usage: Any, order: Any, d_out: Any, prefix: Any, d_usage: Any) -> None:
    """Add the gradient of `allocate` to d_usage [N]; prefix [N] is scratch.

    Products of all usages but one come from prefix and suffix products: dividing would fail at zero usage.
    """
    n = usage.shape[0]
    one = usage.dtype.type(1)
    product = one
    for j in range(n):
        prefix[j] = product
        product *= usage[order[j]]
    later = one * 0  # gradient of everything after j with respect to usage j, without the prefix before j
    for j in range(n - 1, -1, -1):
        i = order[j]
        u = usage[i]
        d_usage[i] += prefix[j] * (later - d_out[i])
        later = (one - u) * d_out[i] + u * later
