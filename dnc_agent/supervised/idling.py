"""Blank steps before an answer, so that a network may read more than once before it speaks."""

import numpy as np
from numpy.typing import NDArray

from dnc_agent.cores.contract import check_sizes
from dnc_agent.supervised.batches import SequenceBatch


def with_idle_steps(batch: SequenceBatch, count: int) -> tuple[SequenceBatch, NDArray[np.int64]]:
    """Put so many blank steps before the first step of every answer.

    An answer is a run of answer steps; one that a new sequence begins in is two. Source: Csordas & Schmidhuber 2019.

    Args:
        batch: of T steps.
        count: blank steps before each answer, at least 1.

    Returns:
        `(the batch with them, where each step of the old one went [T, B])`. Rows with fewer answers are padded at
        their end.

    Raises:
        ValueError: if `count` is below 1.
    """
    check_sizes(count=count)
    answer = batch.answer
    begins = np.zeros_like(answer) if batch.reset is None else batch.reset
    first = answer & (begins | ~np.concatenate([np.zeros_like(answer[:1]), answer[:-1]]))
    went = np.arange(len(answer))[:, None] + count * np.cumsum(first, 0)
    columns = np.arange(answer.shape[1])
    valid = np.ones_like(answer) if batch.valid is None else batch.valid
    shape = (int(went[-1].max()) + 1, answer.shape[1])

    def moved(old: NDArray[np.bool_], to: NDArray[np.int64]) -> NDArray[np.bool_]:
        new = np.zeros(shape, np.bool_)
        new[to, columns] = old
        return new

    inputs = np.zeros((*shape, *batch.inputs.shape[2:]), batch.inputs.dtype)
    targets = np.zeros((*shape, *batch.targets.shape[2:]), batch.targets.dtype)
    inputs[went, columns], targets[went, columns] = batch.inputs, batch.targets
    # A sequence that begins with an answer begins with the blank steps before it.
    reset = None if batch.reset is None else moved(batch.reset, went - count * first)
    used = moved(valid, went)
    steps, rows = np.nonzero(first & valid)
    for k in range(1, count + 1):
        used[went[steps, rows] - k, rows] = True
    return SequenceBatch(inputs, targets, moved(answer, went), reset, used), went
