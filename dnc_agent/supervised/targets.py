"""Kinds of answers: what a network's outputs mean, what they cost, how they are read."""

from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dnc_agent.checks import shown
from dnc_agent.cores.contract import check_sizes
from dnc_agent.supervised import losses


class Target(Protocol):
    """What is wanted at a step, as outputs of a network (logits [..., Y]) and as targets [..., K]."""

    kind: ClassVar[str]
    logits: int  #: Y, how many outputs the network has
    answers: int  #: K, how many answers a step has
    dtype: ClassVar[type]  #: of targets

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


def as_targets(target: Target, values: NDArray[Any], device: torch.device | str = "cpu") -> Tensor:
    """Targets [..., K] as a tensor of the right type."""
    return torch.as_tensor(np.asarray(values, target.dtype), device=device)
