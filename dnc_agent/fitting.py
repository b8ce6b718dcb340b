"""Whether what a checkpoint holds is of the kind that a learner needs."""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from dnc_agent.checks import shown


def check_fit(module: nn.Module, stored: dict[str, Tensor], name: str) -> None:
    """Refuse tensors that are not those of a module: other names, shapes or types.

    Raises:
        ValueError: naming the first.
    """
    wanted = {key: (tuple(value.shape), value.dtype) for key, value in module.state_dict().items()}
    found = {key: (tuple(value.shape), value.dtype) for key, value in stored.items()}
    for key in sorted(wanted.keys() | found.keys()):
        if wanted.get(key) != found.get(key):
            raise ValueError(
                f"{name} does not fit: {key} is {_told(found.get(key))}; expected {_told(wanted.get(key))}"
            )


def check_generator(stand: Any, name: str) -> Any:
    """A state of NumPy's generator, tried out; None is none.

    Raises:
        ValueError: if it is something else.
    """
    if stand is not None:
        try:
            np.random.default_rng().bit_generator.state = stand
        except (ValueError, TypeError, KeyError, OverflowError, AttributeError):
            raise ValueError(f"{name} is damaged: {shown(stand)} is no state of a generator") from None
    return stand


def _told(kind: tuple[tuple[int, ...], torch.dtype] | None) -> str:
    return "missing" if kind is None else f"{kind[1]} of shape {kind[0]}"
