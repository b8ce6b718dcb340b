"""The experiments by name. A new one is a module or folder here and a row in `ROWS`."""

from __future__ import annotations

from importlib import import_module
from typing import Literal, NamedTuple

from train.errors import UsageError, shown
from train.experiment import Experiment


class Row(NamedTuple):
    """Where an experiment lives, so that listing all of them imports none."""

    module: str
    kind: str  #: name of the subclass of `Experiment`
    summary: str  #: one line for `--help`
    played: bool = True  #: whether a person can play it, as `Experiment.Play` says


#: The first is what `shrdlu train` trains.
ROWS: dict[str, Row] = {
    "mini-shrdlu": Row(
        "train.experiments.mini_shrdlu.experiment", "MiniShrdlu", "stack blocks until a named goal holds"
    ),
    "copy": Row(
        "train.experiments.copying.copy", "CopyExperiment", "repeat a sequence of random vectors", False
    ),
    "repeat-copy": Row(
        "train.experiments.copying.repeat_copy",
        "RepeatCopyExperiment",
        "repeat a sequence of random vectors as often as it says",
        False,
    ),
    "associative-recall": Row(
        "train.experiments.copying.recall",
        "RecallExperiment",
        "say which item of a list came after a given one",
        False,
    ),
    "traversal": Row(
        "train.experiments.graphs.experiment",
        "TraversalExperiment",
        "tell every triple of a walk on a graph that was described before",
    ),
    "inference": Row(
        "train.experiments.graphs.experiment",
        "InferenceExperiment",
        "tell where a relation leads that stands for several edges",
    ),
    "shortest-path": Row(
        "train.experiments.graphs.experiment",
        "PathExperiment",
        "walk a shortest path on a graph that was described before",
    ),
    "navigation": Row(
        "train.experiments.navigation.experiment",
        "Navigation",
        "walk to a named node of a map that was described",
    ),
    "babi": Row(
        "train.experiments.babi.experiment", "Babi", "answer questions about stories told word by word"
    ),
}
DEFAULT = next(iter(ROWS))
#: By how they learn, for type checkers.
ByPolicyGradient = Literal["mini-shrdlu", "navigation"]
BySupervision = Literal[
    "copy", "repeat-copy", "associative-recall", "traversal", "inference", "shortest-path", "babi"
]


def find(name: str) -> Experiment:
    """The experiment of a name.

    Raises:
        UsageError: if there is none.
    """
    if not isinstance(name, str) or name not in ROWS:
        raise UsageError(f"experiment={shown(name)}; allowed are {', '.join(ROWS)}")
    row = ROWS[name]
    experiment: Experiment = getattr(import_module(row.module), row.kind)()
    return experiment
