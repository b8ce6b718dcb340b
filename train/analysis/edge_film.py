"""A graph whose edges light up as they are read from memory: as a film, and as one picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from shrdlu_env.viewer.scenes.graph.placing import part, place_nodes
from train.analysis import drawing
from train.analysis.edge_reads import Decoded

#: Moments in the picture.
MOMENTS = 6
#: Edges in the picture's table of reads, those read most.
SHOWN = 24
COLD, DUE = "#c9c9c9", "#D55E00"
#: Least distance of two nodes, as far as there is room: their names are to be read.
GAP = 0.13


def places(view: dict[str, Any]) -> np.ndarray:
    """Positions [V, 2] of the nodes in the unit square, none on another."""
    if view["positions"] is None:
        pairs = frozenset((source, target) for source, _, target in view["edges"])
        at = place_nodes(len(view["labels"]), pairs).copy()
    else:
        at = np.array(view["positions"], float)
        low, high = at.min(0), at.max(0)
        at = (at - low) / np.maximum(high - low, 1e-9)
    part(at, (0.0, 0.0), (1.0, 1.0), min(GAP, 0.7 / np.sqrt(len(at))))
    return at


def name_of(episode: Decoded, edge: int) -> str:
    """An edge in the names that its nodes have in the picture."""
    view = episode.views[0]
    source, word, target = view["edges"][edge]
    return f"{view['nodes'][source]} {word} {view['nodes'][target]}"


def show(episode: Decoded, step: int, axes: Any) -> None:
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
    for name, (x, y) in zip(view["nodes"], at, strict=True):
        axes.annotate(
            name,
            (x, y),
            (4, 4),
            textcoords="offset points",
            fontsize=7,
            color="#333333",
            zorder=5,
            # A name is no formula, whatever is in it.
            parse_math=False,
        )
    what = f"due: {name_of(episode, episode.edges.index(due))}" if due in episode.edges else view["caption"]
    axes.set_title(f"{view['step']}: {view['phase']}, {what}", fontsize=8, loc="left", parse_math=False)


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


def add_legend(figure: Any) -> None:
    """Below moments: what their lines and the filled circle are."""
    from matplotlib import colormaps
    from matplotlib.lines import Line2D

    read = colormaps["plasma_r"]
    kinds: dict[str, dict[str, Any]] = {
        "an edge, not read": {"color": COLD, "linewidth": 0.8},
        "half of a head's read": {"color": read(0.15 + 0.85 / 2), "linewidth": 0.7 + 3.5 / 2},
        "all of it": {"color": read(1.0), "linewidth": 4.2},
        "the edge to answer": {"color": DUE, "linewidth": 1.3, "linestyle": (0, (3, 3))},
        "where the answer has got to": {
            "marker": "o",
            "linestyle": "none",
            "color": DUE,
            "markeredgecolor": "black",
        },
    }
    lines = [Line2D([], [], **look) for look in kinds.values()]
    width = figure.get_figure(root=True).get_figwidth()
    figure.legend(
        lines, list(kinds), loc="outside lower center", ncols=5 if width > 9 else 3, frameon=False, fontsize=8
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
    add_legend(figure)
    frames = []
    for step in range(len(episode.views)):
        show(episode, step, axes)
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
        show(episode, step, axes)
    for axes in above.axes[len(chosen) :]:
        axes.axis("off")
    add_legend(above)
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
    names = [name_of(episode, k) for k in rows]
    axes.set_yticks(range(len(rows)), names, fontsize=6.5, parse_math=False)
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
