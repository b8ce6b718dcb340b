"""Losses of the actor-critic as pure functions on the M acting steps of a batch, each a 1-D tensor [M]."""

import torch
from torch import Tensor


def policy_gradient_loss(log_probs: Tensor, advantages: Tensor) -> Tensor:
    """Minus the mean of log pi(a_t) A_t, whose gradient is the policy gradient; no gradient through A."""
    return -(log_probs * advantages.detach()).mean()


def clipped_surrogate_loss(
    log_probs: Tensor, old_log_probs: Tensor, advantages: Tensor, clip_range: float
) -> Tensor:
    """PPO's clipped objective (Schulman et al. 2017): no gain from ratios beyond 1 +- clip_range.

    Args:
        log_probs: [M] of the current policy.
        old_log_probs: [M] of the policy that acted.
        advantages: [M].
        clip_range: at least 0.
    """
    advantages = advantages.detach()
    ratio = torch.exp(log_probs - old_log_probs.detach())
    clipped = ratio.clamp(1.0 - clip_range, 1.0 + clip_range)
    return -torch.minimum(ratio * advantages, clipped * advantages).mean()


def value_loss(values: Tensor, returns: Tensor) -> Tensor:
    """Half the mean squared error between values [M] and observed returns [M]."""
    return 0.5 * (values - returns.detach()).square().mean()


def approximate_kl(log_probs: Tensor, old_log_probs: Tensor) -> Tensor:
    """Low-variance estimate of KL(old || new) from samples [M] of the old policy; never negative."""
    log_ratio = log_probs - old_log_probs
    return (torch.expm1(log_ratio) - log_ratio).mean()


def explained_variance(values: Tensor, returns: Tensor) -> float:
    """1 - Var(returns - values) / Var(returns): 1 is perfect, 0 like a constant; nan for constant returns."""
    variance = returns.var(correction=0)
    if variance == 0:
        return float("nan")
    return float(1.0 - (returns - values).var(correction=0) / variance)
