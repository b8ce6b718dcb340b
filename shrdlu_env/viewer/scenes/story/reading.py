"""Which lines of a story lie in the memory, and which of them are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.viewer.recording.episode import WRITTEN_FROM, Episode


def lines_of_steps(view: Mapping[str, Any]) -> NDArray[np.int64]:
    """The line, from 0, that each step belongs to, [T]; an answer belongs to its question."""
    lengths = [len(line["words"]) + len(line["answer"]) for line in view["lines"]]
    return np.repeat(np.arange(len(lengths)), lengths)


def lines_in_memory(episode: Episode, t: int) -> NDArray[np.int64] | None:
    """The line that was told when each location was last written, up to step `t`.

    Returns:
        [N], -1 where a location was never written; None where no agent tells what it writes.
    """
    if "write_weighting" not in episode.known:
        return None
    lines = lines_of_steps(episode.view(t))
    written = episode.stack("write_weighting")[: min(t + 1, len(lines))] >= WRITTEN_FROM
    last = len(written) - 1 - np.argmax(written[::-1], 0)
    return np.where(written.any(0), lines[last], -1)


def reads_of_lines(episode: Episode, t: int) -> NDArray[np.float64] | None:
    """What share of all that is read at step `t` comes from locations last written in each line.

    Returns:
        [lines], the mean over the read heads; what heads read elsewhere, or leave unread, is missing from its sum.
        None where no agent tells what it reads.
    """
    at = lines_in_memory(episode, t)
    if at is None or "read_weightings" not in episode.known or not episode.has_internals(t):
        return None
    weights = episode.stack("read_weightings")[t].mean(0).astype(np.float64)
    shares = np.zeros(len(episode.view(t)["lines"]))
    np.add.at(shares, at[at >= 0], weights[at >= 0])
    return shares
