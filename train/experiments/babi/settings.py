"""Settings of question answering: configuration, presets, flags. Defaults of the fields are the default preset's."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Literal

from train.settings import Config, Curriculum, History, Seed, Within

Units = Annotated[int, Within(1, 8192)]
Share = Annotated[float, Within(0, 1)]
Task = Annotated[int, Within(1, 20)]


@dataclass(frozen=True)
class StoryConfig:
    """What is read."""

    data: str | None = None
    """Folder en-10k of your own copy of the published files; None: generated stories."""
    tasks: tuple[Task, ...] = ()
    """Kinds of stories, 1 to 20, that are learned from and asked about; none named: all twenty."""
    rows: Annotated[int, Within(1, 1024)] = 8
    """Rows of a batch."""
    row_steps: Annotated[int, Within(1, 10_000)] = 138
    """Words of a row, which stories fill end to end; more where a story is longer."""
    idle_steps: Annotated[int, Within(0, 100)] = 2
    """Blank steps before an answer."""
    hard_share: Share = 0.5
    """Share of the words that goes to tasks by their error at the gate; the rest goes to all alike."""
    cut_share: Share = 0.9
    """Share of stories that end after a random question, at first."""
    cut_until: Share = 0.6
    """After this part of the updates stories are whole; the share falls in a straight line."""


@dataclass(frozen=True)
class NetworkConfig:
    """The network: a core and a linear readout. A core that has no such option goes without."""

    core: str = "dnc"
    """Recurrent core, by its name in `dnc_agent.cores.CORES`."""
    hidden_size: Units = 128
    """Units per controller layer."""
    memory_size: Annotated[int, Within(1, 65_536)] = 64
    """Locations N."""
    word_size: Annotated[int, Within(1, 4096)] = 32
    """Width W of a location."""
    read_heads: Annotated[int, Within(1, 64)] = 4
    """Read heads R."""
    temporal_links: bool = False
    """Reading goes on from location to location in the order written."""
    masked_lookup: bool = True
    """Lookups compare under a learned mask."""
    erase_on_deallocation: bool = True
    """Freed locations are wiped."""
    interface_norm: bool = True
    """LayerNorm on the interface."""
    gate_biases: bool = True
    """The interface of a DNC starts with biases by which it writes, keeps and reads by content."""
    forget_bias: Annotated[float, Within(-100, 100)] = 1.0
    """Initial bias of the controller's forget gates."""
    input_gain: Annotated[float, Within(0, 1000, above=True)] = 15.0
    """Factor of the initial weights on the input, of which one is on."""
    dropout: Annotated[float, Within(0, 0.99)] = 0.1
    """Share of the controller's outputs that the readout does not see in training."""
    sentence_weights: bool = False
    """Initial weights by which each sentence is written to a location, as a sum of codes of its words, and looked up
    by the sentence so far; the interface sees what was read last. Without links, masks, LayerNorm and gate biases."""


@dataclass(frozen=True)
class LearnConfig:
    """The learning algorithm; see `dnc_agent.supervised.SupervisedSettings`."""

    optimizer: Literal["adam", "rmsprop"] = "adam"
    """Optimizer."""
    learning_rate: Annotated[float, Within(0, 1, above=True)] = 2e-3
    """Step size."""
    updates: Annotated[int, Within(1, 10**9)] = 20_000
    """Updates that the schedules are made for; training does not end with them."""
    decay_share: Share = 0.3
    """Last part of the updates, in which the step size falls to a hundredth in a straight line."""
    max_grad_norm: Annotated[float, Within(0, 1e6, above=True)] | None = 10.0
    """Clip of the gradient norm; None: off."""
    reemit_share: Share = 0.0
    """Probability that a word of the story is to be said again, out of the memory alone."""


#: Nineteen of twenty questions answered right, on average over the tasks: the line at which a task counts as solved.
GATE = Curriculum(earlier=0.0, gate_score=0.95, gate_episodes=400, gate_every=500)


@dataclass(frozen=True)
class BabiConfig(Config):
    """A run of question answering."""

    curriculum: Curriculum = GATE
    stories: StoryConfig = field(default_factory=StoryConfig)
    network: NetworkConfig = field(default_factory=NetworkConfig)
    learn: LearnConfig = field(default_factory=LearnConfig)


HISTORY = History(later={"learn.reemit_share": 0.0, "stories.tasks": (), "network.sentence_weights": False})

_DEFAULT = BabiConfig()
#: The paper's network; what is not in the paper is off.
_PLAIN = replace(
    _DEFAULT,
    stories=StoryConfig(idle_steps=0),
    network=NetworkConfig(
        temporal_links=True,
        masked_lookup=False,
        erase_on_deallocation=False,
        interface_norm=False,
        forget_bias=0.0,
        dropout=0.0,
    ),
)

PRESETS = {
    "default": _DEFAULT,
    # Four times as many updates, whole stories almost from the start: tasks that were left are learnt late.
    "long": replace(_DEFAULT, stories=StoryConfig(cut_until=0.2), learn=LearnConfig(updates=80_000)),
    # Helped by hand as well: sentences as locations from the first step on.
    "sentences": replace(
        _DEFAULT,
        stories=StoryConfig(cut_until=0.3),
        network=NetworkConfig(
            word_size=64, masked_lookup=False, interface_norm=False, gate_biases=False, sentence_weights=True
        ),
        learn=LearnConfig(learning_rate=1e-3, updates=40_000),
    ),
    "plain": _PLAIN,
    "ntm": replace(_PLAIN, network=replace(_PLAIN.network, core="ntm")),
    "lstm": replace(_PLAIN, network=replace(_PLAIN.network, core="lstm", hidden_size=188)),
}


@dataclass(frozen=True)
class Evaluation:
    """Which questions are asked; all words of an answer must be right."""

    data: str | None = None
    """Folder en-10k of your own copy of the published files; None: generated stories."""
    split: Literal["train", "valid", "test"] = "test"
    """Which of these files; all of their questions are asked."""
    questions: Annotated[int, Within(1, 100_000)] = 1000
    """Without data: generated questions of each task, at least."""
    tasks: tuple[Task, ...] = ()
    """Kinds of stories, 1 to 20; none named: those that the agent learned from."""
    seed: Seed = 0
    """Seed of generated stories."""


@dataclass(frozen=True)
class Watching:
    """Which story is told."""

    task: Task | None = None
    """Kind of story; None: any."""


@dataclass(frozen=True)
class Play:
    """Who answers what a person asks."""

    agent: Path = Path("checkpoints/babi")
    """Run directory, exported agent or checkpoint file."""
