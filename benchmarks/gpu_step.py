"""Milliseconds of a time-step, forward and backward, of cores on a GPU by batch: `python -m benchmarks.gpu_step`."""

from __future__ import annotations

import time
from typing import Any

import torch

from dnc_agent.cores import make_core

STEPS, WIDTH, TURNS = 40, 64, 2
MEMORY = {"memory_size": 32, "word_size": 64, "read_heads": 4}
CONTENDERS: tuple[tuple[str, int, dict[str, Any]], ...] = (
    ("dnc", 32, MEMORY),
    ("dnc", 512, MEMORY),
    ("dnc", 4096, MEMORY),
    ("lstm", 512, {}),
    ("ntm", 512, {}),
)


def milliseconds(name: str, batch: int, options: dict[str, Any]) -> float:
    """Mean over `TURNS` sequences, after one that does not count."""
    core = make_core(name, WIDTH, {"hidden_size": 256, **options}).to("cuda")
    x = torch.randn(STEPS, batch, WIDTH, device="cuda")

    def go() -> None:
        core.unroll(x, core.initial_state(batch))[0].square().mean().backward()
        torch.cuda.synchronize()

    go()
    begin = time.perf_counter()
    for _ in range(TURNS):
        go()
    return (time.perf_counter() - begin) / (STEPS * TURNS) * 1e3


def main() -> None:
    """See the module."""
    torch.manual_seed(0)
    if not torch.cuda.is_available():
        raise SystemExit("PyTorch finds no GPU on this machine")
    for name, batch, options in CONTENDERS:
        print(f"{name:5} batch {batch:5,}: {milliseconds(name, batch, options):.2f} ms a step", flush=True)


if __name__ == "__main__":
    main()
