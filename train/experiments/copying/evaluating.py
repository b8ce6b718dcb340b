"""Wrong bits of an agent on sequences as in training and beyond."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

from dnc_agent.cores.contract import resized
from dnc_agent.supervised import Score, SequenceBatch, SupervisedAgent, SupervisedLearner, score
from shrdlu_env.sequences import SequenceTask
from train.experiment import Progress
from train.experiments.copying.settings import Evaluation, SequenceConfig
from train.experiments.copying.wiring import TaskSource, make_task
from train.room import grown

#: Sequences of one batch have one length, so it takes several batches to see all lengths.
BATCHES = 20


@dataclass(frozen=True)
class Condition:
    """What is tested."""

    name: str
    task: SequenceTask
    vectors: int
    """Vectors to remember, one location each; 0: no more than in training."""


@dataclass(frozen=True)
class Found:
    """One row of the table."""

    condition: Condition
    memory: int | None
    """Locations; None: the core has no memory."""
    score: Score


def as_trained(name: str, config: SequenceConfig) -> Condition:
    """Sequences as in training."""
    return Condition("as trained", make_task(name, config), 0)


def changed(name: str, config: SequenceConfig, row: str, vectors: int, **arguments: Any) -> Condition:
    """Sequences that differ from those of training in some arguments of the task.

    Args:
        name: of the task.
        config: of the run.
        row: what the table calls them.
        vectors: to remember.
        **arguments: of the task.

    Raises:
        UsageError: if one is out of range.
    """
    return Condition(row, make_task(name, config, **arguments), vectors)


def draw_batches(task: SequenceTask, episodes: int, rng: np.random.Generator) -> Iterator[SequenceBatch]:
    """So many fresh sequences, in up to `BATCHES` batches and one more."""
    source = TaskSource(task)
    at_once = max(1, episodes // BATCHES)
    for start in range(0, episodes, at_once):
        yield source.draw(rng, min(at_once, episodes - start))


def score_task(
    agent: SupervisedAgent | SupervisedLearner, task: SequenceTask, episodes: int, rng: np.random.Generator
) -> Score:
    """The score of an agent on so many fresh sequences."""
    return score(agent.network, agent.target, draw_batches(task, episodes, rng), agent.device)


def draw_conditions(conditions: Sequence[Condition], flags: Evaluation) -> Iterator[Iterator[SequenceBatch]]:
    """The batches of each condition, each from a generator of its own."""
    for k, condition in enumerate(conditions):
        yield draw_batches(condition.task, flags.episodes, np.random.default_rng([flags.seed, k]))


def evaluate(
    agent: SupervisedAgent | SupervisedLearner,
    conditions: Sequence[Condition],
    flags: Evaluation,
    progress: Progress,
    drawn: Iterable[Iterable[SequenceBatch]] | None = None,
) -> list[Found]:
    """The score of an agent under each condition.

    Args:
        agent: to evaluate.
        conditions: the rows of the table.
        flags: how many sequences, whether memories grow.
        progress: called with a word and the share done.
        drawn: the batches of each condition; None: fresh ones.
    """
    found = []
    batches = draw_conditions(conditions, flags) if drawn is None else drawn
    for k, (condition, own) in enumerate(zip(conditions, batches, strict=True)):
        progress(condition.name, k / len(conditions))
        core = agent.network.core
        before = core.memory_size
        memory = grown(before, condition.vectors) if flags.grow_memory else before
        room = nullcontext() if memory is None or memory == before else resized(core, memory)
        with room:
            found.append(Found(condition, memory, score(agent.network, agent.target, own, agent.device)))
    return found
