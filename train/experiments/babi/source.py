"""Training batches: equal words for each task, more for hard ones, stories cut short at first, rows packed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dnc_agent.supervised import Schedule, SequenceBatch
from shrdlu_env.text import Story, packed_batches
from train.experiments.babi.batches import sequence_batch
from train.experiments.babi.corpus import ALL_TASKS, Corpus, chosen
from train.experiments.babi.settings import StoryConfig

#: Batches that are packed together, so that rows come out even.
POOL = 32
#: How much of the errors of earlier gates is left at the next.
KEPT = 0.5


class StorySource:
    """Batches of stories; see `dnc_agent.supervised.Source`.

    Args:
        corpus: of the stories.
        config: how they are laid out.
        updates: of the whole run, for the share of stories that are cut.

    Attributes:
        corpus: of the stories.
    """

    def __init__(self, corpus: Corpus, config: StoryConfig, updates: int) -> None:
        self.corpus, self._config = corpus, config
        self._cut = Schedule(config.cut_share, 0.0, max(1, round(config.cut_until * updates)))
        self._learned = np.isin(ALL_TASKS, chosen(config.tasks))
        self._errors = np.where(self._learned, 1.0, 0.0)
        self._pool: list[SequenceBatch] = []
        self._drawn = self._given = 0
        self._seed: int | None = None  # of the pool; None: there is none
        self._pool_weights: list[float] = []
        self._pool_cut = 0.0

    def draw(self, rng: np.random.Generator, batch_size: int) -> SequenceBatch:
        """A batch of up to `batch_size` rows."""
        if self._seed is None or (self._pool and self._given == len(self._pool)):
            # From a seed of its own, so that a resumed run can draw the same pool again.
            self._seed, self._given, self._pool = int(rng.integers(2**62)), 0, []
            self._pool_weights = self.weights.tolist()
            self._pool_cut = self._cut.at(self._drawn)
        if not self._pool:
            self._pool = self._draw_pool(self._seed, batch_size)
        self._given += 1
        self._drawn += 1
        return self._pool[self._given - 1]

    def set_lesson(self, lesson: int) -> None:
        """Nothing: there is one."""

    @property
    def weights(self) -> NDArray[np.float64]:
        """The share of each task among all words, [20]; 0 for those that are not learned."""
        even = self._learned / self._learned.sum()
        total = self._errors.sum()
        hard = self._errors / total if total else even
        return (1 - self._config.hard_share) * even + self._config.hard_share * hard

    def note_errors(self, errors: NDArray[np.float64]) -> None:
        """Take account of the share of wrong answers of each task at a gate, [20]; NaN where nothing was asked."""
        self._errors = np.where(self._learned, KEPT * self._errors + (1 - KEPT) * errors, 0.0)

    def state(self) -> dict[str, Any]:
        """See `dnc_agent.supervised.batches.Resumable`."""
        return {
            "errors": self._errors.tolist(),
            "drawn": self._drawn,
            "given": self._given,
            "seed": self._seed,
            "pool_weights": self._pool_weights,
            "pool_cut": self._pool_cut,
            "cut": asdict(self._cut),
        }

    def set_state(self, state: dict[str, Any]) -> None:
        """See `dnc_agent.supervised.batches.Resumable`."""
        # A branch may learn other kinds than the run that was saved.
        self._errors = np.where(self._learned, state["errors"], 0.0)
        self._given, self._seed = state["given"], state["seed"]
        # Another schedule than the one that was saved begins now.
        self._drawn = state["drawn"] if state.get("cut", asdict(self._cut)) == asdict(self._cut) else 0
        self._pool_weights, self._pool_cut = state["pool_weights"], state["pool_cut"]
        self._pool = []
        if any(
            weight for weight, learned in zip(self._pool_weights, self._learned, strict=False) if not learned
        ):
            self._seed = None

    def _draw_pool(self, seed: int, rows: int) -> list[SequenceBatch]:
        rng = np.random.default_rng(seed)
        words = POOL * rows * self._config.row_steps
        stories: list[Story] = []
        for task, weight in zip(ALL_TASKS, self._pool_weights, strict=True):
            stories += self._draw_words(task, weight * words, rng)
        packed = list(packed_batches(stories, rows, self._config.row_steps))
        order = rng.permutation(len(packed))
        return [sequence_batch(packed[k], self._config.idle_steps).batch for k in order]

    def _draw_words(self, task: int, words: float, rng: np.random.Generator) -> list[Story]:
        """Stories of a task that have so many words on average."""
        drawn: list[Story] = []
        while words > 0:
            story = self.corpus.draw(task, rng)
            if rng.random() < self._pool_cut:
                story = cut(story, rng)
            # The last one is taken as often as it fits, so that long stories get no more words than short ones.
            if words >= story.length or rng.random() < words / story.length:
                drawn.append(story)
            words -= story.length
        return drawn


def cut(story: Story, rng: np.random.Generator) -> Story:
    """A story up to one of its questions, drawn evenly."""
    ends = [number for number, line in enumerate(story.lines, 1) if line.answer]
    return Story(story.task, story.lines[: ends[rng.integers(len(ends))]])
