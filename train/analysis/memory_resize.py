"""Does a network trained with one number of locations work with another, and does its capacity follow?

Source: Graves et al. 2016, 'Memory resize': there on graph traversal, here on copy.
"""

from __future__ import annotations

import math
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np

from train.analysis import drawing
from train.analysis.analysis import Analysis, Findings, Rows, TrainingSettings
from train.errors import UsageError
from train.experiment import Progress
from train.experiments.copying.settings import Length
from train.settings import Within

if TYPE_CHECKING:
    from train.analysis.training import Trained

#: Share of the bar for the training.
TRAINING = 0.8
STRENGTHS = ("as trained", "times log N / log N trained")


@dataclass(frozen=True)
class ResizeSettings(TrainingSettings):
    """Copy with one number of locations, then test with others, at lengths within and beyond those of training."""

    sequences: int = 60_000
    locations: tuple[Annotated[int, Within(2, 65_536)], ...] = (8, 16, 32, 64, 128)
    """Locations N that are tested."""
    tested_lengths: tuple[Length, ...] = (5, 10, 15, 20, 30, 40, 60)
    """Vectors of a sequence that are tested."""


class MemoryResize(Analysis):
    """Does a network trained with one number of locations work with another, and does its capacity follow?"""

    name = "memory-resize"
    Settings = ResizeSettings

    def measure(self, settings: ResizeSettings, progress: Progress) -> Findings:
        """See `Analysis.measure`."""
        from train.analysis.training import copy_config, train_copy

        if not settings.locations or not settings.tested_lengths or settings.memory_size < 2:
            raise UsageError(
                f"locations={settings.locations}, tested_lengths={settings.tested_lengths}, "
                f"memory_size={settings.memory_size}: at least one each, and at least 2 locations"
            )
        config = copy_config(settings, seed=settings.seed)
        seconds = None if settings.minutes is None else 60 * settings.minutes
        trained = train_copy(
            config, settings.sequences, seconds, lambda done: progress("training", TRAINING * done)
        )
        rows = list(_test(trained, settings, progress))
        numbers = {"episodes_trained": trained.learner.episodes, **_summary(rows, settings.memory_size)}
        return Findings(numbers, {"resized": rows, "training": trained.curve})

    def draw(self, findings: Findings, figure: Any) -> None:
        """See `Analysis.draw`: bits right by locations and length, with strengths as trained and tempered."""
        draw(findings.tables["resized"], figure)


def _test(trained: Trained, settings: ResizeSettings, progress: Progress) -> Rows:
    from dnc_agent.cores.contract import resized
    from train.analysis.tempering import tempered

    core: Any = trained.learner.network.core
    rows = []
    cells = [(n, length) for n in settings.locations for length in settings.tested_lengths]
    for k, (n, length) in enumerate(cells):
        progress(f"testing N = {n}", TRAINING + (1 - TRAINING) * k / len(cells))
        row: dict[str, Any] = {"locations": n, "length": length, "episodes": settings.tests}
        factor = math.log(n) / math.log(settings.memory_size)
        with resized(core, n):
            for name, strengths in (("", nullcontext()), ("tempered_", tempered(core, factor))):
                with strengths:
                    score = trained.score(settings.tests, settings.seed, lengths=(length, length))
                row |= {f"{name}bits_right": score.accuracy, f"{name}exact": score.exact_share}
        rows.append(row | {"factor": factor})
    return rows


def _summary(rows: Rows, trained_with: int) -> dict[str, Any]:
    """Bits right where the sequence fits into memory (one location a vector and one to spare) and where not."""
    numbers: dict[str, Any] = {}
    for name, fits in (("fitting", True), ("not_fitting", False)):
        cells = [row for row in rows if (row["length"] < row["locations"]) == fits]
        if cells:
            numbers[f"bits_right_{name}"] = float(np.mean([row["bits_right"] for row in cells]))
            numbers[f"bits_right_{name}_tempered"] = float(
                np.mean([row["tempered_bits_right"] for row in cells])
            )
    as_trained = [row["bits_right"] for row in rows if row["locations"] == trained_with]
    if as_trained:
        numbers["bits_right_with_the_locations_of_training"] = float(np.mean(as_trained))
    return numbers


def draw(rows: Rows, figure: Any) -> None:
    """Two heat maps; the line parts the cells in which every vector can have a location of its own."""
    figure.set_size_inches(11, 4)
    locations = sorted({int(row["locations"]) for row in rows})
    lengths = sorted({int(row["length"]) for row in rows})
    panels = figure.subplots(1, 2, sharey=True)
    for axes, name, title in zip(panels, ("bits_right", "tempered_bits_right"), STRENGTHS, strict=True):
        values = np.full((len(locations), len(lengths)), np.nan)
        for row in rows:
            at = locations.index(int(row["locations"])), lengths.index(int(row["length"]))
            values[at] = 100 * row[name]
        image = axes.imshow(values, aspect="auto", origin="lower", cmap=drawing.SEQUENTIAL, vmin=50, vmax=100)
        for (y, x), value in np.ndenumerate(values):
            axes.text(
                x, y, f"{value:.0f}", ha="center", va="center", color="white" if value < 75 else "black"
            )
        # First column of each row that has no room.
        border = [sum(length <= n for length in lengths) - 0.5 for n in locations]
        edges = np.arange(len(locations) + 1) - 0.5
        axes.stairs(
            border, edges, orientation="horizontal", baseline=None, color=drawing.COLOURS[1], linewidth=2
        )
        axes.set_xticks(range(len(lengths)), [str(length) for length in lengths])
        axes.set_yticks(range(len(locations)), [str(n) for n in locations])
        axes.set_xlabel("vectors in the sequence")
        axes.set_title(f"Read strengths {title}", fontsize=10, loc="left")
    panels[0].set_ylabel("locations N in the test")
    figure.colorbar(image, ax=list(panels), label="bits right, %", pad=0.01)
