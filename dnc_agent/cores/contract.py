"""The contract that every recurrent core follows, and helpers on its states."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn

#: A NamedTuple of tensors (batch first) or of such NamedTuples.
StateT = TypeVar("StateT", bound=tuple)


class RecurrentCore(nn.Module, Generic[StateT]):
    """A recurrent network: an initial state, one step, and the unrolled sequence.

    Subclasses set `input_size` (X) and `feature_size` (Y, the width of what `step` returns) and implement
    `initial_state` and `step`; `unroll` may be overridden by something faster with the same result.
    """

    input_size: int
    feature_size: int

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


def check_sequence(
    core: RecurrentCore[StateT], x: Tensor, state: StateT | None, reset: Tensor | None
) -> StateT:
    """Check the arguments of `unroll` and fill in the initial state.

    Raises:
        ValueError: naming the argument that does not fit.
    """
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
    leaves = state_tensors(state)
    batch = leaves[0].shape[0]
    if batch != x.shape[1]:
        raise ValueError(f"state is for a batch of {batch}; x has a batch of {x.shape[1]}")
    shapes = [tuple(leaf.shape) for leaf in leaves]
    expected = [(batch, *leaf.shape[1:]) for leaf in state_tensors(core.initial_state(1))]
    if shapes != expected:
        raise ValueError(f"state has tensors of shapes {shapes}; expected {expected}")
    return state


def check_sizes(**sizes: int) -> None:
    """Refuse sizes that are not integers of at least 1.

    Raises:
        ValueError: naming the first such argument.
    """
    for name, value in sizes.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f"{name}={value!r}; it must be an integer of at least 1")


def state_tensors(state: Any) -> list[Tensor]:
    """The tensors of a (nested) state, in a fixed order."""
    return [state] if isinstance(state, Tensor) else [leaf for part in state for leaf in state_tensors(part)]


def map_state(function: Callable[..., Tensor], *states: StateT) -> StateT:
    """Apply `function` to corresponding tensors of one or more states of the same structure."""
    first = states[0]
    if isinstance(first, Tensor):
        return function(*states)
    return type(first)(*(map_state(function, *parts) for parts in zip(*states, strict=True)))


def reset_where(mask: Tensor, initial: StateT, state: StateT) -> StateT:
    """Elements of `initial` where mask [B] is true, else of `state`; a NaN in a replaced element is gone."""

    def choose(fresh: Tensor, old: Tensor) -> Tensor:
        return torch.where(mask.reshape(-1, *(1,) * (old.dim() - 1)), fresh, old)

    return map_state(choose, initial, state)


def flatten_state(state: Any) -> Tensor:
    """Lay out a state as one matrix [B, S]; `unflatten_state` is the inverse."""
    return torch.cat([leaf.flatten(1) for leaf in state_tensors(state)], dim=1)


def unflatten_state(flat: Tensor, like: StateT) -> StateT:
    """Cut a matrix [B, S] into the structure of `like` (whose batch may differ).

    Raises:
        ValueError: if S does not fit.
    """
    leaves = state_tensors(like)
    sizes = [leaf[0].numel() for leaf in leaves]
    if flat.shape[-1] != sum(sizes):
        raise ValueError(f"flat state has width {flat.shape[-1]}; expected {sum(sizes)}")
    pieces = iter(
        piece.reshape(len(flat), *leaf.shape[1:])
        for piece, leaf in zip(flat.split(sizes, dim=1), leaves, strict=True)
    )
    return map_state(lambda _: next(pieces), like)
