"""Which edges of a graph an episode's reads fall on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.task import Phase

if TYPE_CHECKING:
    from train.probing.traces import Trace

Triple = tuple[int, int, int]


class Decoded(NamedTuple):
    """What one episode shows from the question on, S steps of E edges."""

    edges: list[Triple]
    """In the order of the description."""
    read: NDArray[np.float64]
    """[S, R, E], share of each head's weighting that lies on what was written with an edge."""
    due: list[Triple | None]
    """[S], the triple to answer; None where nothing is."""
    views: list[dict[str, Any]]
    """[S], what a spectator saw."""


def decode(trace: Trace) -> Decoded:
    """Which edges an episode's reads fall on.

    A location's content counts as an edge's by the share that was written with it and not overwritten since: the
    write weight of the edge's step, times one minus the weight of each later write.
    """
    phases = trace.labels["phase"]
    told = int((phases == Phase.DESCRIBE).sum())
    writes = trace.inside["write_weighting"].astype(np.float64)
    kept = 1 - writes
    owned = np.zeros((told, writes.shape[1]))
    read = []
    for t in range(len(trace)):
        owned *= kept[t]
        if t < told:
            owned[t] = writes[t]
        else:
            read.append(trace.inside["read_weightings"][t] @ owned.T)
    edges = [tuple(triple) for triple in trace.views[told - 1]["described"]]
    due = [_due(trace, t) for t in range(told, len(trace))]
    return Decoded(edges, np.array(read), due, trace.views[told : len(trace)])


def _due(trace: Trace, t: int) -> Triple | None:
    parts = []
    for part in ("source", "edge", "target"):
        digits = [int(trace.labels[f"due_{part}_{place}"][t]) for place in ("hundreds", "tens", "ones")]
        if not trace.labels["acting"][t] or min(digits) < 0:
            return None
        parts.append(100 * digits[0] + 10 * digits[1] + digits[2])
    return parts[0], parts[1], parts[2]
