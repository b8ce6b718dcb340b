"""Wrong answers by task: a question is right if every word of its answer is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from dnc_agent.supervised import SupervisedAgent, SupervisedLearner
from dnc_agent.supervised.scoring import read_out
from shrdlu_env.text import NONE, TASKS, Story, StoryBatch, packed_batches, right_answers
from train.experiment import Progress
from train.experiments.babi.batches import sequence_batch

#: A task with more wrong answers than this has failed.
FAILED_ABOVE = 0.05
#: Rows and words of a row of one batch of questions.
ROWS, ROW_STEPS = 32, 160


@dataclass(frozen=True)
class TaskErrors:
    """Questions asked and answered wrong, by task; entry t - 1 is task t."""

    asked: NDArray[np.int64]  #: [20]
    wrong: NDArray[np.int64]  #: [20]

    @property
    def error(self) -> NDArray[np.float64]:
        """Share of wrong answers of each task, [20]; NaN where nothing was asked."""
        return np.where(self.asked > 0, self.wrong / np.maximum(self.asked, 1), np.nan)

    @property
    def mean_error(self) -> float:
        """Mean over the tasks asked, each counting the same."""
        return float(np.nanmean(self.error))

    @property
    def failed(self) -> int:
        """Tasks with more than 5 % of wrong answers."""
        return int((self.error > FAILED_ABOVE).sum())


@torch.no_grad()
def task_errors(
    agent: SupervisedAgent | SupervisedLearner,
    stories: Iterable[Story],
    idle_steps: int,
    progress: Progress | None = None,
) -> TaskErrors:
    """Ask every question of some stories, of whatever length.

    Args:
        agent: that answers, with its most probable words.
        stories: all of them are told to their end.
        idle_steps: blank steps before an answer.
        progress: told the share of words that are done.
    """
    agent.network.eval()
    told = list(stories)
    total, done = sum(story.length for story in told), 0
    asked, wrong = np.zeros(len(TASKS), np.int64), np.zeros(len(TASKS), np.int64)
    for batch in packed_batches(told, ROWS, ROW_STEPS):
        right = right_answers(batch, answers(agent, batch, idle_steps))
        asked += np.bincount(batch.tasks - 1, minlength=len(TASKS))
        wrong += np.bincount(batch.tasks[~right] - 1, minlength=len(TASKS))
        done += batch.inputs.size
        if progress is not None:
            progress("questions", min(1.0, done / total))
    return TaskErrors(asked, wrong)


def answers(
    agent: SupervisedAgent | SupervisedLearner, stories: StoryBatch, idle_steps: int
) -> NDArray[np.int64]:
    """What is said at every step that wants an answer, ids of words [T, B]; `NONE` elsewhere."""
    laid = sequence_batch(stories, idle_steps)
    logits = read_out(agent.network, laid.batch, agent.device)
    said = np.full(laid.batch.answer.shape, NONE, np.int64)
    said[laid.batch.answer] = agent.target.choose(logits)[:, 0].cpu().numpy()
    return np.take_along_axis(said, laid.went, 0)
