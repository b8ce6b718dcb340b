"""Cores that run on compiled kernels where these can run."""

from dataclasses import replace

from torch import Tensor, nn
from torch.nn.utils.parametrize import is_parametrized

from dnc_agent import kernels
from dnc_agent.cores.contract import RecurrentCore, check_sequence
from dnc_agent.cores.states import StateT


class FusedCore(RecurrentCore[StateT]):
    """A core with an option `backend`: "fused" (`dnc_agent.kernels`), "reference" (plain PyTorch), or "auto".

    A subclass sets `output`, the output layer if there is one, and implements `_unroll_fused`.
    """

    output: nn.Module | None

    @property
    def backend(self) -> str:
        """The backend asked for, one of `dnc_agent.cores.options.BACKENDS`; may be set."""
        name: str = self.options.backend
        return name

    @backend.setter
    def backend(self, name: str) -> None:
        self.options = replace(self.options, backend=name)

    def unroll(
        self, x: Tensor, state: StateT | None = None, reset: Tensor | None = None
    ) -> tuple[Tensor, StateT]:
        """A whole sequence, on the backend chosen; see `RecurrentCore.unroll`.

        Raises:
            ValueError: if a shape is wrong, or if backend is "fused" and the kernels cannot run.
        """
        if not isinstance(x, Tensor) or not self._runs_fused(x):
            return super().unroll(x, state, reset)
        check_sequence(self, x, state, reset)
        features, state = self._unroll_fused(x, state, reset)
        return features if self.output is None else self.output(features), state

    def _unroll_fused(self, x: Tensor, state: StateT | None, reset: Tensor | None) -> tuple[Tensor, StateT]:
        """A whole sequence on the kernels, up to the output layer; arguments have been checked."""
        raise NotImplementedError

    def _altered(self) -> str | None:
        """Which layer does something with its weights that the kernels, which take the weights alone, would miss."""
        for name, layer in self.named_modules():
            hooked = layer._forward_hooks or layer._forward_pre_hooks
            if layer is not self and (hooked or is_parametrized(layer)):
                return f"{name} has {'hooks' if hooked else 'parametrizations'}, which the kernels would miss"
        return None

    def _runs_fused(self, x: Tensor) -> bool:
        """Whether the kernels take this input here.

        Raises:
            ValueError: if they are asked for and cannot.
        """
        if self.backend == "reference":
            return False
        obstacle = kernels.supports(next(self.parameters()), x) or self._altered()
        if obstacle is not None and self.backend == "fused":
            raise ValueError(f"backend='fused' cannot be used here: {obstacle}")
        return obstacle is None
