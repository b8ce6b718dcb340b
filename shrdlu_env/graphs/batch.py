"""Whole episodes as supervised batches: inputs, target digits, answer steps; sorted by length, padded in front.

For traversal and inference, whose inputs do not depend on what the learner answers.
Source: Methods, 'Graph task': loss at the answer steps only.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shrdlu_env._jit import njit
from shrdlu_env.graphs.arrays import ANSWER as ANSWERS
from shrdlu_env.graphs.arrays import ASK, EDGES, INFERENCE, PLAN, ROUNDS, TASKS, TRAVERSAL, Episodes
from shrdlu_env.graphs.coding import ANSWER, DIGITS, TRANSITION, WIDTH, write_digits, write_triple
from shrdlu_env.graphs.observing import write_edge
from shrdlu_env.graphs.pool import EpisodePool
from shrdlu_env.graphs.sampling import GraphSampler


class GraphSequences(NamedTuple):
    """A batch of episodes, each at the end of its column.

    Attributes:
        inputs: float32[T, B, 92]; zero in the padding.
        targets: int64[T, B, 9], digits of the right triple at answer steps, -1 elsewhere.
        answer: bool[T, B], the answer steps.
        reset: bool[T, B], where an episode begins: an agent's state is the initial one there.
        valid: bool[T, B], False in the padding.
    """

    inputs: NDArray[np.float32]
    targets: NDArray[np.int64]
    answer: NDArray[np.bool_]
    reset: NDArray[np.bool_]
    valid: NDArray[np.bool_]

    @property
    def useful(self) -> float:
        """Share of the steps that are no padding."""
        return float(self.valid.mean())


@njit
def _write(
    episodes: Episodes,
    rows: NDArray[np.int64],
    starts: NDArray[np.int64],
    inputs: NDArray[np.float32],
    targets: NDArray[np.int64],
    answer: NDArray[np.bool_],
) -> None:
    for column in range(len(rows)):
        row, t = rows[column], starts[column]
        meta = episodes.meta[row]
        for step in range(meta[EDGES]):
            write_edge(episodes, row, episodes.order[row, step], inputs[t, column])
            t += 1
        for turn in range(meta[ROUNDS]):
            inputs[t, column, TRANSITION] = 1.0
            for step in range(meta[ASK]):
                query = episodes.query[row, turn * meta[ASK] + step]
                write_triple(inputs[t, column], query[0], query[1], query[2])
                t += 1
            if meta[PLAN] > 0:
                inputs[t, column, TRANSITION] = 1.0
                t += meta[PLAN]
            inputs[t, column, TRANSITION] = 1.0
            for step in range(meta[ANSWERS]):
                due = episodes.answer[row, turn * meta[ANSWERS] + step]
                inputs[t, column, ANSWER] = 1.0
                write_digits(targets[t, column], due[0], due[1], due[2])
                answer[t, column] = True
                t += 1


def make_sequences(episodes: Episodes, rows: NDArray[np.int64] | None = None) -> GraphSequences:
    """Lay out episodes of traversal or inference as one batch.

    Args:
        episodes: the episodes.
        rows: which of them, in the order of the columns; None for all.
    """
    rows = np.arange(len(episodes.meta)) if rows is None else np.asarray(rows, np.int64)
    lengths = episodes.lengths[rows]
    steps, columns = int(lengths.max()), len(rows)
    inputs = np.zeros((steps, columns, WIDTH), np.float32)
    targets = np.full((steps, columns, DIGITS), -1, np.int64)
    answer = np.zeros((steps, columns), np.bool_)
    starts = steps - lengths
    _write(episodes, rows, starts, inputs, targets, answer)
    reset = np.zeros((steps, columns), np.bool_)
    reset[starts, np.arange(columns)] = True
    valid = np.arange(steps)[:, None] >= starts
    return GraphSequences(inputs, targets, answer, reset, valid)


class GraphBatches:
    """Draws batches of a sampler's episodes in which all episodes are about equally long.

    Args:
        sampler: of traversal or inference.
        pool: batches drawn at once, see `EpisodePool`.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: the pool is empty, or the sampler's inputs depend on the answers.
    """

    def __init__(self, sampler: GraphSampler, pool: int = 16) -> None:
        if sampler.task not in (TRAVERSAL, INFERENCE):
            raise ValueError(f"sampler draws {TASKS[sampler.task]}: its inputs depend on the answers given")
        self._pool = EpisodePool(sampler, pool)

    def draw(self, rng: np.random.Generator, batch_size: int) -> GraphSequences:
        """The next batch; see `EpisodePool.draw`."""
        return make_sequences(self._pool.draw(rng, batch_size))

    def set_lesson(self, lesson: int, earlier: float | None = None) -> None:
        """Draw from another lesson from the next batch on; see `EpisodePool.set_lesson`."""
        self._pool.set_lesson(lesson, earlier)

    def state(self) -> dict[str, Any]:
        """Where the drawing stands, as JSON has it; with `set_state` the same batches follow."""
        return self._pool.state()

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from what `state` gave, drawing batches of the same size."""
        self._pool.set_state(state)
