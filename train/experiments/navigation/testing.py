"""Where walkers are tested and watched: random graphs of a lesson, or a given graph, which nothing is trained on."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

from shrdlu_env.graphs.lessons import NAVIGATION
from shrdlu_env.graphs.planner import distances
from train.errors import UsageError
from train.experiments.graphs.heldout import read_test_graph
from train.experiments.navigation.evaluating import Place, place_of_lesson
from train.experiments.navigation.settings import Evaluation
from train.experiments.navigation.worlds import locations_of, locations_within


def place_of(flags: Evaluation, last: int) -> Place:
    """What the flags of an evaluation say.

    Raises:
        UsageError: if the graph is none, or has no such paths.
    """
    lesson = last if flags.lesson is None else flags.lesson
    if flags.graph is not None:
        if flags.nodes is not None:
            raise UsageError(f"nodes={flags.nodes!r} with graph={flags.graph!r}: a given graph has its own")
        return place_on(flags.graph, flags.paths)
    if flags.nodes is not None:
        ranges = replace(NAVIGATION[lesson - 1], nodes=(flags.nodes, flags.nodes))
        return Place(f"lesson {lesson} with {flags.nodes} nodes", asdict(ranges), locations_within(ranges))
    return place_of_lesson(lesson)


def place_on(name: str, paths: int) -> Place:
    """Paths of so many edges on a given graph.

    Args:
        name: a CSV file, or family-tree.
        paths: edges of every path.

    Raises:
        UsageError: if the graph is none, or has no such paths.
    """
    graph = read_test_graph(name)
    longest = int(distances(graph).max())
    if paths > longest:
        raise UsageError(f"paths={paths}; the longest shortest path in {name} has {longest} edges")
    drawn = {"graph": graph, "path": (paths, paths)}
    return Place(f"{Path(name).name}, paths of {paths}", drawn, locations_of(graph))
