"""Where an agent writes and reads in one episode, in which mode, and how its memory fills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from train.analysis import drawing
from train.analysis.analysis import AgentSettings, Analysis, Findings
from train.errors import UsageError
from train.experiment import Progress

#: In the paper's order.
MODES = ("backward", "content", "forward")
MODE_COLOURS = ("#D55E00", "#0072B2", "#009E73")
GATES = ("content", "allocation")
GATE_COLOURS = ("#0072B2", "#CC79A7")
#: Of weightings whose making the core does not tell.
PLAIN_COLOUR = "#333333"
#: A location counts as written from this weight on.
WRITTEN = 0.5
INSIDE = ("write_weighting", "write_weightings", "read_weightings", "read_modes", "allocation_gate", "usage")


@dataclass(frozen=True, kw_only=True)
class WeightingSettings(AgentSettings):
    """Draw the read and write weightings of one episode of an agent by head, and the usage of its memory."""


class Weightings(Analysis):
    """Where does an agent write and read, and in which mode?"""

    name = "weightings"
    Settings = WeightingSettings

    def measure(self, settings: WeightingSettings, progress: Progress) -> Findings:
        """See `Analysis.measure`."""
        from train.probing.traces import trace_agent

        (trace,) = trace_agent(
            settings.path, episodes=1, lesson=settings.lesson, seed=settings.seed, progress=progress
        )
        if "read_weightings" not in trace.inside:
            raise UsageError(f"path={settings.path}: its core has no memory to look into")
        inside = {name: trace.inside[name] for name in INSIDE if name in trace.inside}
        phases = phase_words(trace.labels["phase"])
        rows = table(inside, phases)
        reads = inside["read_weightings"]
        numbers: dict[str, Any] = {
            "steps": len(trace),
            "locations": reads.shape[2],
            "read_heads": reads.shape[1],
            "locations_written": int((written(inside).max(1) > WRITTEN).any(0).sum()),
            "sharpest_read_on_average": float(reads.max(2).mean()),
        }
        if "read_modes" in inside:
            for phase in dict.fromkeys(phases):
                at = np.array([word == phase for word in phases])
                for k, mode in enumerate(MODES):
                    numbers[f"{mode}_while_{phase}"] = float(inside["read_modes"][at][..., k].mean())
        return Findings(numbers, {"steps": rows}, drawn=(inside, phases))

    def draw(self, findings: Findings, figure: Any) -> None:
        """See `Analysis.draw`."""
        inside, phases = findings.drawn
        draw(inside, phases, figure)


def phase_words(phases: NDArray[np.int64]) -> list[str]:
    """Phases in words."""
    from shrdlu_env.task import Phase

    return [Phase(int(phase)).word for phase in phases]


def written(inside: dict[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    """Write weightings [T, V, N] of V heads."""
    several = inside.get("write_weightings")
    return inside["write_weighting"][:, None] if several is None else several


def table(inside: dict[str, NDArray[np.float32]], phases: list[str]) -> list[dict[str, Any]]:
    """A row for every step: where each head is, how sharply, in which mode."""
    rows = []
    for t, phase in enumerate(phases):
        row: dict[str, Any] = {"step": t, "phase": phase}
        for kind, weightings in (("write", written(inside)), ("read", inside["read_weightings"])):
            for head, weights in enumerate(weightings[t]):
                row[f"{kind}_{head}_location"] = int(weights.argmax())
                row[f"{kind}_{head}_weight"] = float(weights.max())
                row[f"{kind}_{head}_total"] = float(weights.sum())
        for head, shares in enumerate(inside["read_modes"][t] if "read_modes" in inside else ()):
            row |= {f"read_{head}_{mode}": float(share) for mode, share in zip(MODES, shares, strict=True)}
        if "allocation_gate" in inside:
            row["allocation_gate"] = float(inside["allocation_gate"][t])
        if "usage" in inside:
            row["locations_in_use"] = float(inside["usage"][t].sum())
        rows.append(row)
    return rows


def blended(
    weights: NDArray[np.float32], shares: NDArray[np.float32], colours: tuple[str, ...]
) -> NDArray[np.float64]:
    """A picture [N, T, 3] of weights [T, N] on white, in the mixture of colours that shares [T, M] say."""
    from matplotlib.colors import to_rgb

    mixed = shares @ np.array([to_rgb(colour) for colour in colours])
    # Heads often spread over a goal's or a line's locations: by its root, a weight of 0.1 can be seen beside one of 1.
    strength = np.sqrt(np.clip(weights, 0, 1)).T[..., None]
    picture: NDArray[np.float64] = 1 - strength * (1 - np.clip(mixed, 0, 1))
    return picture


def by_first_write(inside: dict[str, NDArray[np.float32]]) -> NDArray[np.int64]:
    """Locations in the order in which they were first written, without those that never were; all, if none was."""
    touched = written(inside).max(1) > WRITTEN
    if not touched.any():
        return np.arange(touched.shape[1])
    found = np.flatnonzero(touched.any(0))
    return found[np.argsort(touched[:, found].argmax(0), kind="stable")]


def draw(inside: dict[str, NDArray[np.float32]], phases: list[str], figure: Any) -> None:
    """A panel for every head, and one for usage; lines part the phases."""
    steps, order = len(phases), by_first_write(inside)
    alone = np.ones((steps, 1), np.float32)
    colours: tuple[str, ...]
    panels: list[tuple[str, NDArray[np.floating], Any]] = []
    for head in range(written(inside).shape[1]):
        if "allocation_gate" in inside:
            gate = inside["allocation_gate"][:, None]
            shares, colours = np.concatenate([1 - gate, gate], 1), GATE_COLOURS
        else:
            shares, colours = alone, (PLAIN_COLOUR,)
        panels.append(
            (f"write head {head + 1}", blended(written(inside)[:, head][:, order], shares, colours), None)
        )
    for head in range(inside["read_weightings"].shape[1]):
        modes = inside["read_modes"][:, head] if "read_modes" in inside else alone
        colours = MODE_COLOURS if "read_modes" in inside else (PLAIN_COLOUR,)
        weights = inside["read_weightings"][:, head][:, order]
        panels.append((f"read head {head + 1}", blended(weights, modes, colours), None))
    if "usage" in inside:
        panels.append(("usage", inside["usage"][:, order].T, drawing.SEQUENTIAL))
    figure.set_size_inches(11, 0.9 + 2.1 * len(panels))
    axes = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
    for axis, (title, picture, colours_of) in zip(axes, panels, strict=True):
        image = axis.imshow(picture, aspect="auto", interpolation="nearest", cmap=colours_of, vmin=0, vmax=1)
        axis.set_ylabel(title)
        if colours_of is not None:
            figure.colorbar(image, ax=axis, pad=0.01, label="usage")
    starts = [t for t in range(steps) if t == 0 or phases[t] != phases[t - 1]]
    for axis in axes:
        for t in starts[1:]:
            axis.axvline(t - 0.5, color="black", linewidth=0.7, linestyle=":")
    _name_phases(axes[0], starts, phases)
    axes[-1].set_xlabel(
        "step (rows: locations written, in the order of their first writes; colour: root of the weight)"
    )
    _explain(figure, inside)


def _name_phases(axis: Any, starts: list[int], phases: list[str]) -> None:
    """Names above the panel, where the phases are long enough for one."""
    ends = [*starts[1:], len(phases)]
    for start, end in zip(starts, ends, strict=True):
        if end - start >= max(2, len(phases) // 20) or len(starts) <= 3:
            axis.annotate(
                phases[start],
                ((start + end - 1) / 2, 1.02),
                xycoords=("data", "axes fraction"),
                ha="center",
                fontsize=8,
                color="dimgrey",
            )


def _explain(figure: Any, inside: dict[str, NDArray[np.float32]]) -> None:
    """What the colours mean, for heads that tell."""
    from matplotlib.patches import Patch

    known = []
    if "allocation_gate" in inside:
        known += [
            Patch(color=colour, label=f"written by {word}")
            for word, colour in zip(GATES, GATE_COLOURS, strict=True)
        ]
    if "read_modes" in inside:
        known += [
            Patch(color=colour, label=f"read {word}")
            for word, colour in zip(("backward", "by content", "forward"), MODE_COLOURS, strict=True)
        ]
    if known:
        figure.legend(handles=known, loc="outside upper right", ncols=len(known), frameon=False, fontsize=8)
