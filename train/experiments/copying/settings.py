"""Settings of the sequence tasks: configurations, presets, flags of evaluation.

Defaults of the fields are the default preset of copy: a DNC that learns it on one CPU core in minutes.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Annotated, Any, Literal, TypeVar

from train.settings import Config, Curriculum, Seed, Within

Length = Annotated[int, Within(1, 10_000)]
Width = Annotated[int, Within(1, 1024)]
Units = Annotated[int, Within(1, 8192)]


@dataclass(frozen=True)
class CoreConfig:
    """The network: a core and a linear readout. A core that has no such option goes without."""

    core: str = "dnc"
    """Recurrent core, by its name in `dnc_agent.cores.CORES`."""
    hidden_size: Units = 64
    """Units per controller layer."""
    num_layers: Annotated[int, Within(1, 16)] = 1
    """Controller layers."""
    memory_size: Annotated[int, Within(1, 65_536)] = 32
    """Locations N."""
    word_size: Annotated[int, Within(1, 4096)] = 16
    """Width W of a location."""
    read_heads: Annotated[int, Within(1, 64)] = 1
    """Read heads R."""
    controller: str = "lstm"
    """lstm or feedforward: whether the controller of a DNC remembers anything itself."""
    temporal_links: bool = True
    """Reading goes on from location to location in the order written."""
    sparse_links: Annotated[int, Within(1, 65_536)] | None = None
    """Keep only the K largest weights in these links; None: all."""
    input_gain: Annotated[float, Within(0, 1000, above=True)] = 8.0
    """Factor of the initial weights on the input, of which few are on."""


@dataclass(frozen=True)
class LearnConfig:
    """The learning algorithm; see `dnc_agent.supervised.SupervisedSettings`."""

    optimizer: Literal["adam", "rmsprop"] = "adam"
    """Optimizer."""
    learning_rate: Annotated[float, Within(0, 1, above=True)] = 3e-3
    """Step size."""
    final_learning_rate: Annotated[float, Within(0, 1)] | None = None
    """Step size at the end of a linear decay; None: it stays as it is."""
    decay_updates: Annotated[int, Within(1, 10**9)] = 100_000
    """Updates that the decay takes."""
    core_lr_scale: Annotated[float, Within(0, 100)] = 1.0
    """Step size of the core as a share of it."""
    max_grad_norm: Annotated[float, Within(0, 1e6, above=True)] | None = 10.0
    """Clip of the gradient norm; None: off."""
    batch_size: Annotated[int, Within(1, 65_536)] = 16
    """Sequences per update."""


#: Nine of ten sequences without a wrong bit; one lesson, so there are no earlier ones.
GATE = Curriculum(earlier=0.0, gate_score=0.9, gate_every=250)


@dataclass(frozen=True)
class SequenceConfig(Config):
    """A run of a sequence task; subclasses add the task."""

    curriculum: Curriculum = GATE
    core: CoreConfig = field(default_factory=CoreConfig)
    learn: LearnConfig = field(default_factory=LearnConfig)


def task_arguments(config: SequenceConfig) -> dict[str, Any]:
    """Arguments of the task of a configuration, by the names of its class in `shrdlu_env.sequences`."""
    return asdict(config.task)  # type: ignore[attr-defined]


SequenceConfigT = TypeVar("SequenceConfigT", bound=SequenceConfig)


def presets(default: SequenceConfigT) -> dict[str, SequenceConfigT]:
    """The default, and the same task for other cores.

    `ntm` has the sizes of Graves et al. 2014 with Adam instead of RMSProp, under which it is known to fail; the cores
    without a memory have as many weights as the default, within a few per cent.
    """

    def of(core: CoreConfig, **learn: Any) -> SequenceConfigT:
        return replace(default, core=core, learn=replace(default.learn, **learn))

    return {
        "default": default,
        "ntm": of(
            # Copies further than with the default's gain of 8, on three seeds (docs/results/copying.md).
            CoreConfig(core="ntm", hidden_size=100, memory_size=128, word_size=20, input_gain=4.0),
            learning_rate=1e-3,
            batch_size=4,
        ),
        "lstm": of(CoreConfig(core="lstm", hidden_size=78)),
        "gru": of(CoreConfig(core="gru", hidden_size=90)),
    }


@dataclass(frozen=True)
class Evaluation:
    """What is evaluated: sequences as in training, and beyond."""

    episodes: Annotated[int, Within(1, 100_000)] = 100
    """Sequences for each row of the table."""
    grow_memory: bool = True
    """Where a row needs more locations than the core has, it gets as many and a few; no weight depends on them."""
    seed: Seed = 0
    """Seed of the sequences."""
