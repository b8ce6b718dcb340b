"""Recurrent cores on one contract: a new one is a module or folder and a row of `CORES`."""

from collections.abc import Mapping
from typing import Any

import torch

from dnc_agent.checks import shown
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
        TypeError: if options or generator are of another type.
        ValueError: naming the core or the option that does not exist, or what is out of range.
    """
    if not isinstance(name, str) or name not in CORES:
        raise ValueError(f"core={shown(name)}; allowed are {', '.join(CORES)}")
    if options is not None and not isinstance(options, Mapping):
        raise TypeError(f"options={shown(options)}; it must be a mapping of names to values")
    if not all(isinstance(option, str) for option in options or ()):
        raise TypeError(f"options={shown(options)}; names must be text")
    if generator is not None and not isinstance(generator, torch.Generator):
        raise TypeError(f"generator={shown(generator)}; it must be a torch.Generator, or None")
    kind: Any = CORES[name]
    return kind(input_size, generator=generator, **(options or {}))
