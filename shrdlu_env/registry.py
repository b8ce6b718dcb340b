"""Every environment id, a row each. To add one: a row here; the contract test takes it in by itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import gymnasium as gym


@dataclass(frozen=True)
class Row:
    """One id.

    Attributes:
        id: what `gym.make` takes.
        entry_point: the single environment, "module:class".
        vector_entry_point: the native vector environment, "module:class".
        kwargs: arguments that this id fixes; JSON holds them.
    """

    id: str
    entry_point: str
    vector_entry_point: str
    kwargs: dict[str, Any] = field(default_factory=dict)


class SequenceRow(NamedTuple):
    """One task on sequences of bits."""

    id: str  #: what `gym.make` takes
    task: str  #: its class, "module:class"


#: Tasks on sequences by name; all share their environments.
SEQUENCE_TASKS = {
    "copy": SequenceRow("shrdlu_env/Copy-v0", "shrdlu_env.sequences.copying:Copy"),
    "repeat-copy": SequenceRow("shrdlu_env/RepeatCopy-v0", "shrdlu_env.sequences.repeating:RepeatCopy"),
    "associative-recall": SequenceRow(
        "shrdlu_env/AssociativeRecall-v0", "shrdlu_env.sequences.recall:AssociativeRecall"
    ),
}

ROWS = (
    Row(
        "shrdlu_env/MiniShrdlu-v0",
        entry_point="shrdlu_env.blocks:MiniShrdluEnv",
        vector_entry_point="shrdlu_env.blocks:MiniShrdluVectorEnv",
    ),
    *(
        Row(
            task.id,
            entry_point="shrdlu_env.sequences:SequenceEnv",
            vector_entry_point="shrdlu_env.sequences:SequenceVectorEnv",
            kwargs={"task": name},
        )
        for name, task in SEQUENCE_TASKS.items()
    ),
    Row(
        "shrdlu_env/GraphTraversal-v0",
        entry_point="shrdlu_env.graphs:GraphTraversalEnv",
        vector_entry_point="shrdlu_env.graphs:GraphTraversalVectorEnv",
    ),
    Row(
        "shrdlu_env/GraphShortestPath-v0",
        entry_point="shrdlu_env.graphs:GraphShortestPathEnv",
        vector_entry_point="shrdlu_env.graphs:GraphShortestPathVectorEnv",
    ),
    Row(
        "shrdlu_env/GraphInference-v0",
        entry_point="shrdlu_env.graphs:GraphInferenceEnv",
        vector_entry_point="shrdlu_env.graphs:GraphInferenceVectorEnv",
    ),
    Row(
        "shrdlu_env/GraphNavigation-v0",
        entry_point="shrdlu_env.graphs:GraphNavigationEnv",
        vector_entry_point="shrdlu_env.graphs:GraphNavigationVectorEnv",
    ),
    Row(
        "shrdlu_env/QuestionAnswering-v0",
        entry_point="shrdlu_env.text:QuestionAnsweringEnv",
        vector_entry_point="shrdlu_env.text:QuestionAnsweringVectorEnv",
    ),
)

ENV_IDS = tuple(row.id for row in ROWS)


def register() -> None:
    """Make every id known to Gymnasium; once is enough, twice does no harm."""
    for row in ROWS:
        if row.id not in gym.registry:
            gym.register(
                id=row.id,
                entry_point=row.entry_point,
                vector_entry_point=row.vector_entry_point,
                kwargs=dict(row.kwargs),
            )
