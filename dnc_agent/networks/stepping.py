"""A network acting on a batch of episodes, on the fastest stepping that its core has here."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from dnc_agent.cores.states import versions
from dnc_agent.networks.network import NetworkState, RecurrentNetwork


class Recording:
    """What a core computed while it acted, to learn from once, as long as its parameters stay as they were.

    Args:
        features: [T, B, F], differentiable; one row more where cut-off episodes need what comes after them.
        parameters: those that the features depend on.
    """

    def __init__(self, features: Tensor, parameters: list[Tensor]) -> None:
        self._features: Tensor | None = features
        self._parameters = parameters
        self._versions = versions(parameters)

    def take(self, rows: int | None = None) -> Tensor | None:
        """The features; None at a second call, since the graph is gone then, or if parameters changed.

        Args:
            rows: T as wanted: rows past it are left out, missing ones, in which no episode runs, are zero.
        """
        features, self._features = self._features, None
        if features is None or versions(self._parameters) != self._versions:
            return None
        if rows is None or rows == len(features):
            return features
        # A negative number of rows to add cuts.
        return nn.functional.pad(features, (0, 0, 0, 0, 0, rows - len(features)))

    @staticmethod
    @torch.enable_grad()
    def join(recordings: "list[Recording | None]", rows: int) -> "Recording | None":
        """Episodes side by side, padded to so many rows; None unless all were recorded and still hold."""
        parts = [None if recording is None else recording.take(rows) for recording in recordings]
        first = recordings[0]
        if first is None or any(part is None for part in parts):
            return None
        return Recording(torch.cat([part for part in parts if part is not None], 1), first._parameters)


class NetworkStepper:
    """`RecurrentNetwork.step` over and over, without a graph, keeping the state.

    Args:
        network: acts.
        batch_size: B.
        state: where to start; None is the initial state. Gradients of a recording flow into the core's part.
        record: keep what `recording` hands out, if the core can.
        readout: what is wanted, called with (features [B, F'], observations [B, X]); None: the network's readout.
    """

    def __init__(
        self,
        network: RecurrentNetwork,
        batch_size: int,
        *,
        state: NetworkState | None = None,
        record: bool = False,
        readout: Callable[[Tensor, Tensor], Any] | None = None,
    ) -> None:
        self._network, self._readout = network, network.readout if readout is None else readout
        self._batch_size = batch_size
        self._held = network.initial_state(batch_size).held if state is None else state.held
        core = None if state is None else state.core
        self._stepper = network.core.stepper(batch_size, state=core, record=record)

    @torch.no_grad()
    def step(self, observations: Tensor) -> Any:
        """Outputs for observations [B, X]."""
        if self._stepper.records and self._stepper.stale:
            # Somebody has changed parameters in the middle of the episodes: go on with them, without a recording.
            self._stepper = self._network.core.stepper(self._batch_size, state=self._stepper.state())
        features = self._stepper.step(self._network.encoder(observations))
        seen, self._held = self._network.hold(features, observations, self._held)
        return self._readout(seen, observations)

    def recording(self, last: Tensor | None = None) -> Recording | None:
        """What the core has computed so far; None if that was not recorded.

        Args:
            last: [B, X], observations after the last action, if features are wanted there too.
        """
        if self._stepper.records and last is not None:
            self.step(last)
        if not self._stepper.records or self._stepper.stale:
            return None
        with torch.enable_grad():
            return Recording(self._stepper.features(), list(self._network.core.parameters()))
