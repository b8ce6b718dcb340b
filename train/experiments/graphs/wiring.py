"""From a configuration of a graph task to its learner, and from a checkpoint to its agent."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from dnc_agent.cores.dnc.core import DNC
from dnc_agent.networks.answering_core import AnsweringCore
from dnc_agent.supervised import (
    Categories,
    NetworkDescription,
    Schedule,
    SupervisedAgent,
    SupervisedLearner,
    SupervisedSettings,
)
from shrdlu_env.graphs.arrays import SHORTEST_PATH
from shrdlu_env.graphs.coding import DIGITS, WIDTH
from train.building import core_options, prepare
from train.errors import UsageError
from train.experiments.graphs import helping
from train.experiments.graphs.settings import FoundCore, GraphConfig, PathTask, WalkCore, task_of
from train.experiments.graphs.sources import PathSource, SequenceSource


def build(task: int, config: GraphConfig) -> SupervisedLearner:
    """A fresh learner of a task of `shrdlu_env.graphs.arrays`.

    Raises:
        ValueError: naming the setting that is out of range.
    """
    prepare(config)
    settings = task_of(config)
    walks = isinstance(config.core, WalkCore) and config.core.walk_weights
    files = isinstance(config.core, FoundCore) and config.core.finder
    if (walks or files) and config.core.core != "dnc":
        name = "walk_weights" if walks else "finder"
        raise UsageError(f"{name} with core={config.core.core!r}; only a dnc can start so")
    source = PathSource(config, task) if task == SHORTEST_PATH else SequenceSource(config, task)
    options = core_options(config.core, config)
    if walks or files:
        options |= helping.OPTIONS if walks else helping.FILING_OPTIONS
    learner = SupervisedLearner(
        NetworkDescription(
            WIDTH,
            Categories([10] * DIGITS),
            config.core.core,
            options,
            finder=helping.finder(task) if files else None,
        ),
        source,
        SupervisedSettings(**asdict(config.learn)),
        teacher=Schedule(settings.teacher if isinstance(settings, PathTask) else 1.0),
        seed=config.seed,
        device=config.device,
    )
    core = learner.network.core
    if walks and isinstance(core, DNC):
        helping.start_walking(core)
    if files and isinstance(core, AnsweringCore):
        helping.start_filing(core.inner)
    return learner


def load(name: str, path: Path) -> SupervisedAgent:
    """A saved agent of a task.

    Raises:
        FileNotFoundError: if there is none.
        ValueError: if it is damaged or of another task.
    """
    agent = SupervisedAgent.load(path, device="cpu")
    found = agent.input_size, agent.target.answers
    if found != (WIDTH, DIGITS):
        raise UsageError(
            f"{path} has {found[0]} inputs and {found[1]} answers; {name} has {WIDTH} and {DIGITS}"
        )
    return agent
