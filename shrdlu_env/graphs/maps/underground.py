"""The London Underground's zone 1 as a test graph: the user brings the list of edges, we know where to draw it.

Source: Methods, 'Graph task', the held-out graph. The paper's own list was not published.
"""

from __future__ import annotations

from os import PathLike

from shrdlu_env.graphs.labelled import LabelledGraph

# Schematic: columns from west to east, rows from south to north.
STATIONS: dict[str, tuple[float, float]] = {
    "Aldgate": (15, 5),
    "Aldgate East": (16, 5.7),
    "Baker Street": (4, 9),
    "Bank": (12.6, 5),
    "Barbican": (11.4, 8),
    "Bayswater": (1, 6.6),
    "Blackfriars": (10.8, 3),
    "Bond Street": (4.6, 6.6),
    "Cannon Street": (12.9, 3),
    "Charing Cross": (7.8, 4.2),
    "Earl's Court": (0, 2),
    "Edgware Road": (2.4, 8.6),
    "Elephant & Castle": (10.4, 0),
    "Embankment": (8.2, 3),
    "Euston": (8, 9.4),
    "Euston Square": (6.9, 9),
    "Farringdon": (10.2, 8.6),
    "Gloucester Road": (1.4, 2.6),
    "Great Portland Street": (5.4, 9),
    "Green Park": (5.6, 4.8),
    "High Street Kensington": (0.6, 4),
    "Holborn": (9.2, 6.6),
    "King's Cross St. Pancras": (9.2, 9.6),
    "Leicester Square": (7.7, 5.4),
    "Liverpool Street": (14, 6.8),
    "London Bridge": (13.4, 1.4),
    "Mansion House": (11.9, 3),
    "Moorgate": (12.8, 7.4),
    "Notting Hill Gate": (0, 6),
    "Oxford Circus": (6, 6.6),
    "Paddington": (1.2, 8),
    "Piccadilly Circus": (6.6, 5.2),
    "Sloane Square": (3.6, 2.6),
    "South Kensington": (2.4, 2.6),
    "St. James's Park": (6, 3),
    "Temple": (9.6, 3),
    "Tottenham Court Road": (7.6, 6.6),
    "Tower Hill": (14.6, 3.6),
    "Victoria": (4.8, 2.7),
    "Warren Street": (6.4, 8),
    "Waterloo": (8.8, 1.6),
    "Westminster": (7.2, 2.6),
}


def load_underground(path: str | PathLike[str]) -> LabelledGraph:
    """Read a list of edges between zone 1's interchanges; placed as a schematic map where all are known.

    Args:
        path: a CSV file with columns from,line,dir,to.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it makes no labelled graph.
    """
    graph = LabelledGraph.from_csv(path)
    if graph.positions is not None or not set(graph.nodes) <= set(STATIONS):
        return graph
    return LabelledGraph(graph.edges, nodes=graph.nodes, positions=STATIONS)
