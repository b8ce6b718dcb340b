"""Settings of the supervised graph tasks: configurations, presets, flags of evaluation."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Annotated, ClassVar, TypeVar

from train.experiments.copying.settings import CoreConfig, LearnConfig
from train.settings import Config, Curriculum, History, InputFile, Seed, Within

Steps = Annotated[int, Within(0, 10_000)]
Edges = Annotated[int, Within(1, 100)]


@dataclass(frozen=True)
class WalkCore(CoreConfig):
    """The network of traversal."""

    walk_weights: bool = False
    """A DNC starts with a memory that files triples and two heads that walk (`train.experiments.graphs.helping`); the
    interface then sees the input and the last reads. Off: random weights, the paper's interface."""


@dataclass(frozen=True)
class FoundCore(CoreConfig):
    """The network of the tasks with planning steps."""

    finder: bool = False
    """Structure put in by hand: a DNC starts as a memory that files triples as they are, and once a question is asked
    a finder looks through it (`dnc_agent.networks.finders`). Off: the paper's network."""


FOUND_HISTORY = History(later={"core.finder": False})


@dataclass(frozen=True)
class GraphTask:
    """What is walked on."""

    graph: Annotated[str | None, InputFile()] = None
    """CSV file of a graph to train on instead of random ones (from,line,dir,to or from,label,to): lesson k then asks
    for up to k edges."""
    longest: Edges = 5
    """The most edges that are asked for on that graph; random ones go by the lessons."""


@dataclass(frozen=True)
class PlannedTask(GraphTask):
    """What is walked on, with time to think between question and answer."""

    planning_steps: tuple[Steps, Steps] = (10, 10)
    """Fewest and most empty steps before an answer; drawn per episode."""


@dataclass(frozen=True)
class PathTask(PlannedTask):
    """What is walked on by a network that is corrected on the way."""

    teacher: Annotated[float, Within(0, 1)] = 0.8
    """Share of the steps that follow the planner instead of the network's own best edge."""


#: With a gain of 8, as for walks, inference hardly begins to learn, and shortest paths are learned more slowly.
GAIN = 24.0
CORE = FoundCore(
    hidden_size=128, memory_size=128, word_size=64, read_heads=4, sparse_links=8, input_gain=GAIN
)
#: Descriptions of walks have up to 240 triples, those of the other tasks hardly ever more than 115.
WALK_CORE = WalkCore(hidden_size=128, memory_size=256, word_size=64, read_heads=4, sparse_links=8)
LEARN = LearnConfig(learning_rate=1e-3, batch_size=32)
INFERENCE_LEARN = LearnConfig(learning_rate=2e-3, batch_size=64)
#: At a constant 1e-3 lesson 4 stands at 80 %, at 5e-4 lesson 6 at 85 %; smaller steps pass them at once.
WALK_LEARN = replace(LEARN, final_learning_rate=2e-4, decay_updates=15_000)
CURRICULUM = Curriculum(earlier=0.1, gate_score=0.9, gate_every=100, gate_episodes=320)

#: No earlier lessons; most paths at most one step too long.
PATH_CURRICULUM = replace(CURRICULUM, earlier=0.0, gate_score=0.8)


@dataclass(frozen=True)
class GraphConfig(Config):
    """A run of a graph task; subclasses add the task."""

    curriculum: Curriculum = CURRICULUM
    core: CoreConfig = CORE
    learn: LearnConfig = LEARN


@dataclass(frozen=True)
class TraversalConfig(GraphConfig):
    """A run of traversal."""

    core: WalkCore = WALK_CORE
    learn: LearnConfig = WALK_LEARN
    task: GraphTask = field(default_factory=GraphTask)


@dataclass(frozen=True)
class InferenceConfig(GraphConfig):
    """A run of inference."""

    core: FoundCore = CORE
    learn: LearnConfig = INFERENCE_LEARN
    task: PlannedTask = field(default_factory=PlannedTask)


@dataclass(frozen=True)
class PathConfig(GraphConfig):
    """A run of shortest path."""

    curriculum: Curriculum = PATH_CURRICULUM
    core: FoundCore = CORE
    task: PathTask = field(default_factory=PathTask)


def task_of(config: GraphConfig) -> GraphTask:
    """The task of a configuration."""
    task: GraphTask = config.task  # type: ignore[attr-defined]
    return task


GraphConfigT = TypeVar("GraphConfigT", bound=GraphConfig)


def presets(plain: GraphConfigT, lstm: CoreConfig) -> dict[str, GraphConfigT]:
    """The paper's network with random initial weights, and an LSTM that has as many weights."""
    return {"plain": plain, "lstm": replace(plain, core=lstm)}


