"""Batches of whole episodes, and what several episodes may have begun with in common."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dnc_agent.cores.contract import map_state
from dnc_agent.networks.network import NetworkState, RecurrentNetwork
from dnc_agent.networks.stepping import Recording


@dataclass(frozen=True)
class Prefix:
    """Observations that several episodes have in common, before anything could be decided: P prefixes.

    Acting out several continuations of one prefix and adding up their gradients is an unbiased policy
    gradient (the "vine" of Schulman et al. 2015), and the prefix is computed once.
    """

    observations: Tensor  #: [T1, P, X], aligned at the end
    reset: Tensor  #: [T1, P] bool, true at the first observation of each prefix
    branch_of: Tensor  #: [B] int64, the prefix that each episode continues

    def valid(self) -> Tensor:
        """[T1, P] bool: which observations belong to a prefix."""
        return self.reset.long().cumsum(0) > 0

    def core_state(self, network: RecurrentNetwork) -> Any:
        """The state of a network's core in every episode [B] that continues a prefix; differentiable."""
        _, state = network.features(self.observations, None, self.reset)
        return map_state(lambda part: part[self.branch_of], state)

    def network_state(self, network: RecurrentNetwork) -> NetworkState:
        """The state of a network in every episode [B]; nothing is held from a prefix."""
        return network.initial_state(len(self.branch_of))._replace(core=self.core_state(network))


@dataclass
class EpisodeBatch:
    """Whole episodes, padded at the end to the longest; T steps, B episodes, X observation features."""

    observations: Tensor  #: [T + 1, B, X]; row t is what the agent saw before action t
    actions: Tensor  #: [T, B] int64, or [T, B, K] of several categoricals
    log_probs: Tensor  #: [T, B], of the actions under the policy that acted
    rewards: NDArray[np.floating]  #: [T, B]
    valid: NDArray[np.bool_]  #: [T, B]: the step belongs to the episode
    acting: NDArray[np.bool_]  #: [T, B]: valid, and the action has an effect
    truncated: NDArray[np.bool_]  #: [B]: cut off by a time limit rather than ended
    #: numeric info at the end of each episode, [B]
    final: dict[str, np.ndarray] = field(default_factory=dict)
    #: what came before row 0, where episodes share it
    prefix: Prefix | None = None
    #: of the policy's core while it acted; None where it has to be unrolled again
    recording: Recording | None = None
    #: [T, B, A] bool, which choices were legal; None: all
    action_mask: Tensor | None = None

    @property
    def num_episodes(self) -> int:
        """B."""
        return self.valid.shape[1]

    @property
    def num_steps(self) -> int:
        """Environment steps in the batch, padding not counted."""
        return int(self.valid.sum())

    def whole(self) -> tuple[Tensor, Tensor]:
        """Observations [T1 + T, B, X] with the prefixes put before them, and which are valid [T1 + T, B]."""
        observations = self.observations[: len(self.valid)]
        valid = torch.as_tensor(self.valid, device=observations.device)
        if self.prefix is None:
            return observations, valid
        branch = self.prefix.branch_of
        return (
            torch.cat([self.prefix.observations[:, branch], observations]),
            torch.cat([self.prefix.valid()[:, branch], valid]),
        )

    def select(self, episodes: NDArray[np.integer]) -> "EpisodeBatch":
        """The given episodes, without steps that are padding in all of them and without what was recorded.

        Raises:
            ValueError: if episodes share prefixes, which only pay off together.
        """
        if self.prefix is not None:
            raise ValueError("episodes with shared prefixes cannot be split into minibatches")
        length = int(self.valid[:, episodes].sum(0).max())
        index = torch.as_tensor(episodes, device=self.observations.device)
        return EpisodeBatch(
            observations=self.observations[: length + 1, index],
            actions=self.actions[:length, index],
            log_probs=self.log_probs[:length, index],
            rewards=self.rewards[:length, episodes],
            valid=self.valid[:length, episodes],
            acting=self.acting[:length, episodes],
            truncated=self.truncated[episodes],
            final={key: value[episodes] for key, value in self.final.items()},
            action_mask=None if self.action_mask is None else self.action_mask[:length, index],
        )


def concatenate(batches: list[EpisodeBatch]) -> EpisodeBatch:
    """One batch out of several, padded to the longest.

    Raises:
        ValueError: if episodes share prefixes.
    """
    if len(batches) == 1:
        return batches[0]
    if any(batch.prefix is not None for batch in batches):
        raise ValueError(
            "episodes with shared prefixes must come from one round: give each a sub-environment"
        )
    steps = max(len(batch.valid) for batch in batches)

    def join(name: str, rows: int) -> np.ndarray:
        values = [getattr(batch, name) for batch in batches]
        parts = [value.cpu().numpy() if isinstance(value, Tensor) else value for value in values]
        return np.concatenate(
            [np.pad(part, [(0, rows - len(part))] + [(0, 0)] * (part.ndim - 1)) for part in parts], axis=1
        )

    device = batches[0].observations.device
    mask = None
    if batches[0].action_mask is not None:
        mask = torch.as_tensor(join("action_mask", steps), device=device)
    return EpisodeBatch(
        observations=torch.as_tensor(join("observations", steps + 1), device=device),
        actions=torch.as_tensor(join("actions", steps), device=device),
        log_probs=torch.as_tensor(join("log_probs", steps), device=device),
        rewards=join("rewards", steps),
        valid=join("valid", steps),
        acting=join("acting", steps),
        truncated=np.concatenate([batch.truncated for batch in batches]),
        final={
            key: np.concatenate([batch.final[key] for batch in batches])
            for key in batches[0].final.keys() & batches[-1].final.keys()
        },
        recording=Recording.join([batch.recording for batch in batches], steps + 1),
        action_mask=mask,
    )
