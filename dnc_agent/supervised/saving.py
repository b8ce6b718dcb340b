"""Supervised networks in checkpoints."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from dnc_agent.checkpoint import check_moments, write_checkpoint
from dnc_agent.checks import shown
from dnc_agent.fitting import check_fit
from dnc_agent.supervised.description import NetworkDescription
from dnc_agent.supervised.optimizing import SupervisedSettings

KIND = "supervised"
COUNTERS = ("episodes", "steps", "updates")
#: Settings that make the schedule of step sizes.
SCHEDULE = ("learning_rate", "final_learning_rate", "decay_updates", "decay_after")


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
    counted = [meta["counters"].get(counter) for counter in COUNTERS]
    if any(isinstance(count, bool) or not isinstance(count, int) or count < 0 for count in counted):
        raise ValueError(f"{name} is damaged: its counters are not {', '.join(COUNTERS)}")
    began, updates = meta.get("schedule_began", 0), meta["counters"]["updates"]
    if isinstance(began, bool) or not isinstance(began, int) or not 0 <= began <= updates:
        raise ValueError(f"{name} is damaged: schedule_began={shown(began)}, after {updates} updates")


def same_schedule(meta: dict[str, Any], settings: SupervisedSettings) -> bool:
    """Whether a checkpoint's step sizes follow the schedule of these settings."""
    here = asdict(settings)
    return all(meta["settings"].get(name, here[name]) == here[name] for name in SCHEDULE)


def weights_of(tensors: dict[str, Tensor], network: nn.Module, name: str) -> dict[str, Tensor]:
    """Stored weights, as a network's `state_dict` has them.

    Raises:
        ValueError: if they are not those of this network, or something else is stored beside them.
    """
    foreign = sorted(key for key in tensors if not key.startswith(("network.", "optimizer.")))
    if foreign:
        raise ValueError(f"{name} is damaged: {foreign[0]} belongs to no part of a learner")
    stored = {
        key.removeprefix("network."): value for key, value in tensors.items() if key.startswith("network.")
    }
    check_fit(network, stored, name)
    return stored


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
            index, _, entry = key.removeprefix("optimizer.").partition(".")
            if not index.isdecimal():
                raise ValueError(f"{name} is damaged: {key} belongs to no parameter")
            state.setdefault(int(index), {})[entry] = value
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    for number, entries in state.items():
        for entry, value in entries.items():
            if number >= len(parameters) or (value.dim() and value.shape != parameters[number].shape):
                raise ValueError(f"{name} does not fit: {entry} of parameter {number} is of another shape")
    check_moments(state, name)
    return state
