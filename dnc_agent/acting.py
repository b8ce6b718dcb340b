"""A policy acting on a batch of episodes, on the fastest stepping that its core has here."""

from typing import Any

import torch
from torch import Tensor

from dnc_agent import kernels
from dnc_agent.core import DNC
from dnc_agent.episodes import Prefix
from dnc_agent.policy import RecurrentActorCriticPolicy


class ActingPolicy:
    """Steps a policy through a batch of episodes without a graph, keeping its state.

    Args:
        policy: acts, from its initial state.
        batch_size: B.
        prefix: what the episodes began with, if anything.

    Raises:
        ValueError: if the policy sees previous actions and there is a prefix, which has none.
    """

    def __init__(
        self, policy: RecurrentActorCriticPolicy, batch_size: int, prefix: Prefix | None = None
    ) -> None:
        self._policy = policy
        self._state = policy.initial_state(batch_size) if prefix is None else policy.state_after(prefix)
        self._actor: Any = None
        # A scripted policy may have a `step` of its own and no core at all.
        core = getattr(policy, "policy_core", None)
        if isinstance(core, DNC) and _fused(core):
            self._actor = kernels.Actor(core, batch_size, state=self._state.core)

    @torch.no_grad()
    def step(self, observations: Tensor) -> Tensor:
        """Logits [B, A] for observations [B, X]; `remember` the actions taken afterwards."""
        if self._actor is None:
            logits, self._state = self._policy.step(observations, self._state)
            return logits
        features = self._actor.step(self._policy.step_input(observations, self._state))
        return self._policy.logits(features, observations)

    def remember(self, actions: Tensor) -> None:
        """Take note of the actions [B]."""
        self._state = self._policy.remember(self._state, actions)


def _fused(core: DNC) -> bool:
    return core.backend != "reference" and kernels.supports(core, core.interface.weight) is None
