"""Settings of Mini-SHRDLU: configuration, presets, flags of evaluation, how old configurations are read.

Defaults of the fields are the default preset: what docs/results/mini_shrdlu.md found to get furthest.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

from train.settings import Config, Curriculum, History, Seed, Within

#: Puzzles drawn at most for one column of the table; a rarer cell keeps the episodes found by then.
MAX_DRAWS = 200_000

Units = Annotated[int, Within(1, 8192)]


@dataclass(frozen=True)
class WorldConfig:
    """The environment."""

    board_size: Annotated[int, Within(3, 5)] = 3
    """S; the board has S x S squares."""
    extra_moves: Annotated[int, Within(0, 1000)] = 6
    """Moves allowed beyond the minimum."""


@dataclass(frozen=True)
class AgentConfig:
    """The networks."""

    core: Literal["dnc", "lstm", "gru", "ntm"] = "dnc"
    """Recurrent core."""
    shared_core: bool = True
    """One core for policy and value instead of the paper's two."""
    hidden_size: Units = 128
    """Units per controller layer."""
    num_layers: Annotated[int, Within(1, 16)] = 1
    """Controller layers."""
    memory_size: Annotated[int, Within(1, 65_536)] = 64
    """Locations N."""
    word_size: Annotated[int, Within(1, 4096)] = 176
    """Width W of a location."""
    read_heads: Annotated[int, Within(1, 64)] = 2
    """Read heads R."""
    controller: Literal["lstm", "feedforward"] = "lstm"
    """Whether the controller of a DNC remembers anything itself."""
    sparse_links: Annotated[int, Within(1, 65_536)] | None = None
    """Keep only the K largest weights in the temporal links; None: all."""
    interface_skip: bool = True
    """The interface sees the input beside the controller's output: facts are written as they are described."""
    reads_skip: bool = True
    """The interface sees the previous reads as well: what was read can be the key of the next read."""
    gate_biases: bool = True
    """Memory starts in use: gates open for writing to free locations, closed for forgetting; reads sharp and by
    content. Off: an interface without biases, the paper's."""
    head_sizes: tuple[Units, ...] = (128,)
    """Hidden layers of the policy and value heads; empty is a linear readout."""
    relational_width: Annotated[int, Within(0, 1024)] = 64
    """Width of the graph network over blocks that the heads see instead of features; 0: none."""
    core_sees_board: bool = False
    """Whether the cores see the board, or goals and cue alone."""
    conjunctions: bool = True
    """The cores see a unit for each fact that can be described, beside its symbols."""
    name_keys: bool = True
    """What is written starts as a copy of what is described, read keys as copies of a goal's name."""
    input_gain: Annotated[float, Within(0, 1000, above=True)] = 1.0
    """Factor of the controller's initial weights on its input; one-hot inputs of which few are on want more than 1."""
    forget_bias: Annotated[float, Within(-20, 20)] = 3.0
    """Initial bias of the controller's forget gates."""
    hold_cue: bool = True
    """The heads see what the core made of the moment of the cue, beside what it makes of the present."""


@dataclass(frozen=True)
class LearnConfig:
    """The learning algorithm."""

    optimizer: Literal["adam", "rmsprop"] = "adam"
    """Optimizer; the paper's is RMSProp."""
    learning_rate: Annotated[float, Within(0, 1, above=True)] = 6e-3
    """Step size."""
    core_lr_scale: Annotated[float, Within(0, 100)] = 0.1
    """Step size of the cores as a share of it; at 1 they forget early on how to find what they wrote."""
    episodes_per_batch: Annotated[int, Within(1, 65_536)] = 128
    """Episodes per update."""
    n_epochs: Annotated[int, Within(1, 100)] = 1
    """Passes over a batch; above 1 with PPO's clipped ratio."""
    minibatch_episodes: Annotated[int, Within(1, 65_536)] | None = None
    """Episodes per gradient step, with PPO's clipped ratio; None: the whole batch."""
    gamma: Annotated[float, Within(0, 1)] = 1.0
    """Discount per step."""
    gae_lambda: Annotated[float, Within(0, 1)] = 0.75
    """Lambda of the advantage estimator."""
    ent_coef: Annotated[float, Within(0, 100)] = 0.05
    """Weight of the entropy bonus, per nat."""
    vf_coef: Annotated[float, Within(0, 100)] = 0.5
    """Weight of the value loss."""
    normalize_advantage: bool = True
    """Scale advantages to mean 0, deviation 1 in every batch."""
    max_grad_norm: Annotated[float, Within(0, 1e6, above=True)] | None = 1.0
    """Clip of the gradient norm; None: off."""
    fork: bool = True
    """Act out every goal of a description in training, not one."""


#: Late lessons are passed at once: checks that come later hold the agent back.
OFTEN = Curriculum(gate_every=20)


@dataclass(frozen=True)
class MiniShrdluConfig(Config):
    """A run of Mini-SHRDLU."""

    curriculum: Curriculum = field(default_factory=lambda: OFTEN)
    world: WorldConfig = field(default_factory=WorldConfig)
    agent: AgentConfig = field(default_factory=AgentConfig)
    learn: LearnConfig = field(default_factory=LearnConfig)


