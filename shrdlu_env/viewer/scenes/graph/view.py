"""What a spectator sees of a graph task; any environment whose `view()` returns one can be watched."""

from __future__ import annotations

from typing import Literal, TypedDict

Numbers = tuple[int | None, int | None, int | None]
Triple = tuple[str | None, str | None, str | None]


class WalkedView(TypedDict, total=False):
    """What may be known besides.

    Attributes:
        slots: numbers of the edges that leave the current node, one for each action that is one.
        described: triples told so far as numbers, in the order of `edges`.
        labels: numbers of the nodes.
        asked: triples of the question as numbers, None for a blank.
        destination: index of the node to reach, None where none is named.
        min_moves: answers due at least.
    """

    slots: list[int]
    described: list[Numbers]
    labels: list[int]
    asked: list[Numbers]
    destination: int | None
    min_moves: int


class GraphView(WalkedView):
    """What a spectator sees of a graph task; every value is plain Python.

    Attributes:
        scene: "graph".
        phase: "describe", "query", "plan" or "answer".
        step: index of the observation.
        steps_total: steps of the whole episode.
        task: name of the task, for the banner.
        nodes: labels of all nodes.
        edges: (index of the source, label, index of the destination).
        positions: (x, y) of every node, each 0 to 1, y upwards; None lets the viewer place them.
        told: how many of the edges have been described.
        current: index of the node the answer has got to, None before.
        trail: indices of the nodes visited, in order, the current one included.
        query: triples asked, None for a blank.
        answer: triples given, with whether each is right.
        caption: this observation in a few words.
        terminated: whether the episode is over.
    """

    scene: Literal["graph"]
    phase: Literal["describe", "query", "plan", "answer"]
    step: int
    steps_total: int
    task: str
    nodes: list[str]
    edges: list[tuple[int, str, int]]
    positions: list[tuple[float, float]] | None
    told: int
    current: int | None
    trail: list[int]
    query: list[Triple]
    answer: list[tuple[Triple, bool]]
    caption: str
    terminated: bool
