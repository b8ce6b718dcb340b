"""From a configuration of question answering to its learner, and from a checkpoint to its agent."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import torch

from dnc_agent.cores import CORES
from dnc_agent.cores.dnc.core import DNC
from dnc_agent.supervised import (
    Categories,
    NetworkDescription,
    SupervisedAgent,
    SupervisedLearner,
    SupervisedSettings,
)
from shrdlu_env.text import WORDS
from train.building import core_options, prepare
from train.errors import UsageError
from train.experiments.babi import helping
from train.experiments.babi.corpus import make_corpus
from train.experiments.babi.settings import BabiConfig, LearnConfig
from train.experiments.babi.source import StorySource

#: Initial biases of the interface with `gate_biases`: write, allocate, keep, read sharply and by content.
GATE_BIASES = {"write_gate": 1.0, "allocation_gate": 2.0, "free_gates": -2.0, "read_strengths": 6.0}
CONTENT = [0.0, 2.0, 0.0]
#: Step size at the end of the decay, as a share of the first.
FINAL_RATE = 0.01


def options_of(run: BabiConfig) -> dict[str, Any]:
    """Those settings that the core has as options, and with `gate_biases` where its interface begins.

    Raises:
        UsageError: if there is no such core, or it cannot start with `sentence_weights`.
    """
    config = run.network
    options = core_options(config, run)
    if config.sentence_weights:
        if config.core != "dnc":
            raise UsageError(f"sentence_weights with core={config.core!r}; only a dnc can start so")
        on = [name for name in helping.WITHOUT if getattr(config, name)]
        if on:
            raise UsageError(
                f"sentence_weights with {on[0]}=True; it starts without, as in the preset sentences"
            )
        return options | helping.options(config.read_heads)
    if config.gate_biases and "interface_bias" in {
        field.name for field in fields(CORES[config.core].Options)
    }:
        modes = {"read_modes": CONTENT} if config.temporal_links else {}
        options["norm_bias" if config.interface_norm else "interface_bias"] = GATE_BIASES | modes
    return options


def learning(config: LearnConfig, rows: int) -> SupervisedSettings:
    """How it learns: a constant step size, then a decay over the last part of the updates."""
    decay = round(config.decay_share * config.updates)
    return SupervisedSettings(
        optimizer=config.optimizer,
        learning_rate=config.learning_rate,
        final_learning_rate=FINAL_RATE * config.learning_rate if decay else None,
        decay_updates=max(1, decay),
        decay_after=config.updates - decay,
        max_grad_norm=config.max_grad_norm,
        batch_size=rows,
        reemit_share=config.reemit_share,
    )


def build(config: BabiConfig) -> SupervisedLearner:
    """A fresh learner.

    Raises:
        ValueError: naming the setting that is out of range.
    """
    prepare(config)
    network, stories = config.network, config.stories
    description = NetworkDescription(
        len(WORDS), Categories([len(WORDS)]), network.core, options_of(config), network.dropout
    )
    source = StorySource(make_corpus(stories.data), stories, config.learn.updates)
    learner = SupervisedLearner(
        description, source, learning(config.learn, stories.rows), seed=config.seed, device=config.device
    )
    core = learner.network.core
    if network.sentence_weights and isinstance(core, DNC):
        helping.start_gathering(core, torch.Generator().manual_seed(config.seed + 1))
    return learner


def load(path: Path) -> SupervisedAgent:
    """A saved agent.

    Raises:
        FileNotFoundError: if there is none.
        ValueError: if it is damaged or of another task.
    """
    agent = SupervisedAgent.load(path, device="cpu")
    found = (agent.input_size, agent.target.logits)
    if found != (len(WORDS), len(WORDS)):
        raise UsageError(
            f"{path} has {found[0]} inputs and {found[1]} outputs; question answering has a vocabulary of "
            f"{len(WORDS)} words for both"
        )
    return agent
