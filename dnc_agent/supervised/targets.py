"""Kinds of answers: what a network's outputs mean, what they cost, how they are read."""

from collections.abc import Sequence
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dnc_agent.checks import numeric, shown
from dnc_agent.cores.contract import check_sizes
from dnc_agent.supervised import losses


@runtime_checkable
class Target(Protocol):
    """What is wanted at a step, as outputs of a network (logits [..., Y]) and as targets [..., K]."""

    kind: ClassVar[str]
    logits: int  #: Y, how many outputs the network has
    answers: int  #: K, how many answers a step has
    dtype: ClassVar[type]  #: of targets

    def check(self, targets: NDArray[Any]) -> None:
        """Refuse targets [..., K] that mean nothing, of which no loss could be taken.

        Raises:
            ValueError: naming the first.
        """
        ...

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss [M] in nats: logits [M, Y], targets [M, K]; summed over the answers of a step."""
        ...

    def probabilities(self, logits: Tensor) -> Tensor:
        """Logits [..., Y] as probabilities [..., Y]."""
        ...

    def choose(self, logits: Tensor) -> Tensor:
        """The most probable answers [..., K], as targets: logits [..., Y]."""
        ...

    def wrong(self, choices: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """`(wrong answers [M], answers asked for [M])` of choices and targets [M, K]."""
        ...

    def to_json(self) -> dict[str, Any]:
        """What `target_from_json` makes it again from."""
        ...


class Bits:
    """Independent bits: Y = K = size; targets are float 0 or 1, a logit above 0 is a 1.

    A step wants all of them or none: none by `answer`, not by a value of its targets.

    Args:
        size: how many.

    Raises:
        ValueError: if it is not at least 1.
    """

    kind: ClassVar[str] = "bits"
    dtype: ClassVar[type] = np.float32

    def __init__(self, size: int) -> None:
        check_sizes(size=size)
        self.logits = self.answers = size

    def check(self, targets: NDArray[Any]) -> None:
        """See `Target`."""
        fits = (targets == 0) | (targets == 1)
        if not fits.all():
            raise ValueError(
                f"targets={targets[~fits][0]}; bits are 0 or 1 wherever `answer` is True; a step that wants none has "
                "False there"
            )

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """See `Target`."""
        return losses.bits_loss(logits, targets)

    def probabilities(self, logits: Tensor) -> Tensor:
        """See `Target`."""
        return torch.sigmoid(logits)

    def choose(self, logits: Tensor) -> Tensor:
        """See `Target`."""
        return (logits > 0).to(logits.dtype)

    def wrong(self, choices: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """See `Target`."""
        return losses.wrong_bits(choices, targets)

    def to_json(self) -> dict[str, Any]:
        """See `Target`."""
        return {"kind": self.kind, "size": self.answers}


class Categories:
    """K independent categoricals; targets are int64, -1 where a step wants no answer of one.

    Args:
        sizes: how many categories each has.

    Raises:
        ValueError: if there is none or one is not at least 1.
    """

    kind: ClassVar[str] = "categories"
    dtype: ClassVar[type] = np.int64

    def __init__(self, sizes: Sequence[int]) -> None:
        if not sizes:
            raise ValueError(f"sizes={shown(sizes)}; there must be at least one")
        for k, size in enumerate(sizes):
            check_sizes(**{f"sizes[{k}]": size})
        self.sizes = tuple(sizes)
        self.logits, self.answers = sum(sizes), len(sizes)

    def check(self, targets: NDArray[Any]) -> None:
        """See `Target`."""
        fits = (targets >= -1) & (targets < np.array(self.sizes))
        if targets.dtype.kind == "f":
            fits &= targets == np.floor(targets)
        if not fits.all():
            first = tuple(np.argwhere(~fits)[0])
            raise ValueError(
                f"targets={targets[first]}; answer {first[-1]} is a whole number from 0 to "
                f"{self.sizes[first[-1]] - 1}, or -1 where none is wanted"
            )

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """See `Target`."""
        return losses.categories_loss(logits, targets, self.sizes)

    def probabilities(self, logits: Tensor) -> Tensor:
        """See `Target`."""
        return torch.cat([torch.softmax(part, -1) for part in self._parts(logits)], -1)

    def choose(self, logits: Tensor) -> Tensor:
        """See `Target`."""
        return torch.stack([part.argmax(-1) for part in self._parts(logits)], -1)

    def wrong(self, choices: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """See `Target`."""
        return losses.wrong_categories(choices, targets)

    def to_json(self) -> dict[str, Any]:
        """See `Target`."""
        return {"kind": self.kind, "sizes": list(self.sizes)}

    def _parts(self, logits: Tensor) -> tuple[Tensor, ...]:
        return logits.split(list(self.sizes), -1)


def target_from_json(data: Any) -> Target:
    """A kind of answer from what its `to_json` made.

    Raises:
        ValueError: if it is none.
    """
    try:
        if data["kind"] == Bits.kind:
            return Bits(data["size"])
        if data["kind"] == Categories.kind:
            return Categories(data["sizes"])
    except (KeyError, TypeError):
        pass
    raise ValueError(f"target={shown(data)}; it must say its kind, bits or categories, and its size or sizes")


def check_target(target: Any) -> None:
    """Refuse what is no kind of answer.

    Raises:
        ValueError: naming it.
    """
    if not isinstance(target, Target):
        raise ValueError(f"target={shown(target)}; it must be Bits(size) or Categories(sizes)")


def as_targets(target: Target, values: NDArray[Any], device: torch.device | str = "cpu") -> Tensor:
    """Targets [..., K] of steps that want an answer, as a tensor of the right type.

    Raises:
        TypeError: if they are no numbers.
        ValueError: if they are of another shape, or one of them means nothing.
    """
    found = numeric("targets", values)
    if not found.ndim or found.shape[-1] != target.answers:
        raise ValueError(f"targets has shape {found.shape}; expected [..., {target.answers}]")
    target.check(found)
    return torch.as_tensor(np.asarray(found, target.dtype), device=device)
