"""Learning from one batch of whole episodes: gradient steps, their clipping, and what is done if one fails."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.type_aliases import Schedule
from stable_baselines3.common.utils import FloatSchedule
from torch import nn

from dnc_agent.parallel import Processes
from dnc_agent.rl.auxiliary import AuxiliaryTask
from dnc_agent.rl.episodes import EpisodeBatch
from dnc_agent.rl.policy import RecurrentActorCriticPolicy
from dnc_agent.rl.returns import normalize
from dnc_agent.rl.update import (
    Evaluation,
    LossWeights,
    auxiliary_loss,
    batch_advantages,
    evaluate_batch,
    total_loss,
)

#: A gradient may overflow once; so many in a row do not come right by themselves.
MOST_SKIPPED = 10


class BatchTraining(BaseAlgorithm):
    """The part of `EpisodicActorCritic` that turns a batch into new weights; arguments are told there."""

    policy: RecurrentActorCriticPolicy
    auxiliary: AuxiliaryTask | None
    auxiliary_heads: nn.ModuleList
    auxiliary_coef: float
    n_epochs: int
    minibatch_episodes: int | None
    gamma: float
    gae_lambda: float
    ent_coef: float | Schedule
    vf_coef: float
    clip_range: float | Schedule
    reward_scale: float
    normalize_advantage: bool
    max_grad_norm: float | None
    shuffler: np.random.Generator
    #: That learn from one batch together.
    processes: Processes
    #: Gradient steps left out in a row, because the gradient was not finite.
    _skipped = 0

    def train(self, batch: EpisodeBatch) -> None:
        """Learn from one batch of whole episodes.

        Raises:
            FloatingPointError: if the loss, a weight, or one gradient after the other is not finite.
        """
        self.policy.set_training_mode(True)
        self._update_learning_rate(self.policy.optimizer)
        for group in self.policy.optimizer.param_groups:
            group["lr"] *= group.get("lr_scale", 1.0)
        batch.rewards = batch.rewards * np.float32(self.reward_scale)
        several = self._several_passes
        weights = LossWeights(
            entropy=self._current(self.ent_coef),
            value=self.vf_coef,
            auxiliary=self.auxiliary_coef,
            clip_range=self._current(self.clip_range) if several else None,
        )
        advantages = returns = None
        if several:
            with torch.no_grad():
                advantages, returns = self._advantages(batch, evaluate_batch(self.policy, batch))
        figures: list[dict[str, float]] = []
        for episodes in self._minibatches(batch.num_episodes):
            part = batch if len(episodes) == batch.num_episodes else batch.select(episodes)
            evaluation = evaluate_batch(self.policy, part)
            if several:
                assert advantages is not None
                assert returns is not None
                steps = part.valid.shape[0]
                advantages_t, returns_t = advantages[:steps, episodes], returns[:steps, episodes]
            else:
                advantages_t, returns_t = self._advantages(part, evaluation)
            figures.append(self._gradient_step(part, evaluation, advantages_t, returns_t, weights))
            self._n_updates += 1
        for key in figures[0]:
            self.logger.record(f"train/{key}", float(np.mean([entry[key] for entry in figures])))
        self.logger.record("train/n_updates", self._n_updates, exclude="tensorboard")
        self.logger.record("train/ent_coef", weights.entropy)

    @property
    def _several_passes(self) -> bool:
        return self.n_epochs > 1 or self.minibatch_episodes is not None

    def _advantages(self, batch: EpisodeBatch, evaluation: Evaluation) -> tuple[np.ndarray, np.ndarray]:
        advantages, returns = batch_advantages(
            batch, evaluation, gamma=self.gamma, gae_lambda=self.gae_lambda
        )
        if self.normalize_advantage:
            advantages = normalize(advantages, batch.acting, self.processes)
        return advantages, returns

    def _gradient_step(
        self,
        batch: EpisodeBatch,
        evaluation: Evaluation,
        advantages: np.ndarray,
        returns: np.ndarray,
        weights: LossWeights,
    ) -> dict[str, float]:
        acting = batch.acting
        decided = int(acting.sum())
        # The loss is a mean over all decisions of all processes; each adds the part of its own.
        share = decided / max(self.processes.sum(decided)[0], 1.0)
        figures: dict[str, float] = {}
        self.policy.optimizer.zero_grad()
        if decided or self.processes.alone:
            loss, figures = total_loss(
                evaluation,
                batch.log_probs[torch.as_tensor(acting, device=self.device)],
                torch.as_tensor(advantages[acting], device=self.device),
                torch.as_tensor(returns[acting], device=self.device),
                weights,
            )
            if self.auxiliary is not None:
                recall, right = auxiliary_loss(
                    self.auxiliary, self.auxiliary_heads, batch, evaluation.features
                )
                loss = loss + weights.auxiliary * recall
                figures |= {"auxiliary_loss": recall.item(), "auxiliary_right": right.item()}
            (loss if self.processes.alone else share * loss).backward()
            figures["loss"] = loss.item()
        figures = self.processes.mean(figures, share)
        if not np.isfinite(figures["loss"]):
            raise self._failure("the loss is not finite")
        self.processes.add_gradients(p for group in self._parameter_groups() for p in group)
        figures["grad_norm"] = self._clip_gradients()
        finite = bool(np.isfinite(figures["grad_norm"]))
        self._skipped = 0 if finite else self._skipped + 1
        figures["skipped"] = float(not finite)
        if self._skipped >= MOST_SKIPPED:
            raise self._failure(f"the gradient was not finite {MOST_SKIPPED} times in a row")
        if finite:
            self.policy.optimizer.step()
            self._check_weights()
        return figures

    def _check_weights(self) -> None:
        groups = self.policy.optimizer.param_groups
        sums = [parameter.detach().sum() for group in groups for parameter in group["params"]]
        if not bool(torch.isfinite(torch.stack(sums)).all()):
            raise self._failure("weights are not finite after the step")

    def _failure(self, what: str) -> FloatingPointError:
        rate = self.policy.optimizer.param_groups[0]["lr"]
        return FloatingPointError(f"update {self._n_updates + 1}: {what} (learning_rate={rate:g})")

    def _clip_gradients(self) -> float:
        limit = float("inf") if self.max_grad_norm is None else self.max_grad_norm
        norms = [nn.utils.clip_grad_norm_(group, limit) for group in self._parameter_groups()]
        return float(torch.stack(norms).norm())

    def _parameter_groups(self) -> list[list[nn.Parameter]]:
        groups = self.policy.parameter_groups()
        groups[0] = groups[0] + list(self.auxiliary_heads.parameters())
        return groups

    def _minibatches(self, num_episodes: int) -> Iterator[NDArray[np.integer]]:
        size = self.minibatch_episodes or num_episodes
        for _ in range(self.n_epochs):
            whole = size >= num_episodes
            order = np.arange(num_episodes) if whole else self.shuffler.permutation(num_episodes)
            for start in range(0, num_episodes, size):
                yield order[start : start + size]

    def _current(self, value: float | Schedule) -> float:
        return float(FloatSchedule(value)(self._current_progress_remaining))
