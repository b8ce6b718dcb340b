"""Settings of navigation: configuration, presets, flags of evaluation and play.

`helped` has a planner over its memory put in by hand and words that start as copies of what is described; `plain` is
the paper's network from random weights.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

from train.settings import Config, Curriculum, History, Seed, Within

LESSONS = 12

Units = Annotated[int, Within(1, 8192)]
Lesson = Annotated[int, Within(1, LESSONS)]


@dataclass(frozen=True)
class WorldConfig:
    """The environment."""

    planning_steps: Annotated[int, Within(0, 10_000)] = 10
    """Empty steps between question and walk."""
    extra_moves: Annotated[int, Within(0, 10_000)] = 6
    """Moves allowed past the length of the shortest path."""
    slots: Annotated[int, Within(1, 32)] = 12
    """Leaving edges that an observation can show."""


@dataclass(frozen=True)
class AgentConfig:
    """The networks. A memory has as many locations as the largest graph of the lesson has edges, and a few."""

    core: Literal["dnc", "lstm", "gru", "ntm"] = "dnc"
    """Recurrent core."""
    shared_core: bool = True
    """One core for policy and value instead of the paper's two."""
    hidden_size: Units = 64
    """Units per controller layer."""
    num_layers: Annotated[int, Within(1, 16)] = 1
    """Controller layers."""
    word_size: Annotated[int, Within(1, 4096)] = 90
    """Width W of a location."""
    read_heads: Annotated[int, Within(1, 64)] = 2
    """Read heads R."""
    controller: Literal["lstm", "feedforward"] = "lstm"
    """Whether the controller of a DNC remembers anything itself."""
    temporal_links: bool = False
    """Reading goes on from location to location in the order written."""
    gate_biases: bool = True
    """Memory starts in use: gates open for writing to free locations, closed for forgetting."""
    copied_words: bool = True
    """What is written starts as a copy of the triple that is described; nothing is written of the question."""
    planner: bool = True
    """The logits come from a planner over the memory (`dnc_agent.networks.planner`) instead of a linear layer."""
    sweeps: Annotated[int, Within(1, 100)] = 6
    """Of this planner: how often values are passed on from edge to edge."""
    input_gain: Annotated[float, Within(0, 1000, above=True)] = 1.0
    """Factor of the controller's initial weights on its input, of which few are on."""
    forget_bias: Annotated[float, Within(-20, 20)] = 3.0
    """Initial bias of the controller's forget gates."""


@dataclass(frozen=True)
class LearnConfig:
    """The learning algorithm."""

    learning_rate: Annotated[float, Within(0, 1, above=True)] = 1e-2
    """Step size (Adam)."""
    core_lr_scale: Annotated[float, Within(0, 100)] = 0.03
    """Step size of the cores as a share of it; a planner is no part of its core here."""
    episodes_per_batch: Annotated[int, Within(1, 65_536)] = 64
    """Episodes per update."""
    gamma: Annotated[float, Within(0, 1)] = 1.0
    """Discount per step."""
    gae_lambda: Annotated[float, Within(0, 1)] = 0.75
    """Lambda of the advantage estimator."""
    ent_coef: Annotated[float, Within(0, 100)] = 0.01
    """Weight of the entropy bonus, per nat."""
    vf_coef: Annotated[float, Within(0, 100)] = 0.5
    """Weight of the value loss."""
    normalize_advantage: bool = True
    """Scale advantages to mean 0, deviation 1 in every batch."""
    max_grad_norm: Annotated[float, Within(0, 1e6, above=True)] | None = 1.0
    """Clip of the gradient norm; None: off."""


@dataclass(frozen=True)
class NavigationConfig(Config):
    """A run of navigation."""

    curriculum: Curriculum = field(default_factory=lambda: Curriculum(gate_score=0.9, gate_every=20))
    world: WorldConfig = field(default_factory=WorldConfig)
    agent: AgentConfig = field(default_factory=AgentConfig)
    learn: LearnConfig = field(default_factory=LearnConfig)


#: One core, linear readouts and an input gain, otherwise the paper's network.
PLAIN = AgentConfig(
    hidden_size=128,
    word_size=64,
    read_heads=4,
    temporal_links=True,
    copied_words=False,
    planner=False,
    input_gain=8.0,
    forget_bias=0.0,
)

HISTORY = History(later={"agent.controller": "lstm"})

PRESETS: dict[str, NavigationConfig] = {
    "helped": NavigationConfig(),
    "plain": NavigationConfig(agent=PLAIN, learn=LearnConfig(learning_rate=1e-3, core_lr_scale=1.0)),
    # A controller without a memory and with as many parameters as `helped`, otherwise like `plain`.
    "lstm": NavigationConfig(
        agent=replace(PLAIN, core="lstm", hidden_size=75),
        learn=LearnConfig(learning_rate=1e-3, core_lr_scale=1.0),
    ),
}


@dataclass(frozen=True)
class Watching:
    """Where it walks: random graphs of the lesson, or a given graph."""

    graph: str | None = None
    """CSV file of a graph (from,line,dir,to or from,label,to), or family-tree; None: random graphs of a lesson."""
    paths: Annotated[int, Within(1, 100)] = 4
    """Edges of every path on a given graph."""


@dataclass(frozen=True)
class Evaluation(Watching):
    """What is evaluated: random graphs of a lesson or of another size, or a given graph."""

    lesson: Lesson | None = None
    """Lesson of the random graphs; None: the last."""
    nodes: Annotated[int, Within(10, 1000)] | None = None
    """Nodes of random graphs that are as the lesson's otherwise; None: as many as the lesson says."""
    episodes: Annotated[int, Within(1, 1_000_000)] = 1000
    """Fresh episodes."""
    seed: Seed = 0
    """Seed of the episodes."""


@dataclass(frozen=True)
class Play:
    """What is played."""

    lesson: Lesson = 1
    """Lesson of the graphs."""