LSTM_UNITS = 239
TRAVERSAL_PRESETS = presets(TraversalConfig(), WalkCore(core="lstm", hidden_size=LSTM_UNITS))
#: An LSTM keeps the walk that is asked for in its own units, and runs out of room; this has to use the memory.
TRAVERSAL_PRESETS["feedforward"] = TraversalConfig(core=replace(WALK_CORE, controller="feedforward"))
TRAVERSAL_PRESETS["helped"] = TraversalConfig(
    curriculum=replace(CURRICULUM, gate_every=25),
    core=WalkCore(
        hidden_size=64, memory_size=256, word_size=92, read_heads=2, sparse_links=8, walk_weights=True
    ),
    learn=LearnConfig(learning_rate=1e-2, core_lr_scale=0.01, batch_size=32),
)
INFERENCE_PRESETS = presets(
    InferenceConfig(), FoundCore(core="lstm", hidden_size=LSTM_UNITS, input_gain=GAIN)
)
PATH_PRESETS = presets(PathConfig(), FoundCore(core="lstm", hidden_size=LSTM_UNITS, input_gain=GAIN))
#: A memory that only files needs one head, and no links.
_FILING = FoundCore(
    hidden_size=32, memory_size=128, word_size=92, read_heads=1, temporal_links=False, finder=True
)
INFERENCE_PRESETS["helped"] = InferenceConfig(
    curriculum=replace(CURRICULUM, gate_every=25),
    core=_FILING,
    learn=LearnConfig(
        learning_rate=3e-2, final_learning_rate=3e-3, decay_updates=3000, core_lr_scale=1e-3, batch_size=64
    ),
)
PATH_PRESETS["helped"] = PathConfig(
    curriculum=replace(PATH_CURRICULUM, gate_every=25),
    core=_FILING,
    learn=LearnConfig(learning_rate=1e-2, core_lr_scale=1e-2, batch_size=32),
)


@dataclass(frozen=True)
class GivenGraph:
    """A graph to test or to watch an agent on."""

    graph: str | None = None
    """CSV file of a graph (from,line,dir,to or from,label,to), or family-tree; None: random graphs of a lesson."""

    asked: ClassVar[str]
    """The flag that says how many edges are asked for on it."""

    @property
    def edges(self) -> int:
        """How many edges are asked for on it."""
        number: int = getattr(self, self.asked)
        return number


@dataclass(frozen=True)
class TraversalWatching(GivenGraph):
    """Where it walks: random graphs of the lesson, or a given graph."""

    asked = "walk"
    walk: Edges = 7
    """Edges of every walk on a given graph."""


@dataclass(frozen=True)
class InferenceWatching(GivenGraph):
    """What it is asked about: random graphs of the lesson, or a given graph."""

    asked = "relation"
    relation: Annotated[int, Within(2, 5)] = 4
    """Edges that every relation stands for on a given graph."""


@dataclass(frozen=True)
class PathWatching(GivenGraph):
    """Where it walks: random graphs of the lesson, or a given graph."""

    asked = "paths"
    paths: Edges = 4
    """Length of the paths on a given graph."""


@dataclass(frozen=True)
class Evaluation(GivenGraph):
    """What is evaluated: random graphs of a lesson, or a given graph."""

    lesson: Annotated[int, Within(1, 1000)] | None = None
    """Lesson of the random graphs; None: the last."""
    nodes: tuple[Annotated[int, Within(2, 1000)], Annotated[int, Within(2, 1000)]] | None = None
    """Fewest and most nodes of the random graphs; None: as the lesson has them."""
    episodes: Annotated[int, Within(1, 1_000_000)] = 1000
    """Fresh episodes; on a given graph shortest paths take all pairs of nodes that far apart, over and over with new
    labels, at least so many."""
    memory_size: Annotated[int, Within(1, 65_536)] | None = None
    """Locations of the memory while it is tested; None: as trained, or as many as the episodes take."""
    grow_memory: bool = True
    """Where episodes take more locations than the core has, it gets as many and a few; no weight depends on them."""
    seed: Seed = 0
    """Seed of the episodes."""


@dataclass(frozen=True)
class TraversalEvaluation(TraversalWatching, Evaluation):
    """What is evaluated: walks on random graphs of a lesson, or on a given graph."""


@dataclass(frozen=True)
class PlannedEvaluation(Evaluation):
    """What is evaluated, with time to think between question and answer."""

    planning_steps: Steps | None = None
    """Empty steps before an answer; None: as trained."""


@dataclass(frozen=True)
class InferenceEvaluation(InferenceWatching, PlannedEvaluation):
    """What is evaluated: relations on random graphs of a lesson, or on a given graph."""


@dataclass(frozen=True)
class PathEvaluation(PathWatching, PlannedEvaluation):
    """What is evaluated: paths on random graphs of a lesson, or on a given graph."""


@dataclass(frozen=True)
class GraphPlay:
    """What is played."""

    lesson: Annotated[int, Within(1, 1000)] = 1
    """Lesson of the random graphs."""
    graph: str | None = None
    """CSV file of a graph (from,line,dir,to or from,label,to), or family-tree; None: random graphs of the lesson."""
