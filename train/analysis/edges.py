"""Which edges of a graph does an agent read while it is asked, plans and answers?

Which location holds which edge is known from the write weightings of the description.

Source: Graves et al. 2016, 'Supplementary Video 1'.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import numpy as np

from train.analysis.analysis import AgentSettings, Analysis, Findings
from train.analysis.edge_reads import Decoded, decode
from train.errors import UsageError
from train.experiment import Progress
from train.settings import Within

INSIDE = ("write_weighting", "read_weightings")
PLAYING = 0.95
#: Orders of the edges that the control takes the mean over.
SHUFFLES = 20


@dataclass(frozen=True, kw_only=True)
class EdgeSettings(AgentSettings):
    """Decode from memory which edges an agent reads while it is asked, plans and answers; film one episode."""

    episodes: Annotated[int, Within(1, 100_000)] = 100
    """Fresh episodes that are counted; the one with the longest answer is drawn."""
    speed: Annotated[float, Within(0.1, 60)] = 2.0
    """Steps per second of the film."""


class Edges(Analysis):
    """Which edges of a graph does an agent read while it is asked, plans and answers?"""

    name = "edges"
    Settings = EdgeSettings

    def measure(self, settings: EdgeSettings, progress: Progress) -> Findings:
        """See `Analysis.measure`."""
        from train.analysis.edge_film import write_film
        from train.probing.traces import Trace, trace_agent

        def check(trace: Trace) -> None:
            if trace.views[0].get("scene") != "graph":
                raise UsageError(f"path={settings.path}: its world has no graph")

        traces = trace_agent(
            settings.path,
            episodes=settings.episodes,
            lesson=settings.lesson,
            seed=settings.seed,
            keep=INSIDE,
            views=True,
            progress=lambda word, done: progress(word, PLAYING * done),
            check=check,
        )
        episodes = [decode(trace) for trace in traces]
        numbers = {"episodes": len(episodes), **counted(episodes, np.random.default_rng(settings.seed))}
        # The longest answer has most to see; of several the first.
        longest = max(episodes, key=lambda episode: sum(due is not None for due in episode.due))
        film = partial(write_film, longest, speed=settings.speed)
        return Findings(numbers, {"reads": rows_of(longest)}, {"film.gif": film}, drawn=longest)

    def draw(self, findings: Findings, figure: Any) -> None:
        """See `Analysis.draw`: moments of the episode with the longest answer, and its edges over time."""
        from train.analysis.edge_film import draw

        draw(findings.drawn, figure)


def counted(episodes: Sequence[Decoded], rng: np.random.Generator) -> dict[str, float]:
    """Over the answers that are an edge of the graph: how often it is read, and most of all by some head.

    The control gives the edges of an episode away in random order.
    """
    answers = found = 0
    share = control = 0.0
    for episode in episodes:
        index = {edge: k for k, edge in enumerate(episode.edges)}
        wanted = [(s, index[due]) for s, due in enumerate(episode.due) if due is not None and due in index]
        if not wanted:
            continue
        steps, edges = np.array(wanted).T
        # [answers, R], the edge that each head reads most.
        most = episode.read.argmax(2)[steps]
        answers += len(wanted)
        found += int((most == edges[:, None]).any(1).sum())
        share += float(episode.read.max(1)[steps, edges].sum())
        for _ in range(SHUFFLES):
            mixed = rng.permutation(len(index))
            control += (mixed[most] == edges[:, None]).any(1).sum() / SHUFFLES
    if not answers:
        return {"answers": 0}
    return {
        "answers": answers,
        "right_edge_read_most_by_a_head": found / answers,
        "edges_in_random_order": float(control) / answers,
        "weight_of_the_right_edge": share / answers,
    }


def rows_of(episode: Decoded) -> list[dict[str, Any]]:
    """A row for every step from the question on: what each head reads most."""
    rows = []
    for s, view in enumerate(episode.views):
        due = episode.due[s]
        row: dict[str, Any] = {
            "step": view["step"],
            "phase": view["phase"],
            "due": "" if due is None else " ".join(map(str, due)),
        }
        for head, shares in enumerate(episode.read[s]):
            row[f"head_{head}_edge"] = " ".join(map(str, episode.edges[shares.argmax()]))
            row[f"head_{head}_share"] = float(shares.max())
        rows.append(row)
    return rows
