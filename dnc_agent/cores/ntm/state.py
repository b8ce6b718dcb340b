"""What a Neural Turing Machine carries from step to step."""

from typing import NamedTuple

from torch import Tensor

from dnc_agent.cores.controller import ControllerState


class NTMState(NamedTuple):
    """What a Neural Turing Machine carries from step to step."""

    controller: ControllerState
    memory: Tensor  #: [B, N, W]
    write_weightings: Tensor  #: [B, write heads, N]
    read_weightings: Tensor  #: [B, read heads, N]
    reads: Tensor  #: [B, read heads, W]
