"""Episodes whose lanes live in tensors on the policy's device: acted out without a transfer per step."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dnc_agent.episodes import EpisodeSource, Prefix, Transition


class TensorSource(ABC):
    """An `EpisodeSource` on tensors, for worlds that know beforehand how long each episode is.

    Observations and rewards are tensors on the policy's device. Which lanes are running is known without
    looking at the device, so nothing has to wait for it until the last step of a round.
    """

    num_lanes: int
    prefix: Prefix | None = None

    @abstractmethod
    def reset(self) -> tuple[Tensor, NDArray[np.bool_]]:
        """Start episodes: observations [B, X], and bool [B], where the first action has an effect."""

    @abstractmethod
    def step(self, actions: Tensor) -> Transition:
        """Step every lane by actions [B]; rewards [B] are 0 where the episode is over, infos are empty."""

    @abstractmethod
    def final(self) -> dict[str, np.ndarray]:
        """Numeric infos [B] at the end of each episode, once all are over."""


Source = EpisodeSource | TensorSource


def step_source(source: Source, actions: Tensor) -> Transition:
    """Step a source of either kind by actions [B] on the policy's device."""
    return source.step(actions) if isinstance(source, TensorSource) else source.step(actions.cpu().numpy())


def live_rewards(rewards: Any, live: NDArray[np.bool_]) -> Any:
    """Rewards [B], 0 where the episode is over; those of a `TensorSource` are so already."""
    return rewards if isinstance(rewards, Tensor) else np.where(live, rewards, 0.0)


def stack_rewards(rewards: list[Any]) -> NDArray[np.float32]:
    """The rewards of T steps as one array [T, B]; from a device, in a single transfer."""
    if isinstance(rewards[0], Tensor):
        return torch.stack(rewards).float().cpu().numpy()
    return np.stack(rewards).astype(np.float32)
