"""A network taken through a batch of sequences step by step, on the fastest stepping that its core has here."""

from typing import Any

import torch
from torch import Tensor

from dnc_agent.networks.network import RecurrentNetwork


class NetworkStepper:
    """`RecurrentNetwork.step` over and over, without a graph, keeping the state.

    Args:
        network: is not trained while it steps.
        batch_size: B.
    """

    def __init__(self, network: RecurrentNetwork, batch_size: int) -> None:
        self._network = network
        self._held = network.initial_state(batch_size).held
        self._stepper = network.core.stepper(batch_size)

    @torch.no_grad()
    def step(self, observations: Tensor) -> Any:
        """Outputs for observations [B, X]."""
        features = self._stepper.step(self._network.encoder(observations))
        seen, self._held = self._network.hold(features, observations, self._held)
        return self._network.readout(seen, observations)
