"""A network taken through a batch of sequences step by step, without a graph."""

from typing import Any

import torch
from torch import Tensor

from dnc_agent.networks.network import NetworkState, RecurrentNetwork


class NetworkStepper:
    """Steps B sequences from the initial state and keeps their state; the numbers are those of `network.step`.

    Args:
        network: is not trained while it steps.
        batch_size: B.
    """

    def __init__(self, network: RecurrentNetwork, batch_size: int) -> None:
        self._network = network
        self._state: NetworkState = network.initial_state(batch_size)

    @torch.no_grad()
    def step(self, observations: Tensor, *, wanted: bool = True) -> Any:
        """Outputs [B, ...] for observations [B, X]; None where none is wanted, which saves reading them out."""
        network = self._network
        features, core = network.core.step(network.encoder(observations), self._state.core)
        seen, held = network.hold(features, observations, self._state.held)
        self._state = NetworkState(core, held)
        return network.readout(seen, observations) if wanted else None
