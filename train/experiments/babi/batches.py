"""Stories as a network gets them: one-hot words, and blank steps before an answer."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dnc_agent.supervised import SequenceBatch, with_idle_steps
from shrdlu_env.text import WORDS, StoryBatch


class Laid(NamedTuple):
    """A batch, and where its steps were in the stories."""

    batch: SequenceBatch
    went: NDArray[np.int64]  #: [T, B], the step of the batch that each step of the stories became


def one_hot(words: NDArray[np.int64]) -> NDArray[np.float32]:
    """Ids of words [...] as inputs [..., 159]."""
    return np.eye(len(WORDS), dtype=np.float32)[words]


def sequence_batch(stories: StoryBatch, idle_steps: int) -> Laid:
    """Stories as inputs and targets; what comes after the last answer of a row is padding."""
    ahead = np.cumsum(stories.answer[::-1], 0)[::-1] > 0
    batch = SequenceBatch(
        one_hot(stories.inputs), stories.targets, stories.answer, stories.reset & ahead, ahead
    )
    if idle_steps:
        return Laid(*with_idle_steps(batch, idle_steps))
    return Laid(batch, np.broadcast_to(np.arange(len(ahead))[:, None], ahead.shape))
