"""How fast the fused cores are beside their references: CPU time, one thread, medians, in turns."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import torch

from dnc_agent.benchmark import SIZES, Size, alternate, one_thread
from dnc_agent.cores import DNC, LSTM, NTM
from dnc_agent.cores.fused import FusedCore


def _cores(size: Size, backend: str) -> dict[str, FusedCore[Any]]:
    """One of each, with a controller of the same width; NTM with one write head."""
    memory: dict[str, Any] = {"memory_size": size.n, "word_size": size.w, "read_heads": size.heads}
    common: dict[str, Any] = {"hidden_size": size.hidden, "backend": backend}
    return {
        "dnc": DNC(size.x, **common, **memory),
        "ntm": NTM(size.x, **common, **memory),
        "lstm": LSTM(size.x, **common),
    }


def bench_cores(*, sizes: tuple[str, ...] = ("A", "training"), repeats: int = 5) -> dict[str, Any]:
    """Measure every fused core against its reference.

    Args:
        sizes: which of `dnc_agent.benchmark.SIZES`.
        repeats: rounds that count.

    Returns:
        By size: `ms_per_step` of each core and of its reference, forward and backward, and by core
        `reference_over_fused`.

    Raises:
        ValueError: an argument is out of range.
    """
    with one_thread(sizes, repeats):
        return {name: _measure(SIZES[name], repeats) for name in sizes}


def _measure(size: Size, repeats: int) -> dict[str, Any]:
    x = torch.randn(size.steps, size.batch, size.x)
    work: dict[str, Callable[[], None]] = {}
    for suffix, backend in (("", "fused"), ("_reference", "reference")):
        for name, core in _cores(size, backend).items():
            work[name + suffix] = partial(_learn, core, x)
    medians = alternate(work, repeats, time.process_time)
    per_step = {name: 1e3 * seconds / size.steps for name, seconds in medians.items()}
    ratios = {name: per_step[f"{name}_reference"] / per_step[name] for name in ("dnc", "ntm", "lstm")}
    return {"size": size._asdict(), "ms_per_step": per_step, "reference_over_fused": ratios}


def _learn(core: FusedCore[Any], x: torch.Tensor) -> None:
    core.zero_grad(set_to_none=True)
    core.unroll(x)[0].square().mean().backward()
