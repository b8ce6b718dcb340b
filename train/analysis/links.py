"""What do temporal links bring on copy: full, sparse, or none?

Source: Graves et al. 2016, 'Sparse link matrix'.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from train.analysis import drawing
from train.analysis.analysis import Analysis, Findings, Rows, TrainingSettings
from train.experiment import Progress
from train.settings import Within

FULL, NONE = "full", "none"


@dataclass(frozen=True)
class LinksSettings(TrainingSettings):
    """Copy with full, sparse and no temporal links, everything else equal."""

    sequences: int = 30_000
    seeds: Annotated[int, Within(1, 1000)] = 3
    """Networks of each kind, seeds counted up from `seed`."""
    sparse: tuple[Annotated[int, Within(1, 65_536)], ...] = (2, 5, 8, 20)
    """Entries K that sparse links keep, a kind each."""


class Links(Analysis):
    """What do temporal links bring on copy: full, sparse, or none?"""

    name = "links"
    Settings = LinksSettings

    def measure(self, settings: LinksSettings, progress: Progress) -> Findings:
        """See `Analysis.measure`. Seeds come first, then kinds: each seed is one whole comparison."""
        from train.analysis.training import copy_config, train_copy

        kinds = kinds_of(settings.sparse)
        seeds = range(settings.seed, settings.seed + settings.seeds)
        todo = [(seed, kind) for seed in seeds for kind in kinds]
        seconds = None if settings.minutes is None else 60 * settings.minutes / len(todo)
        longest = settings.lengths[1]
        curves: list[dict[str, Any]] = []
        tests: list[dict[str, Any]] = []
        for k, (seed, kind) in enumerate(todo):

            def share(done: float, k: int = k, word: str = f"links {kind}, seed {seed}") -> None:
                progress(word, (k + done) / len(todo))

            config = copy_config(settings, seed=seed, **kinds[kind])
            trained = train_copy(config, settings.sequences, seconds, share)
            curves += [{"links": kind, "seed": seed, **point} for point in trained.curve]
            score = trained.score(settings.tests, settings.seed, lengths=(longest, longest))
            tests.append(
                {
                    "links": kind,
                    "seed": seed,
                    "episodes_trained": trained.learner.episodes,
                    "wrong_at_the_end": trained.curve[-1]["wrong"],
                    "test_length": longest,
                    "test_wrong": score.wrong_per_sequence,
                    "test_bits_right": score.accuracy,
                    "test_exact": score.exact_share,
                }
            )
        numbers = {
            f"wrong_bits_of_{longest * settings.width}_links_{kind}": _mean(tests, kind) for kind in kinds
        }
        return Findings(numbers, {"tests": tests, "training": curves})

    def draw(self, findings: Findings, figure: Any) -> None:
        """See `Analysis.draw`: wrong bits per sequence against sequences seen."""
        draw(findings.tables["training"], figure)


def kinds_of(sparse: tuple[int, ...]) -> dict[str, dict[str, Any]]:
    """Every kind of links by name, as options of the core."""
    return {
        FULL: {},
        **{f"K={k}": {"sparse_links": k} for k in sparse},
        NONE: {"temporal_links": False},
    }


def _mean(tests: Rows, kind: str) -> float:
    return float(np.mean([row["test_wrong"] for row in tests if row["links"] == kind]))


def draw(curves: Rows, figure: Any) -> None:
    """A colour a kind: its seeds as thin curves, their mean as a thick one where each has as many points."""
    figure.set_size_inches(8, 4.5)
    axes = figure.subplots()
    kinds = list(dict.fromkeys(row["links"] for row in curves))
    for kind, colour in zip(kinds, drawing.COLOURS, strict=False):
        by_seed: dict[int, list[tuple[float, float]]] = {}
        for row in curves:
            if row["links"] == kind:
                by_seed.setdefault(row["seed"], []).append((row["episodes"] / 1000, row["wrong"]))
        # What the others are compared with stands out.
        look = {"color": drawing.COLOURS[-1], "linestyle": "--"} if kind == NONE else {"color": colour}
        for points in by_seed.values():
            axes.plot(*zip(*points, strict=True), **look, linewidth=0.7, alpha=0.4)
        shortest = min(map(len, by_seed.values()))
        mean = np.mean([points[:shortest] for points in by_seed.values()], axis=0)
        axes.plot(*mean.T, **look, linewidth=2, label=kind)
    drawing.finish(
        axes,
        "thousand sequences seen",
        "wrong bits per sequence",
        "Copy in training, by links (thin: seeds, thick: their mean)",
    )
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False, title="links")
