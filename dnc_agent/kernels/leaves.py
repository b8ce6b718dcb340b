"""The tensors of a DNC's state by name, flat, as the kernels and autograd take them."""

from typing import Generic, NamedTuple, TypeVar

from torch import Tensor

from dnc_agent.cores.controller import ControllerState
from dnc_agent.cores.dnc.memory import MemoryState
from dnc_agent.cores.dnc.state import DNCState

TensorT = TypeVar("TensorT", Tensor, Tensor | None)


class Leaves(NamedTuple, Generic[TensorT]):
    """The tensors of `dnc_agent.cores.dnc.state.DNCState`, or gradients of them, of which any may be None."""

    hidden: TensorT
    cell: TensorT
    memory: TensorT
    usage: TensorT
    write_weighting: TensorT
    precedence: TensorT
    link: TensorT
    read_weightings: TensorT
    reads: TensorT


#: How many tensors a state has.
COUNT = len(Leaves._fields)


def leaves_of(state: DNCState) -> Leaves[Tensor]:
    """The tensors of a state."""
    return Leaves(**state.controller._asdict(), **state.memory._asdict(), reads=state.reads)


def state_of(leaves: Leaves[Tensor]) -> DNCState:
    """The inverse of `leaves_of`."""
    return DNCState(
        ControllerState(leaves.hidden, leaves.cell),
        MemoryState(**{name: getattr(leaves, name) for name in MemoryState._fields}),
        leaves.reads,
    )


def no_leaves() -> Leaves[Tensor | None]:
    """All None."""
    return Leaves(*[None] * COUNT)
