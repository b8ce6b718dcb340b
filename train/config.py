"""Configuration of a run as frozen dataclasses, and one constant per set of settings.

The command line's flags are made from these fields; the run directory keeps them as JSON.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from dataclasses import dataclass, field, replace
from typing import Any, Literal


@dataclass(frozen=True)
class WorldConfig:
    """The environment."""

    board_size: int = 3
    """S; the board has S x S squares."""
    extra_moves: int = 6
    """Moves allowed beyond the minimum."""
    constraint_reward: float = 1.0
    """Reward for each constraint of the chosen goal that holds, at every acting step."""
    invalid_move_cost: float = 0.1
    """Cost of a move from an empty or to a full column."""
    undo_penalty: float = 1.0
    """Cost of undoing a goal that was satisfied."""


@dataclass(frozen=True)
class AgentConfig:
    """The networks."""

    core: Literal["dnc", "lstm"] = "dnc"
    """Recurrent core."""
    shared_core: bool = False
    """One core for policy and value instead of the paper's two."""
    hidden_size: int = 128
    """Units per controller layer."""
    num_layers: int = 1
    """Controller layers."""
    memory_size: int = 32
    """Locations N."""
    word_size: int = 32
    """Width W of a location."""
    read_heads: int = 2
    """Read heads R."""
    backend: str = "auto"
    """DNC implementation."""
    masked_lookup: bool = False
    """Content lookups under a learned mask."""
    erase_on_deallocation: bool = False
    """Wipe locations that the free gates release."""
    interface_norm: bool = False
    """LayerNorm on the interface vector."""
    interface_skip: bool = False
    """The interface sees the input beside the controller's output."""
    reads_skip: bool = False
    """The interface sees the previous reads as well."""
    sparse_links: int | None = None
    """Keep only the K largest weights in the temporal links."""
    tied_key_init: bool = False
    """Keys start with the weights of the write vector."""
    write_gate_bias: float | None = None
    """Initial bias of the write gate. With all five of these None, the interface has no bias (the paper)."""
    allocation_gate_bias: float | None = None
    """Initial bias of the allocation gate."""
    free_gate_bias: float | None = None
    """Initial bias of the free gates."""
    read_strength_bias: float | None = None
    """Initial bias of the read strengths."""
    content_mode_bias: float | None = None
    """Initial bias of the content read mode."""
    head_sizes: tuple[int, ...] = ()
    """Hidden layers of the policy and value heads; empty is a linear readout."""
    head_sees_observation: bool = False
    """Heads see the observation beside the core's output; not beside a graph network, which sees it."""
    relational_width: int = 0
    """Width of a graph network over blocks that the heads see; 0: none."""
    relational_rounds: int = 3
    """Rounds in which its nodes hear from each other."""
    relational_hidden: int = 0
    """Units of a hidden layer in reading out what is wanted; 0: linear."""
    core_sees_board: bool = True
    """Whether the cores see the board, or goals and cue alone."""
    conjunctions: bool = False
    """The cores see a unit for each fact that can be told, beside its symbols."""
    name_keys: bool = False
    """Words start as copies of what is told, read keys as copies of a goal's name."""
    input_gain: float = 1.0
    """Factor of the controller's initial weights on its input; what few one-hot inputs are on wants more than 1."""
    forget_bias: float = 0.0
    """Initial bias of the controller's forget gates."""
    hold_cue: bool = False
    """The heads see what the core made of the moment of the cue, beside what it makes of the present."""
    previous_action: bool = False
    """Cores see the previous action."""


@dataclass(frozen=True)
class LearnConfig:
    """The learning algorithm."""

    optimizer: Literal["adam", "rmsprop"] = "adam"
    """Optimizer; the paper's is RMSProp."""
    learning_rate: float = 1e-3
    """Step size."""
    core_lr_scale: float = 1.0
    """Step size of the cores as a share of it."""
    episodes_per_batch: int = 64
    """Episodes per update."""
    n_epochs: int = 1
    """Passes over a batch; above 1 with PPO's clipped ratio."""
    minibatch_episodes: int | None = None
    """Episodes per gradient step; None: the whole batch."""
    clip_range: float = 0.2
    """PPO's clip range."""
    gamma: float = 1.0
    """Discount per step."""
    gae_lambda: float = 0.75
    """Lambda of the advantage estimator."""
    ent_coef: float = 0.05
    """Weight of the entropy bonus, per nat."""
    vf_coef: float = 0.5
    """Weight of the value loss."""
    reward_scale: float = 1.0
    """Rewards are multiplied by it before learning."""
    normalize_advantage: bool = True
    """Scale advantages to mean 0, deviation 1 in every batch."""
    max_grad_norm: float | None = 1.0
    """Clip of the gradient norm."""
    recall: float = 0.1
    """Weight of the auxiliary loss that asks, at the cue, for the cued goal's constraints; 0 turns it off."""
    fork: bool = False
    """Act out every goal of a description in training, not one."""


@dataclass(frozen=True)
class CurriculumConfig:
    """The path through the lessons."""

    lesson: int = 1
    """First lesson, 1 to 26."""
    earlier: float = 0.1
    """Share of training episodes from earlier lessons."""
    gate_satisfied: float = 0.85
    """Share of constraints that must hold at the end, on average, to complete a lesson."""
    gate_episodes: int = 160
    """Evaluation episodes of that average."""
    gate_every: int = 100
    """Updates between two checks."""


