"""A small town of ten stops and five lines, made up, for documentation and tests."""

from __future__ import annotations

from pathlib import Path

from shrdlu_env.graphs.labelled import LabelledGraph


def example_map() -> LabelledGraph:
    """The town: 10 stops, 29 edges, with positions."""
    return LabelledGraph.from_csv(Path(__file__).with_name("example.csv"))
