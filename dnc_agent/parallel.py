"""Several processes that learn as one: each takes its share of every batch, and their gradients are added up.

All processes hold the same weights, draw the same numbers and decide the same, so that together they compute what one
process with the whole batch would, up to the order in which floating-point numbers are added. `torch.distributed`
carries what they say to each other.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import nn

ValueT = TypeVar("ValueT")


class PeerLostError(RuntimeError):
    """Another process of the run is gone."""


class Processes:
    """The processes of torch's default group, or one alone.

    Args:
        rank: of this one, from 0.
        size: how many there are.

    Raises:
        ValueError: if there is no such rank.
    """

    def __init__(self, rank: int = 0, size: int = 1) -> None:
        if not 0 <= rank < size:
            raise ValueError(f"rank={rank!r}, size={size!r}; rank must lie between 0 and size - 1")
        self.rank, self.size = rank, size

    @property
    def first(self) -> bool:
        """Whether this is the one that speaks, decides and writes files."""
        return self.rank == 0

    @property
    def alone(self) -> bool:
        """Whether there are no others."""
        return self.size == 1

    def share(self, total: int) -> slice:
        """Which of `total` things are this process's: as many as any other's, or one more.

        Raises:
            ValueError: if there are fewer things than processes.
        """
        if total < self.size:
            raise ValueError(
                f"processes={self.size!r}: a batch of {total} is too small to be shared by so many"
            )
        return slice(total * self.rank // self.size, total * (self.rank + 1) // self.size)

    def sum(self, *values: float) -> list[float]:
        """Sums over all processes, in float64.

        Raises:
            PeerLostError: if another process is gone.
        """
        if self.alone:
            return list(values)
        total = torch.tensor(values, dtype=torch.float64)
        self._talk(dist.all_reduce, total)
        return total.tolist()

    def mean(self, figures: dict[str, float], share: float) -> dict[str, float]:
        """Means of named figures over all processes.

        Args:
            figures: of this process; one that has none of its own gives an empty dict, and takes the others' names.
            share: its weight; those of all processes sum to 1.

        Raises:
            PeerLostError: if another process is gone.
        """
        if self.alone:
            return figures
        names = self._names(figures)
        own = [share * figures[name] if share else 0.0 for name in names]
        return dict(zip(names, self.sum(*own), strict=True))

    def _names(self, figures: dict[str, float]) -> list[str]:
        found: list[list[str]] = [[]] * self.size
        self._talk(dist.all_gather_object, found, list(figures))
        return max(found, key=len)

    def largest(self, value: int) -> int:
        """The largest of all processes' values.

        Raises:
            PeerLostError: if another process is gone.
        """
        if self.alone:
            return value
        found = torch.tensor(value)
        self._talk(dist.all_reduce, found, op=dist.ReduceOp.MAX)
        return int(found)

    def agree(self, value: ValueT) -> ValueT:
        """The first process's value, whatever the others have.

        Raises:
            PeerLostError: if another process is gone.
        """
        if self.alone:
            return value
        box = [value]
        self._talk(dist.broadcast_object_list, box, src=0)
        return box[0]

    def add_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Give every process the sum of all gradients, in one message; None counts as zero.

        Raises:
            PeerLostError: if another process is gone.
        """
        if self.alone:
            return
        held = list(parameters)
        gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in held]
        flat = torch.cat([gradient.flatten() for gradient in gradients])
        self._talk(dist.all_reduce, flat)
        for parameter, part in zip(held, flat.split([p.numel() for p in held]), strict=True):
            parameter.grad = part.view_as(parameter)

    def _talk(self, say: Callable[..., object], *message: object, **how: object) -> None:
        try:
            say(*message, **how)
        except RuntimeError as error:
            raise PeerLostError(f"another of the {self.size} processes is gone") from error


#: One process, which has nobody to talk to.
ALONE = Processes()
