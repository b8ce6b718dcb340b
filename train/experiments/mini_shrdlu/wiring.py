"""The agent that learns Mini-SHRDLU: settings to columns of one observation, networks and learner."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Any

import torch

from dnc_agent import EpisodicActorCritic
from shrdlu_env.blocks.layout import Layout
from train.building import check_device, core_options
from train.errors import UsageError
from train.experiments.mini_shrdlu.forking import ForkedSource
from train.experiments.mini_shrdlu.settings import AgentConfig, MiniShrdluConfig
from train.experiments.mini_shrdlu.worlds import make_world

OPTIMIZERS: dict[str, type[torch.optim.Optimizer]] = {
    "adam": torch.optim.Adam,
    "rmsprop": torch.optim.RMSprop,
}
#: Initial biases of the interface with `gate_biases`: write, allocate, keep; read sharply and by content.
GATE_BIASES = {
    "write_gate": 2.0,
    "allocation_gate": 2.0,
    "free_gates": -2.0,
    "read_strengths": 16.0,
    "read_modes": [0.0, 4.0, 0.0],
}


def policy_arguments(run: MiniShrdluConfig, layout: Layout) -> dict[str, Any]:
    """The `policy_kwargs` of `EpisodicActorCritic` for these settings and observations."""
    config, learn = run.agent, run.learn
    core = core_options(config, run)
    if config.core == "dnc" and config.gate_biases:
        core["interface_bias"] = dict(GATE_BIASES)
    names = config.name_keys and config.core == "dnc"
    fact = [(part.start, part.stop) for part in (layout.first, layout.relation, layout.second)]
    return {
        "core": config.core,
        "core_kwargs": core,
        "shared_core": config.shared_core,
        "head_sizes": tuple(config.head_sizes),
        "relational": relational_arguments(config, layout) if config.relational_width else None,
        "core_columns": None if config.core_sees_board else layout.go.stop,
        "conjunctions": fact if config.conjunctions else (),
        "names": (layout.goal.stop, layout.go.stop, layout.go.start) if names else None,
        "hold_at": layout.go.start if config.hold_cue else None,
        "optimizer_class": OPTIMIZERS[learn.optimizer],
        "core_lr_scale": learn.core_lr_scale,
    }


def relational_arguments(config: AgentConfig, layout: Layout) -> dict[str, Any]:
    """Blocks as entities on squares, related by "on top of" and "left of"."""
    size = layout.board_size
    squares = range(size * size)
    return {
        "start": layout.board.start,
        "places": size * size,
        "entities": layout.blocks,
        "neighbours": [
            [[square, square - size] for square in squares if square >= size],
            [[square, square + 1] for square in squares if (square + 1) % size],
        ],
        "width": config.relational_width,
    }


def check(config: MiniShrdluConfig) -> None:
    """Refuse settings that do not go together or do not fit this machine.

    Raises:
        UsageError: naming them.
    """
    agent, learn = config.agent, config.learn
    if agent.name_keys and agent.core_sees_board:
        raise UsageError("name_keys=True goes with --no-core-sees-board: boards are no symbols")
    if learn.fork and learn.minibatch_episodes is not None:
        raise UsageError("fork=True does not go with minibatch_episodes; use --no-fork")
    if agent.core == "dnc" and agent.sparse_links is None:
        links = 4 * agent.memory_size**2 * learn.episodes_per_batch
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        if config.device == "cpu" and links > memory:
            raise UsageError(
                f"memory_size={agent.memory_size!r} with episodes_per_batch={learn.episodes_per_batch!r}: the links "
                f"between locations need {links / 2**30:.0f} GiB, this machine has {memory / 2**30:.0f}; "
                "take fewer, or --sparse-links 8"
            )
    check_device(config.device)


def make_source(config: MiniShrdluConfig) -> Callable[[Any], Any] | None:
    """What makes the source of training episodes; None: ordinary episodes of the environment."""
    return partial(ForkedSource, device=config.device) if config.learn.fork else None


def build(config: MiniShrdluConfig) -> EpisodicActorCritic:
    """A fresh agent in its training environment.

    Raises:
        ValueError: if a setting is out of range.
    """
    check(config)
    torch.set_num_threads(config.threads)
    learn = asdict(config.learn)
    for elsewhere in ("optimizer", "core_lr_scale", "fork"):
        learn.pop(elsewhere)
    world = make_world(
        config.world,
        config.learn.episodes_per_batch,
        lesson=config.curriculum.first,
        earlier=config.curriculum.earlier,
    )
    layout = world.get_attr("layout", 0)[0]
    return EpisodicActorCritic(
        "LSTMPolicy" if config.agent.core == "lstm" else "DNCPolicy",
        world,
        source=make_source(config),
        policy_kwargs=policy_arguments(config, layout),
        seed=config.seed,
        device=config.device,
        **learn,
    )
