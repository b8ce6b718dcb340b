"""The equations of memory addressing as pure functions, one function per equation.

Shapes: B batch, N memory locations, W word width, R heads. Source of every function: Graves et al. (2016),
Methods; the section is named in each docstring. All functions are differentiable and safe at zero memory.
"""

import torch
from torch import Tensor

#: Added to squared norms *inside* the square root: the gradient of the cosine at a zero row is at most 1e3.
NORM_EPSILON = 1e-6


def oneplus(x: Tensor) -> Tensor:
    """Map the real line to [1, inf): 1 + log(1 + e^x) (Methods, 'Interface parameters')."""
    return 1.0 + torch.logaddexp(x, x.new_zeros(()))


def cosine_similarity(memory: Tensor, keys: Tensor, mask: Tensor | None = None) -> Tensor:
    """Cosine of every key with every location (Methods, 'Content-based addressing').

    Args:
        memory: [B, N, W].
        keys: [B, R, W].
        mask: optional [B, R, W] in [0, 1]; both sides are multiplied by it (Csordas & Schmidhuber 2019).

    Returns:
        [B, R, N] in [-1, 1].
    """
    if mask is None:
        dots = keys @ memory.transpose(1, 2)
        memory_norms = (memory.square().sum(-1) + NORM_EPSILON).sqrt().unsqueeze(1)
    else:
        keys = keys * mask
        dots = (keys * mask) @ memory.transpose(1, 2)
        memory_norms = (mask.square() @ memory.square().transpose(1, 2) + NORM_EPSILON).sqrt()
    key_norms = (keys.square().sum(-1, keepdim=True) + NORM_EPSILON).sqrt()
    return dots / (key_norms * memory_norms)


def content_weighting(memory: Tensor, keys: Tensor, strengths: Tensor, mask: Tensor | None = None) -> Tensor:
    """Softmax over locations of strength times cosine similarity (Methods, 'Content-based addressing').

    Args:
        memory: [B, N, W].
        keys: [B, R, W].
        strengths: [B, R], each at least 1.
        mask: optional [B, R, W] in [0, 1].

    Returns:
        [B, R, N], each row sums to 1.
    """
    return torch.softmax(strengths.unsqueeze(-1) * cosine_similarity(memory, keys, mask), dim=-1)


def retention(free_gates: Tensor, read_weightings: Tensor) -> Tensor:
    """psi: how much of each location is kept after the last reads (Methods, 'Dynamic memory allocation').

    Args:
        free_gates: [B, R].
        read_weightings: [B, R, N], of the previous step.

    Returns:
        [B, N] in [0, 1].
    """
    kept = 1.0 - free_gates.unsqueeze(-1) * read_weightings
    return torch.prod(kept, dim=1)


def usage_update(usage: Tensor, write_weighting: Tensor, psi: Tensor) -> Tensor:
    """Usage [B, N] after the last write and the current frees (Methods, 'Dynamic memory allocation')."""
    return (usage + write_weighting - usage * write_weighting) * psi


def allocation_weighting(usage: Tensor) -> Tensor:
    """Weight on free locations, least used first (Methods, 'Dynamic memory allocation').

    The sort order is a constant for the gradient; ties go to the lower index.

    Args:
        usage: [B, N] in [0, 1].

    Returns:
        [B, N], sums to at most 1.
    """
    order = torch.argsort(usage.detach(), dim=-1, stable=True)
    ascending = usage.gather(-1, order)
    before = torch.cat([torch.ones_like(ascending[:, :1]), ascending[:, :-1]], -1)
    used_before = torch.cumprod(before, -1)
    return torch.zeros_like(usage).scatter(-1, order, (1.0 - ascending) * used_before)


def write_weighting(
    content: Tensor, allocation: Tensor, write_gate: Tensor, allocation_gate: Tensor
) -> Tensor:
    """Where to write (Methods, 'Write weighting').

    Args:
        content: [B, N] content weighting of the write key on the old memory.
        allocation: [B, N].
        write_gate: [B].
        allocation_gate: [B].

    Returns:
        [B, N], sums to at most 1.
    """
    g_w, g_a = write_gate.unsqueeze(-1), allocation_gate.unsqueeze(-1)
    return g_w * (g_a * allocation + (1.0 - g_a) * content)


