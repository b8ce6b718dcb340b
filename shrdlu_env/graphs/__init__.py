"""Graph tasks: traversal, shortest path, inference and navigation on labelled graphs."""

from shrdlu_env.graphs.labelled import LabelledGraph

__all__ = ["LabelledGraph"]
