"""Runs a function over slices of the batch, in as many threads as torch uses.

Threads, not numba's prange: a whole stretch of steps runs in each thread, matrix products included, and
neither of numba's thread pools is both safe to fork and safe to call from several threads.
"""

import itertools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

import torch

_SMALLEST_SLICE = 8  # fewer elements than this are not worth a thread
_pools: dict[tuple[int, int], ThreadPoolExecutor] = {}


def slices(batch: int, smallest: int = _SMALLEST_SLICE) -> list[tuple[int, int]]:
    """(first, one past last) of every slice of the batch."""
    count = max(1, min(torch.get_num_threads(), batch // smallest))
    bounds = [batch * k // count for k in range(count + 1)]
    return list(itertools.pairwise(bounds))


def run_sliced(
    function: Callable[[int, int, int], None], batch: int, smallest: int = _SMALLEST_SLICE
) -> None:
    """Call `function(index, low, high)` for every slice; returns when all are done, raises as they do."""
    parts = slices(batch, smallest)
    if len(parts) == 1:
        function(0, 0, batch)
        return
    # A forked child inherits the pool but not its threads, hence the process id in the key.
    key = (os.getpid(), len(parts))
    if key not in _pools:
        _pools[key] = ThreadPoolExecutor(len(parts), thread_name_prefix="dnc-kernels")
    threads = torch.get_num_threads()
    futures = [_pools[key].submit(_in_worker, function, index, *part) for index, part in enumerate(parts)]
    try:
        for future in futures:
            future.result()
    finally:
        wait(futures)
        # The workers' setting is their own, but it is also the default of threads yet to come.
        torch.set_num_threads(threads)


def _in_worker(function: Callable[[int, int, int], None], index: int, low: int, high: int) -> None:
    if torch.get_num_threads() != 1:
        torch.set_num_threads(1)
    with torch.no_grad():
        function(index, low, high)
