"""The next batch prepared in a thread while the present one is learnt from; the same batches as without."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np

from shrdlu_env.sampling import Sampler

T = TypeVar("T")


class _Prepared(NamedTuple):
    value: Any
    after: dict[str, Any]  #: state of the generator after the draws
    cpu_seconds: float


class Ahead(Generic[T]):
    """Calls a function that draws puzzles one batch ahead, in a thread of its own.

    The thread draws from copies. The generator handed in stands before all that was drawn ahead and not yet
    taken, so a checkpoint that keeps its state goes on with exactly those puzzles. A batch is used only if
    generator and lesson are still what it was drawn from; otherwise it is drawn again.

    Args:
        prepare: what to call with a sampler and a generator; it must touch nothing else that changes.

    Attributes:
        cpu_seconds: CPU time of the thread for the batches taken so far.
    """

    def __init__(self, prepare: Callable[[Sampler, np.random.Generator], T]) -> None:
        self._prepare = prepare
        # Its thread ends with this object, or with the process.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="puzzles-ahead")
        self._origin: Any = None
        self._next: Future[_Prepared] | None = None
        self.cpu_seconds = 0.0

    def take(self, sampler: Sampler, rng: np.random.Generator) -> T:
        """What `prepare(sampler, rng)` gives, `rng` advanced as it would be; begins the next batch."""
        if self._next is None or self._origin != _origin(sampler, rng):
            self._begin(sampler, rng)
        assert self._next is not None
        future, self._next = self._next, None
        prepared = future.result()
        rng.bit_generator.state = prepared.after
        self.cpu_seconds += prepared.cpu_seconds
        self._begin(sampler, rng)
        return prepared.value

    def close(self) -> None:
        """End the thread; what was drawn ahead is lost, which changes nothing."""
        self._next = None
        self._thread.shutdown(cancel_futures=True)

    def _begin(self, sampler: Sampler, rng: np.random.Generator) -> None:
        self._origin = _origin(sampler, rng)
        self._next = self._thread.submit(_run, self._prepare, copy.copy(sampler), copy.deepcopy(rng))


def _origin(sampler: Sampler, rng: np.random.Generator) -> Any:
    return rng.bit_generator.state, sampler.lesson, sampler.earlier


def _run(prepare: Callable[..., Any], sampler: Sampler, rng: np.random.Generator) -> _Prepared:
    before = time.thread_time()
    value = prepare(sampler, rng)
    return _Prepared(value, dict(rng.bit_generator.state), time.thread_time() - before)
