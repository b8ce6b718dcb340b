"""Where the time of the fused DNC's training step goes, and its floor: the matrix products alone.

CPU time, one thread, medians, contenders in turns, as in benchmark.py.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from dnc_agent.benchmark import SIZES, Size, fused, one_thread
from dnc_agent.kernels import backward, forward, layers

#: What is timed: functions of the step loops, by the modules whose loops call them.
PARTS = {
    "products": (
        (forward, "add_product"),
        (forward, "put_product"),
        (backward, "add_product"),
        (layers, "add_product"),
        (layers, "put_product"),
        (layers, "product"),
    ),
    "gates": ((layers, "lstm_forward"), (layers, "lstm_backward")),
    "memory_forward": ((forward, "memory_forward"),),
    "memory_backward": ((backward, "memory_backward"), (backward, "replay")),
}
PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16}


def bench_profile(*, sizes: tuple[str, ...] = ("A", "B", "A256"), repeats: int = 7) -> dict[str, Any]:
    """Take a training step apart, at each size in each precision of products.

    Args:
        sizes: which of `dnc_agent.benchmark.SIZES`.
        repeats: rounds that count.

    Returns:
        By size and precision, microseconds of CPU time per time-step: `whole`, and of it `products`, `gates`,
        `memory_forward`, `memory_backward` and the `rest`; and `bare_products`, what the same products take with
        nothing around them: less the whole cannot take.

    Raises:
        ValueError: an argument is out of range.
    """
    with one_thread(sizes, repeats):
        return {name: _profile(SIZES[name], repeats) for name in sizes}


def _profile(size: Size, repeats: int) -> dict[str, dict[str, float]]:
    work = {name: (fused(size, name), _bare_products(size, dtype)) for name, dtype in PRECISIONS.items()}
    rounds: dict[str, list[dict[str, float]]] = {name: [] for name in work}
    for turn in range(repeats + 1):
        for name, (whole, bare) in work.items():
            found = _taken_apart(whole)
            begin = time.process_time()
            bare()
            found["bare_products"] = time.process_time() - begin
            if turn:  # the first compiles and fetches memory
                rounds[name].append(found)
    scale = 1e6 / size.steps
    return {
        name: {part: scale * statistics.median(one[part] for one in found) for part in found[0]}
        for name, found in rounds.items()
    }


def _taken_apart(run: Callable[[], None]) -> dict[str, float]:
    """CPU seconds of a call and of its parts."""
    spent = dict.fromkeys(PARTS, 0.0)
    with _timed(spent):
        begin = time.process_time()
        run()
        whole = time.process_time() - begin
    return {"whole": whole, **spent, "rest": whole - sum(spent.values())}


@contextmanager
def _timed(spent: dict[str, float]) -> Iterator[None]:
    """Inside, every call of a part adds its CPU seconds to `spent`."""
    before = [(module, name, getattr(module, name)) for part in PARTS.values() for module, name in part]
    try:
        for part, functions in PARTS.items():
            for module, name in functions:
                setattr(module, name, _timer(part, getattr(module, name), spent))
        yield
    finally:
        for module, name, function in before:
            setattr(module, name, function)


def _timer(part: str, function: Callable[..., Any], spent: dict[str, float]) -> Callable[..., Any]:
    def run(*arguments: Any) -> Any:
        begin = time.process_time()
        found = function(*arguments)
        spent[part] += time.process_time() - begin
        return found

    return run


def _bare_products(size: Size, dtype: torch.dtype) -> Callable[[], None]:
    """The products of one sequence, forward and backward, with the layouts that the kernels give them."""
    batch, steps, x, h = size.batch, size.steps, size.x, size.hidden
    features, gates = h + size.heads * size.w, 4 * h
    xi = size.heads * size.w + 3 * size.w + 5 * size.heads + 3

    def some(*shape: int) -> torch.Tensor:
        return torch.randn(shape, dtype=dtype)

    on_previous, on_input, interface = some(gates, features), some(gates, x), some(xi, h)
    each = [
        (some(batch, features), on_previous.t()),
        (some(batch, h), interface.t()),
        (some(batch, xi), interface),
        (some(batch, gates), on_previous),
    ]
    rows, seen = some(steps * batch, x), some(steps * batch, features)
    d_gates, d_xi = some(steps * batch, gates), some(steps * batch, xi)
    once = [(rows, on_input.t()), (d_gates.t(), rows), (d_gates.t(), seen), (d_xi.t(), seen[:, :h])]

    def run() -> None:
        for _ in range(steps):
            for a, b in each:
                torch.mm(a, b)
        for a, b in once:
            torch.mm(a, b)

    return run
