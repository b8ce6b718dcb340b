"""Given graphs to test on. Nothing that trains imports this module, the only one here that knows the maps."""

from __future__ import annotations

from shrdlu_env.graphs.labelled import LabelledGraph
from shrdlu_env.graphs.maps import family_tree, load_underground
from train.experiments.graphs.given import reading

FAMILY_TREE = "family-tree"


def read_test_graph(name: str) -> LabelledGraph:
    """A graph to test on: the family tree by its name, or a CSV file.

    Raises:
        UsageError: if the file makes none.
    """
    if name == FAMILY_TREE:
        return family_tree()
    with reading(name):
        return load_underground(name)
