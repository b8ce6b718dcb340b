"""Analyses by name: each trains what it needs or takes an agent, measures it and draws it, in one command.

A new one is a module here and a row in `ROWS`.
"""

from __future__ import annotations

from importlib import import_module
from typing import NamedTuple

from train.analysis.analysis import Analysis
from train.errors import UsageError


class Row(NamedTuple):
    """Where an analysis lives, so that listing all of them imports none."""

    module: str
    kind: str  #: name of the subclass of `Analysis`
    summary: str  #: one line for `--help`


ROWS: dict[str, Row] = {
    "memory-reuse": Row(
        "train.analysis.memory_reuse", "MemoryReuse", "are locations freed after reading, and written again?"
    ),
    "memory-resize": Row(
        "train.analysis.memory_resize",
        "MemoryResize",
        "does a network work with another number of locations?",
    ),
    "links": Row("train.analysis.links", "Links", "what do temporal links bring, full, sparse or none?"),
    "weightings": Row(
        "train.analysis.weightings", "Weightings", "where does an agent write and read, and in which mode?"
    ),
    "edges": Row(
        "train.analysis.edges", "Edges", "which edges of a graph does an agent read, and when? (a film)"
    ),
    "plan": Row(
        "train.analysis.plan", "Plan", "can an agent's next actions be read off its memory at the cue?"
    ),
    "goal-map": Row("train.analysis.goal_map", "GoalMap", "do memory contents lie together by goal? (t-SNE)"),
    "probe": Row(
        "train.analysis.probing", "Probing", "what can be read off an agent's core by a linear probe?"
    ),
}


def find(name: str) -> Analysis:
    """The analysis of a name.

    Raises:
        UsageError: if there is none.
    """
    if name not in ROWS:
        raise UsageError(f"analysis={name!r}; allowed are {', '.join(ROWS)}")
    row = ROWS[name]
    analysis: Analysis = getattr(import_module(row.module), row.kind)()
    return analysis
