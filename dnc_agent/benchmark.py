"""How fast the DNC runs: forward and backward over a sequence, against what else there is.

Contenders take turns in one run; figures are medians of CPU time (`time.process_time`, one thread), because
machines are shared. Peak memory is that of a process of its own. docs/reference/kernels.md tells the keys.
"""

from __future__ import annotations

import importlib.util
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from dnc_agent.cores.contract import RecurrentCore
from dnc_agent.cores.dnc.core import DNC


class Size(NamedTuple):
    """What is unrolled: batch, steps, and the letters of `dnc_agent.cores.dnc.options.DNCOptions`."""

    batch: int
    steps: int
    x: int
    hidden: int
    n: int
    w: int
    heads: int
    sparse: int | None = None


SIZES = {
    "A": Size(32, 75, 100, 256, 32, 64, 4),
    "B": Size(16, 100, 100, 256, 256, 64, 4),
    "A256": Size(256, 20, 100, 256, 32, 64, 4),
    "training": Size(64, 40, 97, 128, 32, 32, 2),
}


def _core(size: Size, backend: str = "auto", precision: str = "fp32") -> DNC:
    return DNC(
        size.x,
        hidden_size=size.hidden,
        memory_size=size.n,
        word_size=size.w,
        read_heads=size.heads,
        sparse_links=size.sparse,
        backend=backend,
        matmul_precision=precision,
        generator=torch.Generator().manual_seed(0),
    )


def _learn(outputs: Tensor, module: nn.Module) -> None:
    module.zero_grad(set_to_none=True)
    outputs.square().mean().backward()


def fused(size: Size, precision: str = "fp32") -> Callable[[], None]:
    """The kernels."""
    core, x = _core(size, "fused", precision), torch.randn(size.steps, size.batch, size.x)
    return lambda: _learn(core.unroll(x)[0], core)


def fused_bf16(size: Size) -> Callable[[], None]:
    """The kernels, factors of products rounded to bfloat16."""
    return fused(size, "bf16")


def reference(size: Size) -> Callable[[], None]:
    """Our own eager reference."""
    core, x = _core(size), torch.randn(size.steps, size.batch, size.x)
    return lambda: _learn(RecurrentCore.unroll(core, x)[0], core)


def lstm(size: Size) -> Callable[[], None]:
    """A bare LSTMCell, unrolled, with the DNC's controller: it sees an input as wide as input and reads."""
    width = size.x + size.heads * size.w
    cell, x = nn.LSTMCell(width, size.hidden), torch.randn(size.steps, size.batch, width)

    def run() -> None:
        state, outputs = None, []
        for row in x:
            state = cell(row, state)
            outputs.append(state[0])
        _learn(torch.stack(outputs), cell)

    return run


def lstm_bf16(size: Size) -> Callable[[], None]:
    """The same under torch's autocast to bfloat16."""
    run = lstm(size)

    def rounded() -> None:
        with torch.autocast("cpu", torch.bfloat16):
            run()

    return rounded


def pypi(size: Size) -> Callable[[], None]:
    """PyPI `dnc` (optional)."""
    import dnc

    peer = dnc.DNC(
        size.x,
        size.hidden,
        num_layers=1,
        num_hidden_layers=1,
        nr_cells=size.n,
        cell_size=size.w,
        read_heads=size.heads,
        batch_first=False,
    )
    x = torch.randn(size.steps, size.batch, size.x)
    return lambda: _learn(peer(x, reset_experience=True)[0], peer)


CONTENDERS = {
    "fused": fused,
    "fused_bf16": fused_bf16,
    "reference": reference,
    "lstm": lstm,
    "lstm_bf16": lstm_bf16,
    "pypi_dnc": pypi,
}


def _available(name: str) -> bool:
    return name != "pypi_dnc" or importlib.util.find_spec("dnc") is not None


def alternate(
    work: dict[str, Callable[[], None]], repeats: int, clock: Callable[[], float]
) -> dict[str, float]:
    """Median time of each piece of work, in turns, after one round that does not count."""
    times: dict[str, list[float]] = {name: [] for name in work}
    for turn in range(repeats + 1):
        for name, run in work.items():
            begin = clock()
            run()
            if turn:
                times[name].append(clock() - begin)
    return {name: statistics.median(found) for name, found in times.items()}


