"""From a configuration of a sequence task to its learner, and from a checkpoint to its agent."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from dnc_agent.supervised import (
    Bits,
    NetworkDescription,
    SequenceBatch,
    SupervisedAgent,
    SupervisedLearner,
    SupervisedSettings,
)
from shrdlu_env import sequences
from shrdlu_env.sequences import SequenceTask
from train.building import core_options, prepare
from train.errors import UsageError
from train.experiments.copying.settings import SequenceConfig, task_arguments


class TaskSource:
    """Batches of a sequence task.

    Args:
        task: whose sequences are drawn.
    """

    def __init__(self, task: SequenceTask) -> None:
        self.task = task

    def draw(self, rng: np.random.Generator, batch_size: int) -> SequenceBatch:
        """See `dnc_agent.supervised.Source`."""
        drawn = self.task.draw(rng, batch_size)
        return SequenceBatch(drawn.inputs, drawn.targets, drawn.answer)

    def set_lesson(self, lesson: int) -> None:
        """Nothing: there is one."""


def make_task(name: str, config: SequenceConfig, **changed: Any) -> SequenceTask:
    """The task of a configuration, with some arguments changed.

    Raises:
        UsageError: naming the setting that is out of range.
    """
    try:
        return sequences.make_task(name, **task_arguments(config) | changed)
    except (TypeError, ValueError) as error:
        raise UsageError(str(error)) from None


def build(name: str, config: SequenceConfig) -> SupervisedLearner:
    """A fresh learner of a task.

    Raises:
        ValueError: naming the setting that is out of range.
    """
    task = make_task(name, config)
    options = core_options(config.core, config)
    prepare(config)
    description = NetworkDescription(task.input_size, Bits(task.output_size), config.core.core, options)
    settings = SupervisedSettings(**asdict(config.learn))
    return SupervisedLearner(description, TaskSource(task), settings, seed=config.seed, device=config.device)


def load(name: str, path: Path, config: SequenceConfig) -> SupervisedAgent:
    """A saved agent of a task.

    Raises:
        FileNotFoundError: if there is none.
        ValueError: if it is damaged or of another task.
    """
    agent = SupervisedAgent.load(path, device="cpu")
    task = make_task(name, config)
    found, expected = agent.input_size, task.input_size
    if (found, agent.target.answers) != (expected, task.output_size):
        raise UsageError(
            f"{path} has {found} inputs and {agent.target.answers} outputs; {name} has {expected} and "
            f"{task.output_size}"
        )
    return agent
