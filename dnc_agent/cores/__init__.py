"""Recurrent cores on one contract: a new one is a module or folder and a row of `CORES`."""

from collections.abc import Mapping
from typing import Any

import torch

from dnc_agent.cores.contract import RecurrentCore
from dnc_agent.cores.dnc.core import DNC
from dnc_agent.cores.gru import GRU
from dnc_agent.cores.lstm import LSTM
from dnc_agent.cores.ntm.core import NTM

#: Cores by name.
CORES: dict[str, type[RecurrentCore[Any]]] = {
    "dnc": DNC,
    "lstm": LSTM,
    "gru": GRU,
    "ntm": NTM,
}


def make_core(
    name: str,
    input_size: int,
    options: Mapping[str, Any] | None = None,
    generator: torch.Generator | None = None,
) -> RecurrentCore[Any]:
    """A core with fresh weights.

    Args:
        name: a key of `CORES`.
        input_size: X.
        options: by name, as in `CORES[name].Options`; None: all at their defaults.
        generator: source of the initial weights; None uses torch's global one.

    Raises:
        ValueError: naming the core or the option that does not exist, or what is out of range.
    """
    if name not in CORES:
        raise ValueError(f"core={name!r}; allowed are {', '.join(CORES)}")
    kind: Any = CORES[name]
    return kind(input_size, generator=generator, **(options or {}))
