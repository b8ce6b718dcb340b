"""Supervised networks in checkpoints."""

import os
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from dnc_agent.checkpoint import check_moments, write_checkpoint
from dnc_agent.supervised.description import NetworkDescription

KIND = "supervised"
COUNTERS = ("episodes", "steps", "updates")


def write(
    path: str | os.PathLike[str],
    network: nn.Module,
    description: NetworkDescription,
    meta: dict[str, Any],
    optimizer: torch.optim.Optimizer | None,
) -> Path:
    """Write a network, how to build it again, and the optimizer's moments if it is given."""
    tensors = {f"network.{name}": value for name, value in network.state_dict().items()}
    if optimizer is not None:
        tensors |= {
            f"optimizer.{index}.{key}": torch.as_tensor(value)
            for index, entries in optimizer.state_dict()["state"].items()
            for key, value in entries.items()
        }
    extra = meta["extra"]
    common = {
        "kind": KIND,
        "experiment": extra.get("experiment"),
        "lineage": extra.get("lineage", []),
        "network": description.to_json(),
    }
    return write_checkpoint(path, tensors, meta | common, keep_previous=optimizer is not None)


def check(meta: dict[str, Any], name: str) -> None:
    """Refuse what `write` has not written.

    Raises:
        ValueError: naming the file.
    """
    if meta.get("kind") != KIND:
        raise ValueError(f"{name} holds no network for supervised learning")
    for key in ("network", "settings", "counters", "progress", "extra"):
        if not isinstance(meta.get(key), dict):
            raise ValueError(f"{name} is damaged: its description lacks {key!r}")
    if any(not isinstance(meta["counters"].get(counter), int) for counter in COUNTERS):
        raise ValueError(f"{name} is damaged: its counters are not {', '.join(COUNTERS)}")


def load_weights(network: nn.Module, tensors: dict[str, Tensor], name: str) -> None:
    """Put stored weights into a network of the same shape.

    Raises:
        ValueError: if they do not fit; nothing is changed then.
    """
    stored = {
        key.removeprefix("network."): value for key, value in tensors.items() if key.startswith("network.")
    }
    wanted = {key: tuple(value.shape) for key, value in network.state_dict().items()}
    found = {key: tuple(value.shape) for key, value in stored.items()}
    for key in sorted(wanted.keys() | found.keys()):
        if wanted.get(key) != found.get(key):
            raise ValueError(
                f"{name} does not fit: {key} has shape {found.get(key)}; expected {wanted.get(key)}"
            )
    network.load_state_dict(stored)


def moments_of(
    tensors: dict[str, Tensor], optimizer: torch.optim.Optimizer, name: str
) -> dict[int, dict[str, Tensor]]:
    """Stored moments by parameter, as the optimizer's `state_dict` has them; empty if there are none.

    Raises:
        ValueError: if they are not those of these parameters.
    """
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        if key.startswith("optimizer."):
            _, index, entry = key.split(".", 2)
            state.setdefault(int(index), {})[entry] = value
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    for number, entries in state.items():
        for entry, value in entries.items():
            if number >= len(parameters) or (value.dim() and value.shape != parameters[number].shape):
                raise ValueError(f"{name} does not fit: {entry} of parameter {number} is of another shape")
    check_moments(state, name)
    return state
