"""A policy acting on a batch of episodes, on the fastest stepping that its core has here."""

from typing import Any

import torch
from torch import Tensor

from dnc_agent.cores.stepping import Stepper
from dnc_agent.rl.episodes import Prefix, Recording
from dnc_agent.rl.policy import RecurrentActorCriticPolicy


class ActingPolicy:
    """Steps a policy through a batch of episodes without a graph, keeping its state.

    Args:
        policy: acts, from its initial state.
        batch_size: B.
        prefix: what the episodes began with, if anything.
        record: keep what `recording` hands out, if the core `can_record`.

    Raises:
        ValueError: if the policy sees previous actions and there is a prefix, which has none.
    """

    def __init__(
        self,
        policy: RecurrentActorCriticPolicy,
        batch_size: int,
        prefix: Prefix | None = None,
        *,
        record: bool = False,
    ) -> None:
        self._policy = policy
        # A scripted policy may have a `step` of its own and no core at all.
        core = getattr(policy, "policy_core", None)
        self._record = record and core is not None and core.can_record
        # A prefix that is learned from needs its graph; it is unrolled here and nowhere else.
        with torch.set_grad_enabled(self._record):
            self._state = policy.initial_state(batch_size) if prefix is None else policy.state_after(prefix)
        self._stepper: Stepper[Any] | None = None
        if core is not None:
            self._stepper = core.stepper(batch_size, state=self._state.core, record=self._record)

    @torch.no_grad()
    def step(self, observations: Tensor) -> Tensor:
        """Logits [B, A] for observations [B, X]; `remember` the actions taken afterwards."""
        if self._stepper is None:
            logits, self._state = self._policy.step(observations, self._state)
            return logits
        if self._record and self._stepper.stale:
            # Go on with parameters that somebody has changed in the middle of the episodes.
            self._record = False
            self._stepper = self._policy.policy_core.stepper(len(observations), state=self._stepper.state())
        features = self._stepper.step(self._policy.step_input(observations, self._state))
        seen, held = self._policy.hold(features, observations, self._state.held)
        self._state = self._state._replace(held=held)
        return self._policy.logits(seen, observations)

    def remember(self, actions: Tensor) -> None:
        """Take note of the actions [B]."""
        self._state = self._policy.remember(self._state, actions)

    def recording(self, last: Tensor | None) -> Recording | None:
        """What the policy core has computed so far; None if that was not recorded.

        Args:
            last: [B, X], observations after the last action, if values are wanted there; a core that policy
                and value share then makes one more step.
        """
        if self._record and last is not None and self._policy.value_core is None:
            self.step(last)
        if not self._record or self._stepper is None or self._stepper.stale:
            return None
        with torch.enable_grad():
            return Recording(self._stepper.features(), list(self._policy.policy_core.parameters()))
