"""One pass of the learner over whole episodes: from a batch to a loss."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dnc_agent.cores.contract import RecurrentCore
from dnc_agent.rl import losses
from dnc_agent.rl.auxiliary import AuxiliaryTask
from dnc_agent.rl.episodes import EpisodeBatch, Prefix
from dnc_agent.rl.policy import RecurrentActorCriticPolicy, after_prefix
from dnc_agent.rl.returns import generalized_advantages


class Evaluation(NamedTuple):
    """What the current policy makes of a batch, at its M acting steps (row-major over [T, B])."""

    logits: Tensor  #: [M, A]
    log_probs: Tensor  #: [M], of the actions taken
    values: Tensor  #: [M]
    bootstrap: NDArray[np.floating] | None  #: [B], value after cut-off episodes; None if there are none
    features: tuple[Tensor, ...]  #: [T, B, F] of each core


@dataclass(frozen=True, kw_only=True)
class LossWeights:
    """How the parts of the loss are weighted and shaped at one update."""

    entropy: float
    value: float
    auxiliary: float
    clip_range: float | None  #: None: plain policy gradient; else PPO's clipped ratio


def evaluate_batch(policy: RecurrentActorCriticPolicy, batch: EpisodeBatch) -> Evaluation:
    """Unroll the cores over whole episodes from their initial states and read the heads at acting steps.

    What the policy core computed while it acted is used if it was recorded: it is what unrolling would give.
    """
    steps = batch.actions.shape[0]
    cut_off = bool(batch.truncated.any())
    # The observation after the last action is only worth a step where a cut-off episode is bootstrapped.
    observations = batch.observations if cut_off else batch.observations[:steps]
    inputs = policy.core_inputs(observations, batch.actions)
    recorded = None if batch.recording is None else batch.recording.take()
    features = _unroll(policy.policy_core, policy, inputs, batch.prefix) if recorded is None else recorded
    value_features = features
    if policy.value_core is not None:
        value_features = _unroll(policy.value_core, policy, inputs, batch.prefix)
    acting = torch.as_tensor(batch.acting, device=observations.device)
    seen = observations[:steps][acting]
    of_policy = seen_of_value = policy.hold_over(features, observations)
    if policy.value_core is not None:
        seen_of_value = policy.hold_over(value_features, observations)
    of_policy = of_policy[:steps][acting]
    of_value = of_policy if policy.value_core is None else seen_of_value[:steps][acting]
    logits, values = policy.judge(of_policy, of_value, seen)
    log_probs = torch.log_softmax(logits, -1).gather(-1, batch.actions[acting].unsqueeze(-1)).squeeze(-1)
    bootstrap = None
    if cut_off:
        with torch.no_grad():
            lengths = torch.as_tensor(batch.valid.sum(0), device=observations.device)
            lanes = torch.arange(batch.num_episodes, device=observations.device)
            last = policy.values(seen_of_value[lengths, lanes], observations[lengths, lanes])
        bootstrap = np.where(batch.truncated, last.cpu().numpy(), 0.0)
    cores = (features,) if policy.value_core is None else (features, value_features)
    return Evaluation(logits, log_probs, values, bootstrap, tuple(part[:steps] for part in cores))


def _unroll(
    core: RecurrentCore, policy: RecurrentActorCriticPolicy, inputs: Tensor, prefix: Prefix | None
) -> Tensor:
    state = None if prefix is None else after_prefix(core, policy.expansion, prefix)
    return core.unroll(inputs, state)[0]


def batch_advantages(
    batch: EpisodeBatch, evaluation: Evaluation, *, gamma: float, gae_lambda: float
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Advantages and returns [T, B] of a batch under the evaluation's values."""
    values = np.zeros_like(batch.rewards)
    values[batch.acting] = evaluation.values.detach().cpu().numpy()
    return generalized_advantages(
        batch.rewards,
        values,
        batch.valid,
        batch.acting,
        gamma=gamma,
        gae_lambda=gae_lambda,
        bootstrap=evaluation.bootstrap,
    )


def auxiliary_loss(
    task: AuxiliaryTask, heads: nn.ModuleList, batch: EpisodeBatch, features: tuple[Tensor, ...]
) -> tuple[Tensor, Tensor]:
    """Cross-entropy of the auxiliary questions, summed over questions, averaged over cores and predictions.

    Returns:
        `(loss in nats, share of the first core's predictions that are right in every question)`.
    """
    steps, targets = task.targets(*batch.whole())
    # What is asked is asked at a step of the batch itself, not in a prefix.
    steps = steps[-len(batch.valid) :]
    if not len(targets):
        # Nothing is asked in this batch; the mean of nothing would spoil the whole gradient.
        return features[0].new_zeros(()), features[0].new_tensor(float("nan"))
    answers = [head(part[steps]) for head, part in zip(heads, features, strict=True)]
    loss = sum(
        nn.functional.binary_cross_entropy_with_logits(answer, targets, reduction="none").sum(-1).mean()
        for answer in answers
    ) / len(answers)
    right = ((answers[0] > 0) == (targets > 0.5)).all(-1).float().mean()
    return loss, right  # type: ignore[return-value]


def total_loss(
    evaluation: Evaluation,
    old_log_probs: Tensor,
    advantages: Tensor,
    returns: Tensor,
    weights: LossWeights,
) -> tuple[Tensor, dict[str, float]]:
    """The loss at the M acting steps (auxiliary part apart) and figures about it for the log.

    Args:
        evaluation: of the current policy.
        old_log_probs: [M], of the policy that acted.
        advantages: [M].
        returns: [M].
        weights: of the parts.
    """
    if weights.clip_range is None:
        policy_part = losses.policy_gradient_loss(evaluation.log_probs, advantages)
    else:
        policy_part = losses.clipped_surrogate_loss(
            evaluation.log_probs, old_log_probs, advantages, weights.clip_range
        )
    value_part = losses.value_loss(evaluation.values, returns)
    entropy = losses.entropy(evaluation.logits).mean()
    loss = policy_part + weights.value * value_part - weights.entropy * entropy
    with torch.no_grad():
        figures = {
            "policy_loss": policy_part.item(),
            "value_loss": value_part.item(),
            "entropy": entropy.item(),
            "approx_kl": losses.approximate_kl(evaluation.log_probs, old_log_probs).item(),
            "explained_variance": losses.explained_variance(evaluation.values, returns),
        }
        if weights.clip_range is not None:
            ratio = torch.exp(evaluation.log_probs - old_log_probs)
            figures["clip_fraction"] = ((ratio - 1).abs() > weights.clip_range).float().mean().item()
    return loss, figures
