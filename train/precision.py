"""How a run multiplies: `matmul_precision=auto` made definite, by what the run has or by measuring once."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from typing import Any

import torch

from dnc_agent.cores.contract import RecurrentCore
from dnc_agent.parallel import ALONE, Processes
from train.building import prepare
from train.experiment import Experiment
from train.keeping import taken_over
from train.settings import Config

STEPS = 4
REPEATS = 7
#: Rounding has to gain as much, or it is not worth its noise.
WORTH = 1.1


def settled(
    experiment: Experiment, config: Config, saved: Config | None, processes: Processes = ALONE
) -> Config:
    """The configuration with a definite `matmul_precision`; to go on, with all that is left open as the run has it.

    Args:
        experiment: whose it is.
        config: as asked for.
        saved: that of the run to go on with; None: it is a new one.
        processes: that train together; the first measures for all.

    Raises:
        ValueError: naming a setting that is out of range.
    """
    if saved is not None:
        return taken_over(config, saved)
    if config.matmul_precision != "auto":
        return config
    chosen: Any = _measured(experiment, config, processes.size) if processes.first else "fp32"
    return dataclasses.replace(config, matmul_precision=processes.agree(chosen))


def _measured(experiment: Experiment, config: Config, share: int) -> Any:
    if config.device != "cpu":
        return "fp32"
    prepare(config)
    cores = {
        name: experiment.build(dataclasses.replace(config, matmul_precision=name)).core
        for name in ("fp32", "bf16")
    }
    if not hasattr(cores["bf16"].options, "matmul_precision"):
        return "fp32"
    return faster(cores, -(-experiment.batch_size(config) // share))


def faster(cores: Mapping[str, RecurrentCore[Any]], batch: int) -> str:
    """The faster of two cores, "fp32" and "bf16", of the same sizes.

    Bare steps of learning are timed in turns, the best of each counts, and "bf16" has to be `WORTH` it. Their weights
    stay as they are.

    Args:
        cores: by these names.
        batch: B.
    """
    x = torch.randn(STEPS, batch, cores["fp32"].input_size, generator=torch.Generator().manual_seed(0))
    best = dict.fromkeys(cores, float("inf"))
    for turn in range(REPEATS + 1):
        for name, core in cores.items():
            begin = time.perf_counter()
            core.unroll(x)[0].square().mean().backward()
            if turn:  # the first compiles and fetches memory
                best[name] = min(best[name], time.perf_counter() - begin)
    return "bf16" if best["fp32"] > WORTH * best["bf16"] else "fp32"
