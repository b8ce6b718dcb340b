"""What a DNC carries from step to step."""

from typing import NamedTuple

from torch import Tensor

from dnc_agent.cores.controller import ControllerState
from dnc_agent.cores.dnc.memory import MemoryState


class DNCState(NamedTuple):
    """State of controller and memory, and the last read vectors; all zero at the start of an episode."""

    controller: ControllerState
    memory: MemoryState
    reads: Tensor  #: [B, R, W]
