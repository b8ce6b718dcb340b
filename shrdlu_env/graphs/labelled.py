"""A labelled graph: nodes and edges (source, label, destination), where (source, label) names one edge.

Such a graph is a fixed world of the graph tasks: its own names are for people, the labels that an agent sees
are drawn anew every episode.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Hashable, Iterable, Mapping
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.checks import check_array, check_some, check_source, shown

LABELS = 1000
"""Labels are the numbers 0 to 999, three digits."""
MAX_EDGES = 32767

Position = tuple[float, float]


class LabelledGraph:
    """A directed graph whose edges carry labels; immutable.

    Args:
        edges: triples (source, label, destination) of any hashable names. A name's text is what people see, so names
            that Python calls equal have to be of one type or read alike: not 1 and True.
        nodes: all nodes in the wanted order; None takes them from the edges, in the order of appearance.
        positions: (x, y) of every node for drawing, any unit, y upwards; None lets the viewer place them.

    Attributes:
        nodes: names of the nodes, by index.
        labels: names of the distinct edge labels, by index.
        arcs: int16[E, 3], read-only: indices of source, label and destination of every edge.
        positions: float64[V, 2], read-only, each axis scaled to fill 0 to 1; or None.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: no edge; a node that is not in `nodes` or stands there twice; two edges with the same
            (source, label); equal names that read differently; more nodes or labels than there are numbers; a node
            without a position.
    """

    def __init__(
        self,
        edges: Iterable[tuple[Hashable, Hashable, Hashable]],
        *,
        nodes: Iterable[Hashable] | None = None,
        positions: Mapping[Any, Position] | None = None,
    ) -> None:
        triples = []
        for edge in check_some("edges", edges):
            if not isinstance(edge, tuple | list):
                raise TypeError(f"edges holds {shown(edge)}: must be triples (source, label, destination)")
            if len(edge) != 3:
                raise ValueError(f"edges holds {shown(edge)}: must be triples (source, label, destination)")
            triples.append(tuple(map(_name, edge)))
        if not triples:
            raise ValueError("edges is empty: a graph needs at least one edge")
        named = [name for source, _, target in triples for name in (source, target)]
        listed = named if nodes is None else list(map(_name, check_some("nodes", nodes)))
        _check_alike("nodes", [*listed, *named])
        _check_alike("edge labels", [label for _, label, _ in triples])
        index: dict[Hashable, int] = {}
        for name in listed:
            if nodes is not None and name in index:
                raise ValueError(f"nodes holds {name!r} twice: must be distinct")
            index.setdefault(name, len(index))
        missing = next((name for name in named if name not in index), None)
        if missing is not None:
            raise ValueError(f"edges names {missing!r}: must be one of nodes")
        labels: dict[Hashable, int] = {}
        seen: set[tuple[Hashable, Hashable]] = set()
        for source, label, _ in triples:
            if (source, label) in seen:
                raise ValueError(f"edges holds the key ({source!r}, {label!r}) twice: must name one edge")
            seen.add((source, label))
            labels.setdefault(label, len(labels))
        for what, count in (("nodes", len(index)), ("edge labels", len(labels))):
            if count > LABELS:
                raise ValueError(f"edges has {count} {what}: there are {LABELS} labels, 0 to {LABELS - 1}")
        if len(triples) > MAX_EDGES:
            raise ValueError(f"edges has {len(triples)} triples: must be at most {MAX_EDGES}")
        self.nodes: tuple[Hashable, ...] = tuple(index)
        self.labels: tuple[Hashable, ...] = tuple(labels)
        self.arcs: NDArray[np.int16] = np.array(
            [(index[s], labels[e], index[t]) for s, e, t in triples], np.int16
        )
        self.arcs.flags.writeable = False
        self.positions = None if positions is None else _scaled(self.nodes, positions)

    @property
    def edges(self) -> list[tuple[Hashable, Hashable, Hashable]]:
        """All edges as (source, label, destination), by name."""
        return [(self.nodes[s], self.labels[e], self.nodes[t]) for s, e, t in self.arcs.tolist()]

    @property
    def out_degree(self) -> int:
        """The most edges that leave one node."""
        return int(np.bincount(self.arcs[:, 0]).max())

    def __repr__(self) -> str:
        return f"LabelledGraph({len(self.nodes)} nodes, {len(self.arcs)} edges, {len(self.labels)} labels)"

    @classmethod
    def from_csv(cls, path: str | PathLike[str]) -> LabelledGraph:
        """Read a file with a header and one edge a row, columns `from,line,dir,to` or `from,label,to`.

        With `line` and `dir` the edge's label is the pair of both, "line dir". Columns x and y, where the file
        has them, place the node in `from`.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: columns are missing or stand there twice, a cell is empty or no finite number, a node is at two
                places, or the edges make no such graph; names the file.
        """
        file_name = check_source("path", path)
        try:
            with file_name.open(encoding="utf-8-sig", newline="") as file:
                return _from_rows(csv.DictReader(file, strict=True))
        except (ValueError, csv.Error) as error:
            raise ValueError(f"{path}: {' '.join(str(error).split())}") from None

    @classmethod
    def from_networkx(cls, graph: Any, label: str = "label") -> LabelledGraph:
        """Take over a networkx graph; edges of an undirected one go both ways.

        Args:
            graph: a `networkx` graph of any kind; a node attribute `pos` = (x, y) on all nodes places them.
            label: edge attribute that holds the label.

        Raises:
            ValueError: an edge without that attribute, or the edges make no such graph.
        """
        edges = []
        for source, target, data in graph.edges(data=True):
            if label not in data:
                raise ValueError(
                    f"label={shown(label)}: the edge {shown(source)} to {shown(target)} has no such attribute"
                )
            edges.append((source, data[label], target))
            if not graph.is_directed() and source != target:
                edges.append((target, data[label], source))
        places = {node: data["pos"] for node, data in graph.nodes(data=True) if "pos" in data}
        whole = places and len(places) == graph.number_of_nodes()
        return cls(edges, nodes=graph.nodes, positions=places if whole else None)


def as_graph(value: object) -> LabelledGraph:
    """A `LabelledGraph` of what people call a graph: one, the path of a CSV file, or a networkx graph.

    Raises:
        FileNotFoundError: there is no such file.
        TypeError: it is none of these.
        ValueError: it makes no such graph.
    """
    if isinstance(value, LabelledGraph):
        return value
    if isinstance(value, str | PathLike):
        return LabelledGraph.from_csv(value)
    if hasattr(value, "is_directed") and hasattr(value, "edges"):
        return LabelledGraph.from_networkx(value)
    raise TypeError(
        f"graph has type {type(value).__name__}: must be a path, a networkx graph, a LabelledGraph, or a "
        "function of a Generator that returns one"
    )


def _from_rows(rows: csv.DictReader[str]) -> LabelledGraph:
    columns = list(rows.fieldnames or ())
    split = {"from", "line", "dir", "to"} <= set(columns)
    if not split and not {"from", "label", "to"} <= set(columns):
        raise ValueError(f"columns are {', '.join(columns)}: must be from,line,dir,to or from,label,to")
    key = ("line", "dir") if split else ("label",)
    twice = next((name for name in ("from", *key, "to", "x", "y") if columns.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"columns are {', '.join(columns)}: {twice} must stand there once")
    edges: list[tuple[Hashable, Hashable, Hashable]] = []
    positions: dict[str, Position] = {}
    for row in rows:
        # The line of the file that a row ends on: blank lines are no rows, a quoted cell may go over several.
        number = rows.line_num
        cells = {name: (row[name] or "").strip() for name in ("from", *key, "to")}
        empty = next((name for name, cell in cells.items() if not cell), None)
        if empty is not None:
            raise ValueError(f"line {number}: {empty} is empty")
        if None in row or None in row.values():
            raise ValueError(f"line {number}: has {'more' if None in row else 'fewer'} cells than the header")
        edges.append((cells["from"], " ".join(cells[name] for name in key), cells["to"]))
        place = [row[name] for name in ("x", "y") if name in columns]
        if len(place) == 2 and any(place):
            at = (_number(place[0], number), _number(place[1], number))
            if positions.setdefault(cells["from"], at) != at:
                raise ValueError(f"line {number}: {cells['from']!r} is at another place in an earlier line")
    placed = {name for source, _, target in edges for name in (source, target)} <= set(positions)
    return LabelledGraph(edges, positions=positions if placed else None)


def _name(value: Any) -> Hashable:
    if not isinstance(value, Hashable):
        raise TypeError(f"{shown(value)} names a node or an edge: must be text or a number")
    return value


def _check_alike(what: str, names: list[Hashable]) -> None:
    """Refuse equal names of different types that people would take for two, such as 1, 1.0 and True."""
    first: dict[Hashable, Hashable] = {}
    for name in names:
        held = first.setdefault(name, name)
        if type(held) is not type(name) and str(held) != str(name):
            raise ValueError(
                f"{what} {shown(held)} and {shown(name)} are equal in Python but read differently: must be of one type"
            )


def _number(cell: str, line: int) -> float:
    try:
        number = float(cell)
    except ValueError:
        raise ValueError(f"line {line}: {shown(cell)} is no number") from None
    if not math.isfinite(number):
        raise ValueError(f"line {line}: {shown(cell)} is not finite")
    return number


def _scaled(nodes: tuple[Hashable, ...], positions: Mapping[Any, Position]) -> NDArray[np.float64]:
    if not isinstance(positions, Mapping):
        raise TypeError(f"positions={shown(positions)}: must be a mapping of nodes to (x, y)")
    missing = next((node for node in nodes if node not in positions), None)
    if missing is not None:
        raise ValueError(f"positions has no {shown(missing)}: must hold every node")
    places = [check_array(f"positions[{shown(node)}]", positions[node], "iuf", (2,)) for node in nodes]
    at = np.array(places, np.float64)
    if not np.isfinite(at).all():
        raise ValueError("positions holds a value that is not finite")
    at *= 0.5  # halves of the largest numbers are still apart by one that is finite
    low, span = at.min(0), at.max(0) - at.min(0)
    scaled = np.where(span > 0, (at - low) / np.where(span > 0, span, 1.0), 0.5)
    scaled.flags.writeable = False
    return scaled
