"""The contract that every recurrent core follows."""

import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ClassVar, Generic

import torch
from torch import Tensor, nn

from dnc_agent.checks import shown
from dnc_agent.cores.options import check_sizes, read_options, signature_of
from dnc_agent.cores.states import (
    StateT,
    flatten_state,
    map_state,
    reset_where,
    state_tensors,
    unflatten_state,
)
from dnc_agent.cores.stepping import PlainStepper, Stepper

__all__ = [
    "RecurrentCore",
    "check_sequence",
    "check_sizes",
    "flatten_state",
    "map_state",
    "reset_where",
    "resized",
    "state_tensors",
    "unflatten_state",
]


class RecurrentCore(nn.Module, Generic[StateT]):
    """A recurrent network: an initial state, one step, and the unrolled sequence.

    A subclass names its `Options`, takes `(input_size, *, generator=None, **options)`, sets `feature_size` (Y, the
    width of what `step` returns) and implements `initial_state` and `step`; the rest follows. It may override
    `unroll` and `stepper` by something faster with the same result, and `trace` to show what happens inside.

    Args:
        input_size: X.
        options: by name; those of `Options`.

    Raises:
        ValueError: naming the option that does not exist or is out of range.
    """

    Options: ClassVar[type[Any]]  #: frozen dataclass
    input_size: int
    feature_size: int
    controller_size: int | None = None  #: the first so many features are no reads of a memory; None: all
    options: Any  #: an instance of `Options`

    def __init__(self, input_size: int, options: Mapping[str, Any]) -> None:
        super().__init__()
        check_sizes(input_size=input_size)
        self.input_size = input_size
        self.options = read_options(type(self).__name__, self.Options, options)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Let `help` tell the options where a class names them."""
        super().__init_subclass__(**kwargs)
        if "Options" in cls.__dict__:
            cls.__signature__ = signature_of(cls.Options)  # type: ignore[attr-defined]
            cls.__doc__ = f"{inspect.getdoc(cls)}\n\nOptions: {inspect.getdoc(cls.Options)}"

    def initial_state(self, batch_size: int) -> StateT:
        """The state at the start of an episode, for `batch_size` episodes."""
        raise NotImplementedError

    def step(self, x: Tensor, state: StateT) -> tuple[Tensor, StateT]:
        """One step: x [B, X] and a state to y [B, Y] and the next state."""
        raise NotImplementedError

    def trace(self, x: Tensor, state: StateT) -> tuple[Tensor, StateT, dict[str, Tensor]]:
        """`step`, and what happened inside it by name: y [B, Y], the next state, internals [B, ...].

        Names and shapes are the core's own; viewer and analyses show whatever comes. A core without internals
        worth showing need not override this.
        """
        y, state = self.step(x, state)
        return y, state, {}

    def unroll(
        self, x: Tensor, state: StateT | None = None, reset: Tensor | None = None
    ) -> tuple[Tensor, StateT]:
        """A whole sequence.

        Args:
            x: [T, B, X].
            state: the state before the first step; None is the initial state.
            reset: [T, B] bool; where true, the element starts from the initial state before that step.

        Returns:
            `(y [T, B, Y], state after the last step)`.

        Raises:
            ValueError: naming the argument that does not fit.
        """
        state = check_sequence(self, x, state, reset)
        outputs = []
        for t in range(x.shape[0]):
            if reset is not None:
                state = reset_where(reset[t], self.initial_state(x.shape[1]), state)
            y, state = self.step(x[t], state)
            outputs.append(y)
        return torch.stack(outputs), state

    def forward(
        self, x: Tensor, state: StateT | None = None, reset: Tensor | None = None
    ) -> tuple[Tensor, StateT]:
        """`unroll`, for what calls a module."""
        return self.unroll(x, state, reset)

    @property
    def can_record(self) -> bool:
        """Whether `stepper(..., record=True)` would record."""
        return False

    def stepper(
        self, batch_size: int, *, state: StateT | None = None, record: bool = False
    ) -> Stepper[StateT]:
        """What acts out a batch of episodes on this core without a graph.

        Args:
            batch_size: B.
            state: where to start; None is the initial state.
            record: keep what `Stepper.features` hands out, if the core `can_record`; see `Stepper.records`.
        """
        return PlainStepper(self, batch_size, state)

    @property
    def memory_size(self) -> int | None:
        """N, number of memory locations; None for a core without a memory."""
        return getattr(self.options, "memory_size", None)

    @memory_size.setter
    def memory_size(self, locations: int) -> None:
        self.resize(locations)

    def resize(self, locations: int) -> None:
        """Go on with so many memory locations, on which no weight may depend.

        Raises:
            ValueError: if the core has no memory, or the number is out of range.
        """
        if self.memory_size is None:
            raise ValueError(
                f"locations={shown(locations)}; a core of class {type(self).__name__} has no memory"
            )
        self.options = replace(self.options, memory_size=locations)


@contextmanager
def resized(core: RecurrentCore[Any], locations: int) -> Iterator[None]:
    """Inside, the core has so many memory locations; see `RecurrentCore.resize`."""
    before = core.options
    core.resize(locations)
    try:
        yield
    finally:
        core.options = before


def _is_state(value: object) -> bool:
    """Whether it is a tensor, or a tuple of such things with at least one in it, and none without a batch."""
    if isinstance(value, tuple):
        return bool(value) and all(map(_is_state, value))
    return isinstance(value, Tensor) and bool(value.dim())


def check_sequence(
    core: RecurrentCore[StateT], x: Tensor, state: StateT | None, reset: Tensor | None
) -> StateT:
    """Check the arguments of `unroll` and fill in the initial state.

    Raises:
        TypeError: naming the argument that is no tensor or state.
        ValueError: naming the argument that does not fit.
    """
    for name, value in (("x", x), ("reset", reset)):
        if not (isinstance(value, Tensor) or (name == "reset" and value is None)):
            raise TypeError(f"{name}={shown(value)}; it must be a tensor")
    if x.dim() != 3 or x.shape[-1] != core.input_size or 0 in x.shape[:2]:
        raise ValueError(
            f"x has shape {tuple(x.shape)}; expected [T, B, {core.input_size}] with T and B at least 1"
        )
    if reset is not None and reset.shape != x.shape[:2]:
        raise ValueError(f"reset has shape {tuple(reset.shape)}; expected [T, B] = {tuple(x.shape[:2])}")
    if reset is not None and reset.dtype != torch.bool:
        raise ValueError(f"reset has dtype {reset.dtype}; expected torch.bool")
    if state is None:
        return core.initial_state(x.shape[1])
    if not _is_state(state):
        raise TypeError(f"state={shown(state)}; it must be a state of this core")
    leaves = state_tensors(state)
    batch = leaves[0].shape[0]
    if batch != x.shape[1]:
        raise ValueError(f"state is for a batch of {batch}; x has a batch of {x.shape[1]}")
    shapes = [tuple(leaf.shape) for leaf in leaves]
    expected = [(batch, *leaf.shape[1:]) for leaf in state_tensors(core.initial_state(1))]
    if shapes != expected:
        raise ValueError(f"state has tensors of shapes {shapes}; expected {expected}")
    return state
