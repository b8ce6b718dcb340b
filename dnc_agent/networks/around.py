"""A core around a DNC: what is put around it shows in the outputs, its options are those of the DNC."""

from typing import Any

from torch import Tensor

from dnc_agent.cores.contract import RecurrentCore
from dnc_agent.cores.dnc.core import DNC
from dnc_agent.cores.states import StateT


class CoreAroundDNC(RecurrentCore[StateT]):
    """A subclass sets `inner` and implements `initial_state` and `trace`."""

    inner: DNC

    @property
    def options(self) -> Any:
        """Those of the inner core."""
        return self.inner.options

    @options.setter
    def options(self, options: Any) -> None:
        self.inner.options = options

    def step(self, x: Tensor, state: StateT) -> tuple[Tensor, StateT]:
        """One step: x [B, X] to outputs of the core and of what is around it [B, Y], and the next state."""
        y, state, _ = self.trace(x, state)
        return y, state
