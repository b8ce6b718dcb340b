"""What building a learner takes whatever it learns: the machine made ready, the settings that a core has as options."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

import torch

from dnc_agent.cores import CORES
from train.errors import UsageError
from train.settings import Config


def check_device(device: str) -> None:
    """Refuse a device that this machine does not have.

    Raises:
        UsageError: naming it.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise UsageError("device='cuda'; this installation of PyTorch finds no GPU")


def prepare(config: Config) -> None:
    """Check the device of a run and give it its threads.

    Raises:
        UsageError: if there is no such device.
    """
    check_device(config.device)
    torch.set_num_threads(config.threads)


def core_options(network: Any, config: Config) -> dict[str, Any]:
    """Those settings of a network and of its run that its core has as options.

    Args:
        network: a dataclass with the name of a `core`, and settings.
        config: of the run.

    Raises:
        UsageError: if there is no such core.
    """
    if network.core not in CORES:
        raise UsageError(f"core={network.core!r}; allowed are {', '.join(CORES)}")
    known = {field.name for field in fields(CORES[network.core].Options)}
    given = asdict(network) | {"matmul_precision": config.matmul_precision}
    if network.core == "dnc" and given.get("controller") == "feedforward":
        # It has no gates; `DNCOptions` would refuse their bias.
        given["forget_bias"] = 0.0
    return {name: value for name, value in given.items() if name in known}
