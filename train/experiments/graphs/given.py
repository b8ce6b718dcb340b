"""A graph of the user's own, to train on; the graphs of the tests are refused."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from shrdlu_env.graphs.labelled import LabelledGraph
from train.errors import UsageError

HELD_OUT = {
    "439aed15add0ddc1": "the Underground (core)",
    "662f73c912e19ee8": "the Underground (full)",
    "f0ce34209ad26aab": "the family tree",
}
"""Graphs to test on alone, by fingerprint."""


def fingerprint(graph: LabelledGraph) -> str:
    """A digest of a graph's edges by name, whatever their order and the names of their labels."""
    edges = sorted(f"{source}\t{target}" for source, _, target in graph.edges)
    return hashlib.sha256("\n".join(edges).encode()).hexdigest()[:16]


@contextmanager
def refusing() -> Iterator[None]:
    """Inside, arguments that a world refuses are a user's mistake.

    Raises:
        UsageError: with the world's own words.
    """
    try:
        yield
    except (OSError, TypeError, ValueError) as error:
        raise UsageError(str(error)) from None


@contextmanager
def reading(path: str) -> Iterator[None]:
    """Inside, a graph is read.

    Raises:
        UsageError: naming the flag, the file and what is wrong with it.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(
            f"graph={path}: {reason}; it must be a CSV file with columns from,line,dir,to or from,label,to"
        ) from None
    except (TypeError, ValueError) as error:
        raise UsageError(str(error)) from None


def read_own_graph(path: str) -> LabelledGraph:
    """A graph to train on, from a CSV file.

    Raises:
        UsageError: if the file makes none, or holds a graph that is for tests alone.
    """
    with reading(path):
        graph = LabelledGraph.from_csv(path)
    name = HELD_OUT.get(fingerprint(graph))
    if name is not None:
        raise UsageError(f"graph={path}: {name} is a graph to test on and never trained on; name another")
    return graph
