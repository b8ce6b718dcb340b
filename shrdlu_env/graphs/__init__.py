"""Graph tasks: traversal, shortest path, inference and navigation on labelled graphs."""

from shrdlu_env.graphs.envs import (
    GraphInferenceEnv,
    GraphInferenceVectorEnv,
    GraphNavigationEnv,
    GraphNavigationVectorEnv,
    GraphShortestPathEnv,
    GraphShortestPathVectorEnv,
    GraphTraversalEnv,
    GraphTraversalVectorEnv,
)
from shrdlu_env.graphs.labelled import LabelledGraph

__all__ = [
    "GraphInferenceEnv",
    "GraphInferenceVectorEnv",
    "GraphNavigationEnv",
    "GraphNavigationVectorEnv",
    "GraphShortestPathEnv",
    "GraphShortestPathVectorEnv",
    "GraphTraversalEnv",
    "GraphTraversalVectorEnv",
    "LabelledGraph",
]
