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

    So many batches are drawn at once (the pool), all their episodes sorted by length and dealt out; the
    batches come in random order. Every episode of a lesson is as likely as in single draws.

    Args:
        sampler: of traversal or inference.
        pool: batches drawn at once.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: the pool is empty, or the sampler's inputs depend on the answers.
    """

    def __init__(self, sampler: GraphSampler, pool: int = 16) -> None:
        if sampler.task not in (TRAVERSAL, INFERENCE):
            raise ValueError(f"sampler draws {TASKS[sampler.task]}: its inputs depend on the answers given")
        self.sampler = sampler
        self.pool = check_whole("pool", pool, 1)
        self._seed: int | None = None  # of the pool; None: there is none
        self._given = 0
        self._drawn: tuple[Episodes, NDArray[np.int64]] | None = None

    def draw(self, rng: np.random.Generator, batch_size: int) -> GraphSequences:
        """The next batch.

        Args:
            rng: source of all chance.
            batch_size: B, the same from one `set_lesson` to the next.
        """
        if self._seed is None or self._given == self.pool:
            # From a seed of its own, so that a resumed run can draw the same pool again.
            self._seed, self._given, self._drawn = int(rng.integers(2**62)), 0, None
        if self._drawn is None:
            own = np.random.default_rng(self._seed)
            episodes = self.sampler.generate(own, check_whole("batch_size", batch_size, 1) * self.pool)
            rows = np.argsort(episodes.lengths, kind="stable").reshape(self.pool, batch_size)
            self._drawn = episodes, rows[own.permutation(self.pool)]
        episodes, rows = self._drawn
        self._given += 1
        return make_sequences(episodes, rows[self._given - 1])

    def set_lesson(self, lesson: int, earlier: float | None = None) -> None:
        """Draw from another lesson from the next batch on; what is left of the pool is dropped.

        Raises:
            TypeError: an argument has the wrong type.
            ValueError: an argument is out of range. Nothing is changed then.
        """
        before = self.sampler.lesson, self.sampler.earlier
        self.sampler.set_lesson(lesson, earlier)
        if before != (self.sampler.lesson, self.sampler.earlier):
            self._seed, self._drawn = None, None

    def state(self) -> dict[str, Any]:
        """Where the drawing stands, as JSON has it; with `set_state` the same batches follow."""
        return {"lesson": self.sampler.lesson, "seed": self._seed, "given": self._given}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from what `state` gave, drawing batches of the same size."""
        if state["lesson"]:
            self.set_lesson(state["lesson"])
        self._seed, self._given, self._drawn = state["seed"], state["given"], None
