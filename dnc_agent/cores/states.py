"""Helpers on the states of cores: NamedTuples of tensors, batch first, or of such NamedTuples."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import torch
from torch import Tensor

#: A NamedTuple of tensors (batch first) or of such NamedTuples.
StateT = TypeVar("StateT", bound=tuple)


def state_tensors(state: Any) -> list[Tensor]:
    """The tensors of a (nested) state, in a fixed order."""
    return [state] if isinstance(state, Tensor) else [leaf for part in state for leaf in state_tensors(part)]


def versions(parameters: Iterable[Tensor]) -> list[int]:
    """How often each was changed in place; 0 of those made in inference mode, which do not count."""
    return [0 if parameter.is_inference() else parameter._version for parameter in parameters]


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
