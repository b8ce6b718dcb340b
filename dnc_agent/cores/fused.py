"""Cores that run on compiled kernels where these can run."""

from dataclasses import replace

from torch import Tensor

from dnc_agent import kernels
from dnc_agent.cores.contract import RecurrentCore
from dnc_agent.cores.states import StateT


class FusedCore(RecurrentCore[StateT]):
    """A core with an option `backend`: "fused" (`dnc_agent.kernels`), "reference" (plain PyTorch), or "auto"."""

    @property
    def backend(self) -> str:
        """The backend asked for, one of `dnc_agent.cores.options.BACKENDS`; may be set."""
        name: str = self.options.backend
        return name

    @backend.setter
    def backend(self, name: str) -> None:
        self.options = replace(self.options, backend=name)

    def _runs_fused(self, x: Tensor) -> bool:
        """Whether the kernels take this input here.

        Raises:
            ValueError: if they are asked for and cannot.
        """
        if self.backend == "reference":
            return False
        obstacle = kernels.supports(next(self.parameters()), x)
        if obstacle is not None and self.backend == "fused":
            raise ValueError(f"backend='fused' cannot be used here: {obstacle}")
        return obstacle is None
