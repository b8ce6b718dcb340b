"""Memory contents that an agent turns to when it is told what is wanted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from train.analysis.analysis import AgentSettings
from train.errors import UsageError
from train.experiment import Progress
from train.probing.samples import cue_step
from train.probing.traces import Trace, trace_agent

#: A location counts as read, or as written, from this weight on; the paper's threshold for reads.
THRESHOLD = 0.01
INSIDE = ("memory", "read_weightings", "write_weighting")


def traces_of(
    settings: AgentSettings, episodes: int, label: str, lacking: str, progress: Progress
) -> list[Trace]:
    """Episodes of an agent with what `cued_contents` needs of them.

    Args:
        settings: which agent.
        episodes: how many.
        label: that its world has to know.
        lacking: what to say where it does not.
        progress: told how far it is.

    Raises:
        UsageError: if its core has no such memory, or its world no such label, after the first episode.
    """

    def check(trace: Trace) -> None:
        if label not in trace.labels:
            raise UsageError(f"path={settings.path}: {lacking}")

    return trace_agent(
        settings.path,
        episodes=episodes,
        lesson=settings.lesson,
        seed=settings.seed,
        keep=INSIDE,
        progress=progress,
        check=check,
    )


def cued_contents(trace: Trace) -> NDArray[np.float32] | None:
    """The mean content [W] of the locations read at the cue, each as it was last written before the cue.

    Locations are those that some head reads with a weight above `THRESHOLD`; one that was never written is left out.

    Returns:
        None where no location is read, or there is no cue.

    Source: Graves et al. 2016, 'Methods, Mini-SHRDLU analysis'.
    """
    cue = cue_step(trace)
    if cue < 0:
        return None
    read = (trace.inside["read_weightings"][cue] > THRESHOLD).any(0)
    written = trace.inside["write_weighting"][:cue] > THRESHOLD
    places = np.flatnonzero(read & written.any(0))
    if not len(places):
        return None
    last = cue - 1 - written[::-1, places].argmax(0)
    contents: NDArray[np.float32] = trace.inside["memory"][last, places].mean(0)
    return contents


def all_cued(traces: Sequence[Trace]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """`cued_contents` of all episodes that have any, [n, W], and which episodes these are, [n].

    Raises:
        UsageError: if there are none.
    """
    found = [(cued_contents(trace), number) for number, trace in enumerate(traces)]
    kept = [(contents, number) for contents, number in found if contents is not None]
    if not kept:
        raise UsageError(
            f"no episode of {len(traces)} reads a written location at the cue with a weight above {THRESHOLD}"
        )
    return np.stack([contents for contents, _ in kept]), np.array([number for _, number in kept])
