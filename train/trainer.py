"""One training session: build or resume a run, train until a limit, leave a checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import torch
from stable_baselines3.common.logger import Logger, make_output_format

from dnc_agent import EpisodicActorCritic
from dnc_agent.checkpoint import resolve
from shrdlu_env.blocks.layout import Layout
from train.callbacks import RunCallback, RunState, StopRequest
from train.config import AgentConfig, LearnConfig, RunConfig
from train.errors import UsageError
from train.experiments.mini_shrdlu.forking import ForkedSource
from train.experiments.mini_shrdlu.recall import RecallTask
from train.experiments.mini_shrdlu.worlds import make_world
from train.rundir import LESSONS_TABLE, RunDirectory, write_text

OPTIMIZERS: dict[str, type[torch.optim.Optimizer]] = {
    "adam": torch.optim.Adam,
    "rmsprop": torch.optim.RMSprop,
}
#: Arguments of the DNC core among the settings of the agent.
DNC_SETTINGS = (
    "memory_size",
    "word_size",
    "read_heads",
    "backend",
    "masked_lookup",
    "erase_on_deallocation",
    "interface_norm",
    "interface_skip",
    "reads_skip",
    "sparse_links",
    "tied_key_init",
)
#: Settings of the agent that are initial biases, and the fields of the interface that they belong to.
BIAS_SETTINGS = {
    "write_gate_bias": "write_gate",
    "allocation_gate_bias": "allocation_gate",
    "free_gate_bias": "free_gates",
    "read_strength_bias": "read_strengths",
    "content_mode_bias": "read_modes",
}


def policy_arguments(config: AgentConfig, learn: LearnConfig, layout: Layout) -> dict[str, Any]:
    """The `policy_kwargs` of `EpisodicActorCritic` for these settings and observations."""
    settings = asdict(config)
    core: dict[str, Any] = {"hidden_size": config.hidden_size, "num_layers": config.num_layers}
    core["forget_bias"] = config.forget_bias
    if config.core == "dnc":
        core |= {name: settings[name] for name in DNC_SETTINGS}
        biases = {
            field: settings[name] for name, field in BIAS_SETTINGS.items() if settings[name] is not None
        }
        if "read_modes" in biases:
            biases["read_modes"] = [0.0, biases["read_modes"], 0.0]
        if biases:
            core["interface_bias"] = biases
    names = config.name_keys and config.core == "dnc"
    told = [(part.start, part.stop) for part in (layout.first, layout.relation, layout.second)]
    return {
        "core": config.core,
        "core_kwargs": core,
        "shared_core": config.shared_core,
        "head_sizes": tuple(config.head_sizes),
        "relational": relational_arguments(config, layout) if config.relational_width else None,
        "core_columns": None if config.core_sees_board else layout.go.stop,
        "conjunctions": told if config.conjunctions else (),
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
        "rounds": config.relational_rounds,
        "hidden": config.relational_hidden,
    }


def check(config: RunConfig) -> None:
    """Refuse what neither the agent nor the environment would refuse before training begins.

    Raises:
        UsageError: naming the setting that is out of range.
    """
    rules = config.curriculum
    counts = {"threads": config.threads, "gate_every": rules.gate_every, "gate_episodes": rules.gate_episodes}
    for name, value in counts.items():
        if value < 1:
            raise UsageError(f"{name}={value!r}; it must be at least 1")
    if not 0 <= rules.gate_satisfied <= 1:
        raise UsageError(f"gate_satisfied={rules.gate_satisfied!r}; it must lie in [0, 1]")
    if not config.learn.recall >= 0:
        raise UsageError(f"recall={config.learn.recall!r}; it must be at least 0")
    if config.world.board_size == 2:
        raise UsageError("board_size=2; the lessons go up to 6 blocks, which need a board of at least 3")
    if config.agent.name_keys and config.agent.core_sees_board:
        raise UsageError("name_keys=True goes with --no-core-sees-board: boards are no symbols")
    if config.learn.fork and (config.learn.minibatch_episodes is not None or config.agent.previous_action):
        raise UsageError("fork=True goes with neither minibatch_episodes nor previous_action; use --no-fork")
    try:
        device = torch.device(config.device)
    except RuntimeError:
        raise UsageError(f"device={config.device!r}; allowed are cpu and cuda") from None
    if device.type == "cuda" and not torch.cuda.is_available():
        raise UsageError(f"device={config.device!r}; this installation of PyTorch finds no GPU")


def make_source(config: RunConfig) -> Callable[[Any], Any] | None:
    """What makes the source of training episodes; None: ordinary episodes of the environment."""
    return partial(ForkedSource, device=config.device) if config.learn.fork else None


def build(config: RunConfig) -> EpisodicActorCritic:
    """A fresh agent in its training environment.

    Raises:
        ValueError: if a setting is out of range.
    """
    check(config)
    torch.set_num_threads(config.threads)
    learn = asdict(config.learn)
    recall = learn.pop("recall")
    for elsewhere in ("optimizer", "core_lr_scale", "fork"):
        learn.pop(elsewhere)
    world = make_world(
        config.world,
        config.learn.episodes_per_batch,
        lesson=config.curriculum.lesson,
        earlier=config.curriculum.earlier,
    )
    layout = world.get_attr("layout", 0)[0]
    return EpisodicActorCritic(
        "DNCPolicy" if config.agent.core == "dnc" else "LSTMPolicy",
        world,
        source=make_source(config),
        auxiliary=RecallTask(layout) if recall else None,
        auxiliary_coef=recall,
        policy_kwargs=policy_arguments(config.agent, config.learn, layout),
        seed=config.seed,
        device=config.device,
        **learn,
    )


def train(
    agent: EpisodicActorCritic,
    directory: RunDirectory,
    config: RunConfig,
    *,
    minutes: float | None,
    until_lesson: int | None = None,
    max_episodes: int | None = None,
    quiet: bool = False,
    stop: StopRequest | None = None,
) -> tuple[RunState, str]:
    """Train a run, new or resumed, until the first limit.

    Args:
        agent: fresh, from `build`; a checkpoint in the directory is loaded into it.
        directory: opened and locked for this configuration.
        config: of the run.
        minutes: of training in this session; None: no limit.
        until_lesson: stop once this lesson is complete.
        max_episodes: stop once the run has seen this many.
        quiet: no progress bar.
        stop: looked at after every update.

    Returns:
        `(where the run stands, why it stopped)`.

    Raises:
        ValueError: if the checkpoint is damaged or does not fit.
    """
    state, world_rng = RunState(lesson=config.curriculum.lesson), None
    begin = where_to_begin(directory, config)
    if begin is not None:
        state, world_rng = go_on_from(agent, begin, config)
        table = begin.with_name(LESSONS_TABLE)
        if begin != directory.checkpoint and table.exists():
            write_text(directory.path / LESSONS_TABLE, table.read_text("utf-8"))
    state.sessions += 1
    agent.set_logger(_logger(directory, state.sessions))
    callback = RunCallback(
        directory,
        config,
        state,
        world_rng=world_rng,
        minutes=minutes,
        until_lesson=until_lesson,
        max_episodes=max_episodes,
        stop=stop or StopRequest(),
        quiet=quiet,
    )
    if until_lesson is not None and state.completed >= until_lesson:
        callback.stop_reason = f"lesson {until_lesson} is complete"
    # The reset of `learn` is forced only in a new run; `RunCallback` then restores the generator.
    try:
        agent.learn(10**12, callback, log_interval=10, reset_num_timesteps=not agent.num_timesteps)
    finally:
        callback.close()
        agent.logger.close()
    return state, callback.stop_reason


def where_to_begin(directory: RunDirectory, config: RunConfig) -> Path | None:
    """The checkpoint to go on from: the run's own, or that of the run it branches off; None: a fresh start.

    Raises:
        FileNotFoundError: if there is nothing to branch off.
    """
    if directory.checkpoint.exists():
        return directory.checkpoint
    return None if config.branch is None else resolve(config.branch)


def go_on_from(
    agent: EpisodicActorCritic, checkpoint: Path, config: RunConfig
) -> tuple[RunState, dict[str, Any]]:
    """Load a run's checkpoint into a fresh agent.

    Returns:
        `(where that run stood, the state of its environment's generator)`.

    Raises:
        ValueError: if it is damaged, of another shape, or not of a run.
    """
    extra = agent.restore(checkpoint)
    try:
        state, world_rng = RunState(**extra["run"]), extra["world_rng"]
    except (KeyError, TypeError, AttributeError):
        raise UsageError(f"{checkpoint} is an agent without a run; it cannot be resumed") from None
    agent.env.env_method("set_lesson", state.lesson, config.curriculum.earlier)  # type: ignore[union-attr]
    return state, world_rng


def _logger(directory: RunDirectory, session: int) -> Logger:
    # A file per session: stable-baselines3 truncates a CSV file that it opens.
    folder = str(directory.logs)
    formats = [make_output_format(name, folder, f"-{session}") for name in ("csv", "tensorboard")]
    return Logger(folder, formats)
