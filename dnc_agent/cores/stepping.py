"""Acting step by step without a graph: what every stepper offers, and the one that every core has."""

from typing import Generic, Protocol, TypeVar

import torch
from torch import Tensor

from dnc_agent.checks import shown
from dnc_agent.cores.states import StateT, map_state, reset_where

StateT_co = TypeVar("StateT_co", bound=tuple, covariant=True)


class Stepper(Protocol[StateT_co]):
    """Steps a batch of episodes, keeping their state; the numbers are those of the core's `step`."""

    @property
    def records(self) -> bool:
        """Whether `features` can give what was computed as a differentiable tensor."""

    @property
    def stale(self) -> bool:
        """Whether parameters have changed since a recording began, which `features` would refuse."""

    def step(self, x: Tensor) -> Tensor:
        """One step: x [B, X] to y [B, Y], a tensor of its own."""

    def reset(self, mask: Tensor | None = None) -> None:
        """Let elements start from the initial state before the next step; mask [B] bool, None means all."""

    def state(self) -> StateT_co:
        """The current state."""

    def features(self) -> Tensor:
        """All outputs since the last call [T, B, Y], differentiable.

        Raises:
            RuntimeError: if nothing was recorded, or if parameters have changed since.
        """


class Steps(Protocol[StateT]):
    """What a `PlainStepper` needs of a core."""

    def initial_state(self, batch_size: int) -> StateT:
        """See `RecurrentCore`."""

    def step(self, x: Tensor, state: StateT) -> tuple[Tensor, StateT]:
        """See `RecurrentCore`."""


class PlainStepper(Generic[StateT]):
    """Calls a core's `step`; records nothing.

    Args:
        core: to step.
        batch_size: B.
        state: where to start; None is the initial state.

    Raises:
        ValueError: if the batch is empty.
    """

    records, stale = False, False

    def __init__(self, core: Steps[StateT], batch_size: int, state: StateT | None = None) -> None:
        if batch_size < 1:
            raise ValueError(f"batch_size={shown(batch_size)}; it must be at least 1")
        self._core = core
        with torch.no_grad():
            self._initial = core.initial_state(batch_size)
        self._state = self._initial if state is None else map_state(Tensor.detach, state)

    @torch.no_grad()
    def step(self, x: Tensor) -> Tensor:
        """One step: x [B, X] to y [B, Y]."""
        y, self._state = self._core.step(x, self._state)
        return y

    def reset(self, mask: Tensor | None = None) -> None:
        """Let elements start from the initial state; mask [B] bool, None means all."""
        self._state = self._initial if mask is None else reset_where(mask, self._initial, self._state)

    def state(self) -> StateT:
        """The current state."""
        return self._state

    def features(self) -> Tensor:
        """Refused: nothing is recorded.

        Raises:
            RuntimeError: always.
        """
        raise RuntimeError("this stepper does not record")
