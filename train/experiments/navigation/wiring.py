"""The agent that learns navigation: settings to columns of one observation, networks and learner."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import torch

from dnc_agent import EpisodicActorCritic
from shrdlu_env.graphs.coding import LABEL_WIDTH, TRANSITION, TRIPLE_WIDTH, WIDTH
from train.building import check_device, core_options
from train.errors import UsageError
from train.experiments.navigation.settings import AgentConfig, NavigationConfig
from train.experiments.navigation.worlds import locations, make_world

#: Initial biases of the interface with `gate_biases`: write, to free locations, and keep; read sharply.
GATE_BIASES = {"write_gate": 4.0, "allocation_gate": 6.0, "free_gates": -4.0, "read_strengths": 16.0}
LABELS = TRIPLE_WIDTH // LABEL_WIDTH
#: Of the three labels of a triple, the one that a slot shows.
EDGE_LABEL = 1


def policy_arguments(config: NavigationConfig) -> dict[str, Any]:
    """The `policy_kwargs` of `EpisodicActorCritic` for these settings."""
    agent, slots = config.agent, config.world.slots
    core = core_options(agent, config)
    if agent.core in ("dnc", "ntm"):
        core["memory_size"] = locations(config.curriculum.first)
    if agent.core == "dnc":
        core["interface_skip"] = agent.copied_words
        core["interface_bias"] = dict(GATE_BIASES) if agent.gate_biases else None
    planner = {
        "cue": TRANSITION,
        "labels": (LABELS, LABEL_WIDTH),
        "slots": (WIDTH, slots),
        "slot_label": EDGE_LABEL,
        "sweeps": agent.sweeps,
    }
    return {
        "core": agent.core,
        "core_kwargs": core,
        "shared_core": agent.shared_core,
        # A planner looks at the slots itself.
        "core_columns": WIDTH if agent.planner else None,
        "names": (TRIPLE_WIDTH, WIDTH, TRANSITION) if agent.copied_words else None,
        "planner": planner if agent.planner else None,
        "mask_actions": True,
        "optimizer_class": torch.optim.Adam,
        "core_lr_scale": config.learn.core_lr_scale,
    }


def check(agent: AgentConfig, device: str) -> None:
    """Refuse settings that do not go together or do not fit this machine.

    Raises:
        UsageError: naming them.
    """
    if agent.planner and (agent.core != "dnc" or not agent.copied_words or not agent.shared_core):
        raise UsageError("planner=True goes with core=dnc, copied_words=True and shared_core=True")
    if agent.copied_words and (agent.core != "dnc" or agent.word_size < TRIPLE_WIDTH):
        raise UsageError(f"copied_words=True goes with core=dnc and word_size of at least {TRIPLE_WIDTH}")
    check_device(device)


def build(config: NavigationConfig) -> EpisodicActorCritic:
    """A fresh agent in its training environment.

    Raises:
        ValueError: if a setting is out of range.
    """
    check(config.agent, config.device)
    torch.set_num_threads(config.threads)
    learn = asdict(config.learn)
    learn.pop("core_lr_scale")
    curriculum = config.curriculum
    world = make_world(
        config.world, config.learn.episodes_per_batch, lesson=curriculum.first, earlier=curriculum.earlier
    )
    return EpisodicActorCritic(
        "LSTMPolicy" if config.agent.core == "lstm" else "DNCPolicy",
        world,
        policy_kwargs=policy_arguments(config),
        seed=config.seed,
        device=config.device,
        **learn,
    )


def set_lesson(learner: EpisodicActorCritic, lesson: int, earlier: float) -> None:
    """Draw from another lesson from the next batch on; a memory gets room for its graphs."""
    assert learner.env is not None
    learner.env.env_method("set_lesson", lesson, earlier)
    for core in learner.policy.cores:
        if core.memory_size is not None:
            core.resize(locations(lesson))