@contextmanager
def one_thread(sizes: Sequence[str], repeats: int) -> Iterator[None]:
    """What is measured inside takes one thread.

    Args:
        sizes: which of `SIZES` are measured.
        repeats: rounds that count.

    Raises:
        ValueError: an argument is out of range.
    """
    unknown = set(sizes) - set(SIZES)
    if unknown or repeats < 1:
        raise ValueError(
            f"sizes={sizes!r}, repeats={repeats!r}: sizes are {', '.join(SIZES)}; repeats at least 1"
        )
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def bench_dnc(
    *,
    sizes: tuple[str, ...] = ("A", "B", "A256", "training"),
    repeats: int = 5,
    memory: bool = True,
    threads: bool = True,
) -> dict[str, Any]:
    """Measure the fused DNC against the reference, a bare LSTMCell and, when it is installed, PyPI `dnc`.

    Args:
        sizes: which of `SIZES`.
        repeats: rounds that count.
        memory: measure peak memory at size B too.
        threads: measure two threads against one at batch 256 too (wall clock).

    Returns:
        Sizes, milliseconds per time-step, ratios, equality and peak memory.

    Raises:
        ValueError: an argument is out of range.
    """
    with one_thread(sizes, repeats):
        result: dict[str, Any] = {name: _measure(SIZES[name], repeats) for name in sizes}
        result["equality"] = _equality()
        if memory:
            peaks = {name: peak_memory(name, "B") for name in CONTENDERS if _available(name)}
            result["peak_mb"] = {name: peak for name, (peak, _) in peaks.items()}
            result["work_mb"] = {name: peak - before for name, (peak, before) in peaks.items()}
        if threads:
            result["two_threads"] = _two_threads(repeats)
    return result


def _measure(size: Size, repeats: int) -> dict[str, Any]:
    work = {name: make(size) for name, make in CONTENDERS.items() if _available(name)}
    medians = alternate(work, repeats, time.process_time)
    per_step = {name: 1e3 * seconds / size.steps for name, seconds in medians.items()}
    ratios = {
        f"{name}_over_fused": value / per_step["fused"] for name, value in per_step.items() if name != "fused"
    }
    return {"size": size._asdict(), "ms_per_step": per_step, **ratios}


def _equality() -> dict[str, float]:
    """Largest relative difference (of norms) of the backends at size A, in float32."""
    size = SIZES["A"]._replace(steps=10)
    core, x = (
        _core(size),
        torch.randn(size.steps, size.batch, size.x, generator=torch.Generator().manual_seed(1)),
    )
    found = []
    for unroll in (core.unroll, lambda x: RecurrentCore.unroll(core, x)):
        leaf = x.clone().requires_grad_()
        y = unroll(leaf)[0]
        found.append([y.detach(), *torch.autograd.grad(y.square().sum(), [leaf, *core.parameters()])])
    names = ["y", "x", *(name for name, _ in core.named_parameters())]
    differences = {name: float((a - b).norm() / b.norm()) for name, a, b in zip(names, *found, strict=True)}
    return {"output": differences.pop("y"), "worst_gradient": max(differences.values())}


def _two_threads(repeats: int) -> dict[str, float]:
    """Wall-clock gain of a second thread at batch 256."""
    run = fused(SIZES["A"]._replace(batch=256, steps=20))

    wall: dict[int, list[float]] = {1: [], 2: []}
    cpu: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(repeats):
        for count in (1, 2):
            torch.set_num_threads(count)
            run()  # threads start and settle outside the measurement
            begin, cpu_begin = time.perf_counter(), time.process_time()
            run()
            wall[count].append(time.perf_counter() - begin)
            cpu[count].append(time.process_time() - cpu_begin)
    # The best rounds: wall-clock time includes what other processes took.
    return {
        "wall_one_over_two": min(wall[1]) / min(wall[2]),
        "cpu_two_over_one": min(cpu[2]) / min(cpu[1]),
    }


def peak_memory(contender: str, size: str) -> tuple[float, float]:
    """Resident memory in MB of a process that runs the contender twice.

    Returns:
        Its peak, and what was taken before the work, by libraries and compiled code: after one element, two steps.
    """
    code = f"from dnc_agent import benchmark; benchmark.print_peak({contender!r}, {size!r})"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    before, peak = result.stdout.split()[-2:]
    return float(peak), float(before)


def print_peak(contender: str, size: str) -> None:
    """What `peak_memory` runs in its process."""
    torch.set_num_threads(1)
    CONTENDERS[contender](SIZES[size]._replace(batch=1, steps=2))()
    before = _peak()
    run = CONTENDERS[contender](SIZES[size])
    run()
    run()
    print(before, _peak())


def _peak() -> float:
    status = Path("/proc/self/status")
    if status.exists():
        # Not ru_maxrss, which a child process inherits from its parent.
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 2**10
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
