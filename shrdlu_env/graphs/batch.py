"""Whole episodes as supervised batches: inputs, target digits, answer steps; sorted by length, padded in front.

For traversal and inference, whose inputs do not depend on what the learner answers.
Source: Methods, 'Graph task': loss at the answer steps only.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shrdlu_env._jit import njit
from shrdlu_env.checks import check_whole
from shrdlu_env.graphs.arrays import ANSWER as ANSWERS
from shrdlu_env.graphs.arrays import ASK, EDGES, INFERENCE, PLAN, ROUNDS, TASKS, TRAVERSAL, Episodes
from shrdlu_env.graphs.coding import ANSWER, DIGITS, TRANSITION, WIDTH, write_digits, write_triple
from shrdlu_env.graphs.observing import write_edge
from shrdlu_env.graphs.sampling import GraphSampler


class GraphSequences(NamedTuple):
    """A batch of episodes, each at the end of its column.

    Attributes:
        inputs: float32[T, B, 92]; zero in the padding.
        targets: int64[T, B, 9], digits of the right triple at answer steps, -1 elsewhere.
        answer: bool[T, B], the answer steps.
        reset: bool[T, B], where an episode begins: an agent's state is the initial one there.
        lengths: int64[B], steps of each episode.
    """

    inputs: NDArray[np.float32]
    targets: NDArray[np.int64]
    answer: NDArray[np.bool_]
    reset: NDArray[np.bool_]
    lengths: NDArray[np.int64]

    @property
    def useful(self) -> float:
        """Share of the steps that are no padding."""
        return float(self.lengths.sum() / max(1, self.answer.size))


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
    return GraphSequences(inputs, targets, answer, reset, lengths)


class GraphBatches:
    """Draws batches of a sampler's episodes in which all episodes are about equally long.

    So many batches are drawn at once (the pool), all their episodes sorted by length and dealt out; the
    batches come in random order. Every episode of a lesson is as likely as in single draws.

    Args:
        sampler: of traversal or inference.
        rng: source of all chance; used by nobody else, so that `state` can tell where it stands.
        batch_size: B.
        pool: batches drawn at once.

    Raises:
        ValueError: an argument is out of range, or the sampler's inputs depend on the answers.
    """

    def __init__(
        self, sampler: GraphSampler, rng: np.random.Generator, batch_size: int, pool: int = 16
    ) -> None:
        if sampler.task not in (TRAVERSAL, INFERENCE):
            raise ValueError(f"sampler draws {TASKS[sampler.task]}: its inputs depend on the answers given")
        self.sampler = sampler
        self.batch_size = check_whole("batch_size", batch_size, 1)
        self.pool = check_whole("pool", pool, 1)
        self._rng = rng
        self._begin: dict[str, Any] = {}
        self._episodes: Episodes | None = None
        self._rows = np.zeros((0, self.batch_size), np.int64)
        self._next = 0

    def draw(self) -> GraphSequences:
        """The next batch."""
        if self._next == len(self._rows):
            self._refill()
        assert self._episodes is not None
        self._next += 1
        return make_sequences(self._episodes, self._rows[self._next - 1])

    def _refill(self) -> None:
        self._begin = dict(self._rng.bit_generator.state)
        self._episodes = self.sampler.generate(self._rng, self.batch_size * self.pool)
        by_length = np.argsort(self._episodes.lengths, kind="stable")
        rows = by_length.reshape(self.pool, self.batch_size)
        self._rows = rows[self._rng.permutation(self.pool)]
        self._next = 0

    def set_lesson(self, lesson: int, earlier: float | None = None) -> None:
        """Draw from another lesson from the next batch on; what is left of the pool is dropped.

        Raises:
            ValueError: an argument is out of range. Nothing is changed then.
        """
        self.sampler.set_lesson(lesson, earlier)
        self._rows = self._rows[:0]
        self._next = 0

    def state(self) -> dict[str, Any]:
        """Where the drawing stands, for a checkpoint: with `restore` the same batches follow."""
        left = len(self._rows) > self._next
        return {
            "rng": self._begin if left else self._rng.bit_generator.state,
            "drawn": self._next if left else 0,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a `state` of batches of the same sizes, whose sampler stands at the same lesson."""
        self._rng.bit_generator.state = state["rng"]
        self._rows, self._next = self._rows[:0], 0
        if state["drawn"]:
            self._refill()
            self._next = state["drawn"]