@dataclass(frozen=True)
class RunConfig:
    """Everything that defines a run; kept in its directory and never changed on resume."""

    world: WorldConfig = field(default_factory=WorldConfig)
    agent: AgentConfig = field(default_factory=AgentConfig)
    learn: LearnConfig = field(default_factory=LearnConfig)
    curriculum: CurriculumConfig = field(default_factory=CurriculumConfig)
    seed: int = 0
    """Seed of weights, actions and puzzles."""
    threads: int = 1
    """CPU threads; another number gives other rounding, hence another run."""
    device: str = "cpu"
    """cpu or cuda."""
    branch: str | None = None
    """Run or checkpoint that this run begins with instead of fresh weights in the first lesson; settings that
    are not given are those of that run."""


#: What `shrdlu train` uses: what docs/results/mini_shrdlu.md found to get furthest.
DEFAULT = RunConfig(
    agent=AgentConfig(
        shared_core=True,
        memory_size=64,
        word_size=176,
        interface_skip=True,
        reads_skip=True,
        write_gate_bias=2.0,
        allocation_gate_bias=2.0,
        free_gate_bias=-2.0,
        read_strength_bias=16.0,
        content_mode_bias=4.0,
        head_sizes=(128,),
        relational_width=64,
        core_sees_board=False,
        conjunctions=True,
        name_keys=True,
        forget_bias=3.0,
        hold_cue=True,
    ),
    learn=LearnConfig(
        learning_rate=6e-3, core_lr_scale=0.1, episodes_per_batch=128, ent_coef=0.05, recall=0.0, fork=True
    ),
    curriculum=CurriculumConfig(gate_every=50),
    threads=1,
)

#: The paper's column for Mini-SHRDLU: slow, but the reference.
PAPER = RunConfig(
    agent=AgentConfig(hidden_size=250, num_layers=2, memory_size=32, word_size=100, read_heads=3),
    learn=LearnConfig(
        optimizer="rmsprop",
        learning_rate=3e-5,
        episodes_per_batch=32,
        gae_lambda=0.75,
        ent_coef=0.5,
        normalize_advantage=False,
        max_grad_norm=None,
        recall=0.0,
    ),
    curriculum=CurriculumConfig(gate_every=400),
)

#: A controller without a memory, otherwise like the default.
LSTM_BASELINE = replace(DEFAULT, agent=replace(DEFAULT.agent, core="lstm", hidden_size=402))

#: Settings of earlier releases that changed nothing about a run's numbers; old runs may hold them.
RETIRED = ("world_backend",)

PRESETS: dict[str, RunConfig] = {"default": DEFAULT, "paper": PAPER, "lstm": LSTM_BASELINE}


def to_json(config: Any) -> dict[str, Any]:
    """A (nested) configuration as plain JSON."""
    return dataclasses.asdict(config)


def from_json(cls: type[Any], data: Any, where: str = "") -> Any:
    """A configuration of class `cls` from JSON; fields that are missing keep their defaults.

    Raises:
        ValueError: naming an unknown field or a value of the wrong type.
    """
    if not isinstance(data, dict):
        raise ValueError(f"{where or 'config'}: expected an object, got {data!r}")
    types_of = typing.get_type_hints(cls)
    data = {name: value for name, value in data.items() if where + name not in RETIRED}
    unknown = data.keys() - types_of.keys()
    if unknown:
        raise ValueError(f"unknown setting {where}{sorted(unknown)[0]}")
    values = {}
    for name, value in data.items():
        hint = types_of[name]
        if dataclasses.is_dataclass(hint):
            values[name] = from_json(hint, value, f"{where}{name}.")  # type: ignore[arg-type]
        else:
            values[name] = _checked(value, hint, where + name)
    return cls(**values)


def _checked(value: Any, hint: Any, name: str) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        if value is None:
            return None
        hint = next(argument for argument in arguments if argument is not type(None))
        return _checked(value, hint, name)
    if origin is Literal:
        fits = value in arguments
    elif origin is tuple:
        value = tuple(value) if isinstance(value, list) else value
        fits = isinstance(value, tuple) and all(isinstance(item, arguments[0]) for item in value)
    elif hint is float:
        fits = isinstance(value, int | float) and not isinstance(value, bool)
        value = float(value) if fits else value
    else:
        fits = isinstance(value, hint) and (hint is bool or not isinstance(value, bool))
    if not fits:
        raise ValueError(f"setting {name}={value!r} does not fit {hint}")
    return value


def differences(saved: Any, asked: Any, prefix: str = "") -> list[str]:
    """Settings in which two configurations of one class differ, as 'name: saved -> asked'."""
    found = []
    for entry in dataclasses.fields(saved):
        old, new = getattr(saved, entry.name), getattr(asked, entry.name)
        if dataclasses.is_dataclass(old):
            found += differences(old, new, f"{prefix}{entry.name}.")
        elif old != new:
            found.append(f"{prefix}{entry.name}: {old!r} -> {new!r}")
    return found
