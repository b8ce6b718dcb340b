"""Actions as one or several independent categoricals: pure functions on logits.

Everywhere, `sizes` is the number A of choices of one categorical, whose actions have shape [...], or a tuple of K
such numbers, whose actions have shape [..., K] and whose logits lie side by side in [..., A], A being their sum.
A tuple of one number is not the same as the number: it is the difference between Gymnasium's `Discrete(5)` and
`MultiDiscrete([5])`.
"""

import torch
from torch import Tensor

#: One number or a tuple of numbers, see above.
Sizes = int | tuple[int, ...]


def log_prob(logits: Tensor, actions: Tensor, sizes: Sizes) -> Tensor:
    """Log-probabilities [...] of actions under logits [..., A]; of several, of all together."""
    if isinstance(sizes, int):
        return torch.log_softmax(logits, -1).gather(-1, actions.unsqueeze(-1)).squeeze(-1)
    parts = logits.split(sizes, -1)
    return sum(log_prob(part, actions[..., k], sizes[k]) for k, part in enumerate(parts))  # type: ignore[return-value]


def entropy(logits: Tensor, sizes: Sizes) -> Tensor:
    """Entropies in nats [...] of logits [..., A]; of several, their sum: they are independent."""
    if isinstance(sizes, int):
        log_p = torch.log_softmax(logits, dim=-1)
        return -(log_p.exp() * log_p).sum(-1)
    return sum(entropy(part, size) for part, size in zip(logits.split(sizes, -1), sizes, strict=True))  # type: ignore[return-value]


def mode(logits: Tensor, sizes: Sizes) -> Tensor:
    """The most probable actions."""
    if isinstance(sizes, int):
        return logits.argmax(-1)
    return torch.stack([part.argmax(-1) for part in logits.split(sizes, -1)], -1)


def sample(logits: Tensor, sizes: Sizes, generator: torch.Generator | None = None) -> Tensor:
    """Actions drawn from logits [B, A].

    Args:
        logits: finite.
        sizes: see the module.
        generator: source of chance; None uses torch's global one.
    """
    if isinstance(sizes, int):
        return torch.multinomial(torch.softmax(logits, -1), 1, generator=generator).squeeze(-1)
    parts = zip(logits.split(sizes, -1), sizes, strict=True)
    return torch.stack([sample(part, size, generator) for part, size in parts], -1)


def mask(logits: Tensor, legal: Tensor, sizes: Sizes) -> Tensor:
    """Logits under which only legal choices are ever drawn.

    Illegal ones become so small that their probability is exactly 0, and stay finite, so that entropy and gradients
    do as well: 0 log 0 is 0 here, and no gradient reaches an illegal choice.

    Args:
        logits: [..., A].
        legal: [..., A] bool.
        sizes: see the module.

    Raises:
        ValueError: if shapes differ, or if nothing is legal in some categorical.
    """
    if legal.shape != logits.shape:
        raise ValueError(f"legal has shape {tuple(legal.shape)}; expected {tuple(logits.shape)}")
    parts = (legal,) if isinstance(sizes, int) else legal.split(sizes, -1)
    if not all(bool(part.any(-1).all()) for part in parts):
        raise ValueError("legal has a categorical without a legal choice; each needs at least one")
    return torch.where(legal, logits, torch.finfo(logits.dtype).min / 2)
