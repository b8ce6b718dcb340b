"""A graph whose edges light up as they are read from memory: as a film, and as one picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from train.analysis import drawing
from train.analysis.edge_reads import Decoded

#: Moments in the picture.
MOMENTS = 6
#: Edges in the picture's table of reads, those read most.
SHOWN = 24
COLD, DUE = "#c9c9c9", "#D55E00"


def places(view: dict[str, Any]) -> np.ndarray:
    """Positions [V, 2] of the nodes in the unit square."""
    if view["positions"] is not None:
        return np.array(view["positions"], float)
    count = len(view["labels"])
    angle = 2 * np.pi * np.arange(count) / count
    return 0.5 + 0.5 * np.stack([np.cos(angle), np.sin(angle)], 1)


def show(episode: Decoded, step: int, axes: Any, *, names: bool = True) -> None:
    """One moment: every edge in the colour of how much of it is read, the edge to answer dashed beside it."""
    from matplotlib import colormaps

    view = episode.views[step]
    index = {label: node for node, label in enumerate(view["labels"])}
    at = places(view)
    shares = episode.read[step].max(0)
    heat = colormaps["plasma_r"]
    axes.clear()
    axes.axis("off")
    axes.set_xlim(-0.06, 1.06)
    axes.set_ylim(-0.06, 1.06)
    for k in np.argsort(shares):
        source, _, target = episode.edges[k]
        colour = heat(0.15 + 0.85 * float(shares[k])) if shares[k] > 0.05 else COLD
        _arrow(axes, at[index[source]], at[index[target]], colour, 0.7 + 3.5 * float(shares[k]), "-")
    due = episode.due[step]
    if due is not None and due[0] in index and due[2] in index:
        _arrow(axes, at[index[due[0]]], at[index[due[2]]], DUE, 1.3, (0, (3, 3)), bend=0.3)
    axes.scatter(at[:, 0], at[:, 1], s=26, color="white", edgecolors="#444444", linewidths=0.8, zorder=3)
    current = view["current"]
    if current is not None:
        axes.scatter(*at[current], s=70, color=DUE, edgecolors="black", linewidths=0.8, zorder=4)
    if names:
        for name, (x, y) in zip(view["nodes"], at, strict=True):
            axes.annotate(
                name, (x, y), (3, 4), textcoords="offset points", fontsize=6.5, color="#444444", zorder=5
            )
    axes.set_title(f"{view['step']}: {view['phase']}  {view['caption']}", fontsize=8, loc="left")


def _arrow(
    axes: Any, start: Any, end: Any, colour: Any, width: float, style: Any, bend: float = 0.12
) -> None:
    from matplotlib.patches import FancyArrowPatch

    axes.add_patch(
        FancyArrowPatch(
            tuple(start),
            tuple(end),
            connectionstyle=f"arc3,rad={bend}",
            arrowstyle="-|>,head_length=3,head_width=1.5",
            shrinkA=3,
            shrinkB=4,
            color=colour,
            linewidth=width,
            linestyle=style,
        )
    )


def write_film(episode: Decoded, path: Path, *, speed: float) -> None:
    """A GIF with a frame for every step from the question on; at the first and the last it rests.

    Args:
        episode: what is shown.
        path: of the file, whatever its suffix.
        speed: steps per second.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from PIL import Image

    figure = Figure(figsize=(6.4, 6.6), layout="constrained")
    canvas = FigureCanvasAgg(figure)
    axes = figure.subplots()
    frames = []
    for step in range(len(episode.views)):
        show(episode, step, axes)
        axes.text(
            0, -0.05, "thick: read from memory; dashed: the edge to answer", fontsize=7, color="dimgrey"
        )
        canvas.draw()
        frames.append(Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3].copy()))
    # One palette for all frames, of one in the middle and the last, so that colours do not flicker.
    sheet = Image.new("RGB", (frames[0].width, 2 * frames[0].height))
    sheet.paste(frames[len(frames) // 2], (0, 0))
    sheet.paste(frames[-1], (0, frames[0].height))
    palette = sheet.quantize(128)
    shown = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    pause = round(1000 / speed)
    rests = [2 * pause, *[pause] * (len(shown) - 2), 3 * pause][: len(shown)]
    shown[0].save(path, format="GIF", save_all=True, append_images=shown[1:], duration=rests, loop=0)


def moments(episode: Decoded) -> list[int]:
    """Steps that the picture shows: the last of the question, then evenly up to the end."""
    phases = [view["phase"] for view in episode.views]
    asked = max((s for s, phase in enumerate(phases) if phase == "query"), default=0)
    found = np.linspace(asked, len(phases) - 1, min(MOMENTS, len(phases) - asked))
    return sorted({round(s) for s in found})


def draw(episode: Decoded, figure: Any) -> None:
    """Six moments above, every edge that is read over time below; circles: the edge to answer."""
    chosen = moments(episode)
    lines = -(-len(chosen) // 3)
    figure.set_size_inches(12, 4.2 * lines + 4.6)
    above, below = figure.subfigures(2, 1, height_ratios=(4.2 * lines, 4.6))
    for axes, step in zip(above.subplots(lines, 3, squeeze=False).flat, chosen, strict=False):
        show(episode, step, axes, names=False)
    for axes in above.axes[len(chosen) :]:
        axes.axis("off")
    shares = episode.read.max(1)
    first = [due for due in dict.fromkeys(episode.due) if due in episode.edges]
    others = sorted(
        (k for k, edge in enumerate(episode.edges) if edge not in first), key=lambda k: -shares[:, k].max()
    )
    rows = [*(episode.edges.index(due) for due in first), *others][: max(SHOWN, len(first))]
    axes = below.subplots()
    image = axes.imshow(
        shares[:, rows].T, aspect="auto", cmap=drawing.SEQUENTIAL, vmin=0, vmax=1, interpolation="nearest"
    )
    below.colorbar(image, ax=axes, pad=0.01, label="share of a head's read")
    due = [(s, rows.index(episode.edges.index(edge))) for s, edge in enumerate(episode.due) if edge in first]
    if due:
        axes.scatter(*zip(*due, strict=True), s=34, facecolors="none", edgecolors=DUE, linewidths=1.4)
    axes.set_yticks(range(len(rows)), [" ".join(map(str, episode.edges[k])) for k in rows], fontsize=6.5)
    steps = [view["step"] for view in episode.views]
    every = max(1, len(steps) // 15)
    axes.set_xticks(range(0, len(steps), every), steps[::every])
    starts = [
        s for s, view in enumerate(episode.views) if s and view["phase"] != episode.views[s - 1]["phase"]
    ]
    for start in starts:
        axes.axvline(start - 0.5, color="white", linewidth=0.8, linestyle=":")
    axes.set_xlabel("step, from the question on (circle: the edge to answer)")
    axes.set_title("Edges decoded from what is read", fontsize=10, loc="left")
