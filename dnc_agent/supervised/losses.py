"""Cross-entropies as pure functions on the M steps at which an answer is wanted, and which answers are wrong."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional


def bits_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy of independent bits, summed over the bits of a step.

    With p = sigmoid(logits), loss_m = - sum_y [ z_my log p_my + (1 - z_my) log(1 - p_my) ], in nats (Graves et al.
    2014, copy tasks).

    Args:
        logits: [M, Y].
        targets: z [M, Y], 0 or 1.

    Returns:
        [M].
    """
    return functional.binary_cross_entropy_with_logits(logits, targets, reduction="none").sum(-1)


def categories_loss(logits: Tensor, targets: Tensor, sizes: Sequence[int]) -> Tensor:
    """Cross-entropy of K independent categoricals, summed over those of a step.

    With p_k the softmax of the k-th group of logits, loss_m = - sum_k log p_k[z_mk], in nats, over the k with a
    target (Graves et al. 2016, Methods, 'Graph task descriptions': a triple is nine digits; one word is K = 1).

    Args:
        logits: [M, sum of sizes], group after group.
        targets: z int64 [M, K]; -1 where none is wanted, which costs nothing.
        sizes: how many categories each group has.

    Returns:
        [M].
    """
    parts = [
        functional.cross_entropy(part, targets[:, k], ignore_index=-1, reduction="none")
        for k, part in enumerate(logits.split(list(sizes), -1))
    ]
    return torch.stack(parts).sum(0)


def wrong_bits(choices: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Of bits [M, Y] and what was wanted [M, Y]: `(how many are wrong [M], how many were asked for [M])`."""
    wrong = ((choices > 0.5) != (targets > 0.5)).sum(-1)
    return wrong, torch.full_like(wrong, targets.shape[-1])


def wrong_categories(choices: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """The same for categories int64 [M, K], of which those with target -1 were not asked for."""
    asked = targets >= 0
    return ((choices != targets) & asked).sum(-1), asked.sum(-1)
