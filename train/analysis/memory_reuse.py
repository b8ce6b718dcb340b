"""Are locations freed after they were read, and written again?

Source: Graves et al. 2016, 'Extended Data Figure 1'.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from shrdlu_env.sequences.sequences import LABELS, SequenceStep
from train.analysis import drawing
from train.analysis.analysis import Analysis, Findings, Rows, TrainingSettings
from train.experiment import Progress
from train.experiments.copying.settings import Length

if TYPE_CHECKING:
    from train.analysis.tracing import Traced

#: A location counts as written or read at a step when it has more than this of the weighting.
HALF = 0.5
GATES = {"write_gate": "write", "allocation_gate": "allocation", "free_gate": "free"}


@dataclass(frozen=True)
class ReuseSettings(TrainingSettings):
    """Copy several sequences in one episode through a memory too small for them, with a controller that remembers
    nothing; then look at one episode."""

    sequences: int = 40_000
    memory_size: int = 10
    lengths: tuple[int, int] = (1, 5)
    copies: Length = 3
    """Sequences in one episode of training."""
    tested_copies: Length = 10
    """Sequences in one episode of the test, each as long as the longest of training."""


class MemoryReuse(Analysis):
    """Are locations freed after they were read, and written again?"""

    name = "memory-reuse"
    Settings = ReuseSettings

    def measure(self, settings: ReuseSettings, progress: Progress) -> Findings:
        """See `Analysis.measure`; the controller is feed-forward."""
        from train.analysis.tracing import trace_episode
        from train.analysis.training import copy_config, train_copy

        config = copy_config(settings, seed=settings.seed, copies=settings.copies, controller="feedforward")
        seconds = None if settings.minutes is None else 60 * settings.minutes
        trained = train_copy(config, settings.sequences, seconds, lambda done: progress("training", done))
        longest = settings.lengths[1]
        test = {"sequences": settings.tested_copies, "lengths": (longest, longest)}
        progress("testing", 1.0)
        score = trained.score(settings.tests, settings.seed, **test)
        steps = rows_of(trace_episode(trained.learner, trained.task(**test), settings.seed))
        numbers = {
            "episodes_trained": trained.learner.episodes,
            "bits_right": score.accuracy,
            "episodes_without_a_wrong_bit": score.exact_share,
            "vectors_through_memory": settings.tested_copies * longest,
            "locations": settings.memory_size,
            **look_at(steps),
        }
        return Findings(numbers, {"steps": steps, "training": trained.curve})

    def draw(self, findings: Findings, figure: Any) -> None:
        """See `Analysis.draw`: writes, reads, usage and gates over time."""
        draw(findings.tables["steps"], figure)


def rows_of(traced: Traced) -> Rows:
    """A row for every step of an episode; gates and weightings of several read heads as their mean and maximum."""
    inside = traced.internals
    rows: list[dict[str, Any]] = []
    for t, label in enumerate(traced.labels):
        row: dict[str, Any] = {
            "step": t,
            "label": SequenceStep(label).name.lower(),
            "bits_right": float(traced.right[t]),
            "write_gate": float(inside["write_gate"][t]),
            "allocation_gate": float(inside["allocation_gate"][t]),
            "free_gate": float(inside["free_gates"][t].mean()),
        }
        weightings = {
            "write": inside["write_weighting"][t],
            "read": inside["read_weightings"][t].max(0),
            "usage": inside["usage"][t],
        }
        for name, values in weightings.items():
            row |= {f"{name}_{n}": float(value) for n, value in enumerate(values)}
        rows.append(row)
    return rows


def columns(rows: Rows, name: str) -> np.ndarray:
    """Values [T, N] of the columns `name_0`, `name_1`, ... of a table."""
    count = sum(key.startswith(f"{name}_") and key[len(name) + 1 :].isdecimal() for key in rows[0])
    return np.array([[row[f"{name}_{n}"] for n in range(count)] for row in rows])


def look_at(rows: Rows) -> dict[str, Any]:
    """What one episode shows: which locations are written and how often, and where the gates open."""
    written = columns(rows, "write") > HALF
    numbers: dict[str, Any] = {
        "traced_bits_right": float(np.nanmean([row["bits_right"] for row in rows])),
        "locations_written": int(written.any(0).sum()),
        "writes": int(written.sum()),
        "writes_of_a_location_at_most": int(written.sum(0).max()),
        "mean_locations_in_use": float(columns(rows, "usage").sum(1).mean()),
    }
    for gate in GATES:
        for name, label in (("item", SequenceStep.ITEM), ("answer", SequenceStep.ANSWER)):
            at = [row[gate] for row in rows if row["label"] == label.name.lower()]
            numbers[f"{gate}_at_{name}s"] = float(np.mean(at))
    return numbers


def draw(rows: Rows, figure: Any) -> None:
    """Weightings and usage as images of locations over time, gates as curves below; answers are shaded."""
    figure.set_size_inches(11, 8.5)
    panels = figure.subplots(4, 1, sharex=True, height_ratios=(1, 1, 1, 0.9))
    images = {
        "write": "Write weighting",
        "read": "Read weighting",
        "usage": "Usage",
    }
    for axes, (name, title) in zip(panels, images.items(), strict=False):
        values = columns(rows, name)
        image = axes.imshow(
            values.T, aspect="auto", cmap=drawing.SEQUENTIAL, vmin=0, vmax=1, interpolation="nearest"
        )
        axes.set_title(title, fontsize=10, loc="left")
        axes.set_ylabel("location")
        axes.set_yticks(range(0, values.shape[1], max(1, values.shape[1] // 5)))
    figure.colorbar(image, ax=list(panels[:3]), shrink=0.6, pad=0.01, label="weight or usage")
    gates = panels[3]
    for t, row in enumerate(rows):
        if row["label"] == SequenceStep.ANSWER.name.lower():
            gates.axvspan(t - 0.5, t + 0.5, color="grey", alpha=0.2, linewidth=0)
    for (name, word), colour in zip(GATES.items(), drawing.COLOURS, strict=False):
        gates.plot([row[name] for row in rows], color=colour, linewidth=1.3, label=word)
    drawing.finish(gates, "step", "gate", f"Gates (shaded: {LABELS[SequenceStep.ANSWER]})")
    gates.set_ylim(-0.03, 1.03)
    gates.legend(frameon=False, ncols=3, loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0)