#: Mini-SHRDLU's column in the paper's table of settings: slow, but the reference.
PAPER = MiniShrdluConfig(
    agent=AgentConfig(
        shared_core=False,
        hidden_size=250,
        num_layers=2,
        memory_size=32,
        word_size=100,
        read_heads=3,
        interface_skip=False,
        reads_skip=False,
        gate_biases=False,
        head_sizes=(),
        relational_width=0,
        core_sees_board=True,
        conjunctions=False,
        name_keys=False,
        forget_bias=0.0,
        hold_cue=False,
    ),
    learn=LearnConfig(
        optimizer="rmsprop",
        learning_rate=3e-5,
        core_lr_scale=1.0,
        episodes_per_batch=32,
        ent_coef=0.5,
        normalize_advantage=False,
        max_grad_norm=None,
        fork=False,
    ),
    curriculum=Curriculum(gate_every=400),
)

#: The paper's network with random initial weights and nothing that knows names, blocks or places: one core, an MLP as
#: heads, a controller without a state as in the paper's experiment on memory reuse, links that keep their 8 largest
#: weights. What is not the paper's is the optimiser with its numbers, the input gain and the interface's biases.
PLAIN = MiniShrdluConfig(
    agent=AgentConfig(
        hidden_size=192,
        num_layers=1,
        memory_size=32,
        word_size=96,
        read_heads=4,
        controller="feedforward",
        sparse_links=8,
        interface_skip=False,
        reads_skip=False,
        gate_biases=True,
        head_sizes=(128,),
        relational_width=0,
        core_sees_board=True,
        conjunctions=False,
        name_keys=False,
        input_gain=8.0,
        forget_bias=1.0,
        hold_cue=False,
    ),
    learn=LearnConfig(
        optimizer="adam",
        learning_rate=3e-3,
        core_lr_scale=1.0,
        episodes_per_batch=1024,
        ent_coef=0.05,
        normalize_advantage=True,
        max_grad_norm=1.0,
        fork=False,
    ),
    curriculum=Curriculum(gate_every=50),
)

PRESETS: dict[str, MiniShrdluConfig] = {
    "default": MiniShrdluConfig(),
    "paper": PAPER,
    "plain": PLAIN,
    # A controller without a memory and with as many parameters, otherwise like the default.
    "lstm": MiniShrdluConfig(agent=replace(AgentConfig(), core="lstm", hidden_size=402)),
}

#: Initial biases that one setting took the place of, in the order of `_BIASES`, which are on or off together.
_BIASES = ("write_gate", "allocation_gate", "free_gate", "read_strength", "content_mode")

HISTORY = History(
    retired={
        "world_backend": (),
        "agent.backend": (),
        "world.constraint_reward": (1.0,),
        "world.invalid_move_cost": (0.1,),
        "world.undo_penalty": (1.0,),
        "agent.masked_lookup": (False,),
        "agent.erase_on_deallocation": (False,),
        "agent.interface_norm": (False,),
        "agent.tied_key_init": (False,),
        "agent.head_sees_observation": (False,),
        "agent.relational_rounds": (3,),
        "agent.relational_hidden": (0,),
        "agent.previous_action": (False,),
        "learn.clip_range": (0.2,),
        "learn.reward_scale": (1.0,),
        "learn.recall": (0.0,),
    },
    renamed={"curriculum.gate_satisfied": "curriculum.gate_score"},
    added={
        "agent.reads_skip": False,
        "agent.relational_width": 0,
        "agent.core_sees_board": True,
        "agent.conjunctions": False,
        "agent.name_keys": False,
        "agent.forget_bias": 0.0,
        "agent.input_gain": 1.0,
        "agent.hold_cue": False,
        "agent.controller": "lstm",
        "learn.core_lr_scale": 1.0,
        "branch": None,
    },
    later={"agent.controller": "lstm"},
    merged={
        "agent.gate_biases": (
            tuple(f"agent.{name}_bias" for name in _BIASES),
            {(2.0, 2.0, -2.0, 16.0, 4.0): True, (None,) * 5: False},
        )
    },
)


@dataclass(frozen=True)
class Evaluation:
    """What is evaluated."""

    episodes: Annotated[int, Within(0, 100_000)] = 100
    """Episodes in each cell of the paper's table; 0: no table."""
    lesson_episodes: Annotated[int, Within(0, 100_000)] = 160
    """Episodes for each lesson; 0: no lessons."""
    last_lesson: Annotated[int, Within(1, 26)] = 26
    """Last of the lessons that are evaluated, from 1 on."""
    goals: Annotated[int, Within(1, 26)] = 10
    """Goals in each description of the table."""
    beyond: Annotated[int, Within(0, 100_000)] = 0
    """Episodes for each condition that training never had: more goals, more memory; 0: none."""
    max_draws: Annotated[int, Within(1, 100_000_000)] = MAX_DRAWS
    """Puzzles drawn at most in search of rare cells, for each column."""
    seed: Seed = 0
    """Seed of the puzzles."""


@dataclass(frozen=True)
class Play:
    """What is played."""

    lesson: Annotated[int, Within(1, 26)] = 1
    """Lesson of the puzzles."""
    board_size: Annotated[int, Within(3, 5)] = 3
    """S; the board has S x S squares."""