def write(
    memory: Tensor, weighting: Tensor, erase: Tensor, vector: Tensor, psi: Tensor | None = None
) -> Tensor:
    """Erase, then add (Methods, 'Dynamic memory allocation' and 'Write').

    Args:
        memory: [B, N, W].
        weighting: [B, N].
        erase: [B, W] in [0, 1].
        vector: [B, W].
        psi: optional retention [B, N]; given, freed rows are wiped as well (Csordas & Schmidhuber 2019).

    Returns:
        [B, N, W].
    """
    keep = 1.0 - weighting.unsqueeze(-1) * erase.unsqueeze(1)
    if psi is not None:
        keep = keep * psi.unsqueeze(-1)
    return memory * keep + weighting.unsqueeze(-1) * vector.unsqueeze(1)


def precedence_update(precedence: Tensor, weighting: Tensor) -> Tensor:
    """Degree to which each location was the last one written, [B, N] (Methods, 'Temporal memory linkage')."""
    return (1.0 - weighting.sum(-1, keepdim=True)) * precedence + weighting


def link_update(link: Tensor, precedence: Tensor, weighting: Tensor) -> Tensor:
    """Temporal links; [b, i, j] near 1: i was written right after j (Methods, 'Temporal memory linkage').

    Args:
        link: [B, N, N].
        precedence: [B, N], of the previous step.
        weighting: [B, N], the current write weighting.

    Returns:
        [B, N, N] with a zero diagonal.
    """
    w_i, w_j = weighting.unsqueeze(2), weighting.unsqueeze(1)
    updated = (1.0 - w_i - w_j) * link + w_i * precedence.unsqueeze(1)
    diagonal = torch.eye(link.shape[-1], dtype=torch.bool, device=link.device)
    return updated.masked_fill(diagonal, 0.0)


def keep_largest(weighting: Tensor, count: int) -> Tensor:
    """Zero all but the `count` largest entries and rescale to sum 1 (Methods, 'Sparse link matrix').

    The choice of entries is a constant for the gradient. An all-zero weighting stays zero.

    Args:
        weighting: [B, N], non-negative.
        count: K, how many entries survive.

    Returns:
        [B, N].
    """
    if count < weighting.shape[-1]:
        # A stable descending sort, so that ties go to the lower index on every backend.
        order = torch.argsort(weighting.detach(), dim=-1, descending=True, stable=True)[:, :count]
        chosen = torch.zeros_like(weighting, dtype=torch.bool).scatter(-1, order, True)
        weighting = torch.where(chosen, weighting, torch.zeros_like(weighting))
    total = weighting.sum(-1, keepdim=True)
    empty = total <= 0
    return torch.where(empty, torch.zeros_like(weighting), weighting / total.masked_fill(empty, 1.0))


def sparse_link_update(link: Tensor, precedence: Tensor, weighting: Tensor, count: int) -> Tensor:
    """`link_update` on the `count` largest entries, dropping links below 1/count ('Sparse link matrix').

    Shapes as in `link_update`. This is the definition, on dense storage; kernels may store it sparsely.
    Rows sum to at most 1, but columns need not: rescaling makes a weak write count as a full one, so several
    locations can be linked fully to the same predecessor, and read weightings that follow them can exceed 1.
    """
    updated = link_update(link, keep_largest(precedence, count), keep_largest(weighting, count))
    return torch.where(updated.detach() < 1.0 / count, torch.zeros_like(updated), updated)


def directional_weightings(link: Tensor, read_weightings: Tensor) -> tuple[Tensor, Tensor]:
    """Backward and forward weightings of every head (Methods, 'Temporal memory linkage').

    Args:
        link: [B, N, N], of the current step.
        read_weightings: [B, R, N], of the previous step.

    Returns:
        `(backward, forward)`, each [B, R, N]: backward = L^T w, forward = L w.
    """
    return read_weightings @ link, read_weightings @ link.transpose(1, 2)


def read_weighting(backward: Tensor, content: Tensor, forward: Tensor, modes: Tensor) -> Tensor:
    """Mix of the three ways to read (Methods, 'Read weighting').

    Args:
        backward: [B, R, N].
        content: [B, R, N].
        forward: [B, R, N].
        modes: [B, R, 3], in the order backward, content, forward; each row sums to 1.

    Returns:
        [B, R, N].
    """
    return modes[..., 0:1] * backward + modes[..., 1:2] * content + modes[..., 2:3] * forward


def read(memory: Tensor, read_weightings: Tensor) -> Tensor:
    """Read vectors [B, R, W] from memory [B, N, W] and weightings [B, R, N] (Methods, 'Reading')."""
    return read_weightings @ memory
