"""One pass of the learner over whole episodes: from a batch to a loss."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dnc_agent.networks import distributions
from dnc_agent.networks.network import RecurrentNetwork
from dnc_agent.rl import losses
from dnc_agent.rl.auxiliary import AuxiliaryTask
from dnc_agent.rl.episodes import EpisodeBatch
from dnc_agent.rl.policy import RecurrentActorCriticPolicy
from dnc_agent.rl.returns import generalized_advantages


class Evaluation(NamedTuple):
    """What the current policy makes of a batch, at its M acting steps (row-major over [T, B])."""

    logits: Tensor  #: [M, A], as the actions were drawn: masked, if they are
    log_probs: Tensor  #: [M], of the actions taken
    entropy: Tensor  #: [M], in nats
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
    """Unroll the networks over whole episodes from their initial states and read out of acting steps.

    What the policy's core computed while it acted is used if it was recorded: it is what unrolling would give.
    """
    steps = batch.actions.shape[0]
    cut_off = bool(batch.truncated.any())
    # The observation after the last action is only worth a step where a cut-off episode is bootstrapped.
    observations = batch.observations if cut_off else batch.observations[:steps]
    recorded = None if batch.recording is None else batch.recording.take(len(observations))
    networks = policy.networks
    features = [_unroll(networks[0], observations, batch) if recorded is None else recorded]
    features += [_unroll(network, observations, batch) for network in networks[1:]]
    seen = [
        network.hold_over(part, observations)[0] for network, part in zip(networks, features, strict=True)
    ]
    acting = torch.as_tensor(batch.acting, device=observations.device)
    logits, values = policy.judge(
        [
            network.read(part[:steps], observations[:steps], acting)
            for network, part in zip(networks, seen, strict=True)
        ]
    )
    sizes = policy.action_sizes
    if batch.action_mask is not None:
        logits = distributions.mask(logits, batch.action_mask[acting], sizes)
    bootstrap = None
    if cut_off:
        with torch.no_grad():
            lengths = torch.as_tensor(batch.valid.sum(0), device=observations.device)
            episodes = torch.arange(batch.num_episodes, device=observations.device)
            last = policy.values(seen[-1][lengths, episodes], observations[lengths, episodes])
        bootstrap = np.where(batch.truncated, last.cpu().numpy(), 0.0)
    return Evaluation(
        logits,
        distributions.log_prob(logits, batch.actions[acting], sizes),
        distributions.entropy(logits, sizes),
        values,
        bootstrap,
        tuple(part[:steps] for part in features),
    )


def _unroll(network: RecurrentNetwork, observations: Tensor, batch: EpisodeBatch) -> Tensor:
    state = None if batch.prefix is None else batch.prefix.core_state(network)
    return network.features(observations, state)[0]


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
    entropy = evaluation.entropy.mean()
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
