"""A recurrent network as encoder, core and readout: one step, one unrolled sequence, one trace."""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from dnc_agent.cores.contract import RecurrentCore
from dnc_agent.networks.held_cue import Held, hold_sequence, hold_step


class NetworkState(NamedTuple):
    """What a network carries from step to step."""

    core: Any  #: state of the core
    held: Held  #: features of the cue; widths 0 for a network that holds nothing


class RecurrentNetwork(nn.Module):
    """`observations -> encoder -> core -> readout`. Acting, learning, watching and probing all go through this.

    Args:
        encoder: module from observations [..., X] to what the core sees [..., core.input_size].
        core: on the recurrent-core contract.
        readout: module called with (features [..., F'], observations [..., X]); what it returns, a tensor or a
            NamedTuple of tensors with the same leading shape, is the network's output.
        hold_at: a column of the observation; the readout also sees the features of the step at which it was first
            above 0 (`dnc_agent.networks.held_cue`). None: off.
    """

    def __init__(
        self, encoder: nn.Module, core: RecurrentCore, readout: nn.Module, *, hold_at: int | None = None
    ) -> None:
        super().__init__()
        self.encoder, self.core, self.readout = encoder, core, readout
        self.hold_at = hold_at

    @property
    def read_size(self) -> int:
        """F', width of what the readout sees of the core: its features and, with `hold_at`, those held."""
        return self.core.feature_size * (1 if self.hold_at is None else 2)

    def initial_state(self, batch_size: int) -> NetworkState:
        """The state at the start of an episode, for `batch_size` episodes."""
        core = self.core.initial_state(batch_size)
        like = next((p for p in self.parameters()), torch.zeros(()))
        return NetworkState(core, Held.nothing(batch_size, self.read_size - self.core.feature_size, like))

    def step(self, observations: Tensor, state: NetworkState) -> tuple[Any, NetworkState]:
        """One step: observations [B, X] to outputs [B, ...] and the next state."""
        features, core = self.core.step(self.encoder(observations), state.core)
        seen, held = self.hold(features, observations, state.held)
        return self.readout(seen, observations), NetworkState(core, held)

    def trace(self, observations: Tensor, state: NetworkState) -> tuple[Any, NetworkState, dict[str, Tensor]]:
        """`step`, and the core's named internals (see `RecurrentCore.trace`)."""
        features, core, internals = self.core.trace(self.encoder(observations), state.core)
        seen, held = self.hold(features, observations, state.held)
        return self.readout(seen, observations), NetworkState(core, held), internals

    def unroll(
        self,
        observations: Tensor,
        state: NetworkState | None = None,
        reset: Tensor | None = None,
        at: Tensor | None = None,
    ) -> tuple[Any, NetworkState]:
        """A whole sequence.

        Args:
            observations: [T, B, X].
            state: before the first step; None is the initial state.
            reset: [T, B] bool; where true, the element starts from the initial state before that step.
            at: [T, B] bool, the M steps at which outputs are wanted; None: all.

        Returns:
            `(outputs, state after the last step)`; outputs are [T, B, ...], with `at` [M, ...] in row-major order.

        Raises:
            ValueError: if shapes do not fit, or if a network that holds the cue is given a state or resets.
        """
        features, core = self.features(observations, None if state is None else state.core, reset)
        seen, held = self.hold_over(features, observations, state, reset)
        return self.read(seen, observations, at), NetworkState(core, held)

    def features(
        self, observations: Tensor, state: Any = None, reset: Tensor | None = None
    ) -> tuple[Tensor, Any]:
        """The first half of `unroll`: `(what the core makes of it [T, B, F], the core's state at the end)`.

        Args:
            observations: [T, B, X].
            state: of the core, before the first step; None is the initial state.
            reset: see `unroll`.
        """
        return self.core.unroll(self.encoder(observations), state, reset)

    def read(self, seen: Tensor, observations: Tensor, at: Tensor | None = None) -> Any:
        """The second half of `unroll`: what is read out of [T, B, F'] and [T, B, X], as `hold_over` gives it."""
        return self.readout(seen, observations) if at is None else self.readout(seen[at], observations[at])

    def hold(self, features: Tensor, observations: Tensor, held: Held) -> tuple[Tensor, Held]:
        """One step: features [B, F] to what the readout sees of them [B, F'], and what is held from here on."""
        if self.hold_at is None:
            return features, held
        return hold_step(features, observations[:, self.hold_at] > 0, held)

    def hold_over(
        self,
        features: Tensor,
        observations: Tensor,
        state: NetworkState | None = None,
        reset: Tensor | None = None,
    ) -> tuple[Tensor, Held]:
        """Whole episodes: features [T, B, F] to what the readout sees [T, B, F'], and what is held at the end."""
        batch = features.shape[1]
        if self.hold_at is None:
            return features, Held.nothing(batch, 0, features)
        if state is not None or reset is not None:
            raise ValueError("hold_at: a network that holds the cue unrolls whole episodes from their start")
        on = observations[..., self.hold_at] > 0
        seen = hold_sequence(features, on)
        return seen, Held(seen[-1, :, features.shape[-1] :], on.any(0).unsqueeze(-1).to(features.dtype))
