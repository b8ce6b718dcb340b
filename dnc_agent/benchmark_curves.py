"""How the cost of the fused DNC grows with locations, batch and length: a plot and a table."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import torch

from dnc_agent.benchmark import SIZES, Size, alternate, fused, reference

_BASE = SIZES["A"]._replace(steps=20)
_LOCATIONS = (16, 32, 64, 128, 256, 512, 1024, 2048, 4096)


def _curves() -> dict[str, list[tuple[int, Size]]]:
    few = _BASE._replace(batch=2, steps=8)
    return {
        "N, dense links": [(n, few._replace(n=n)) for n in _LOCATIONS if n <= 2048],
        "N, sparse links (K = 8)": [(n, few._replace(n=n, sparse=8)) for n in _LOCATIONS],
        "batch": [(batch, _BASE._replace(batch=batch)) for batch in (1, 4, 16, 64, 256)],
        "T": [(steps, _BASE._replace(steps=steps, batch=8)) for steps in (10, 30, 100, 300, 1000)],
    }


def measure_curves(repeats: int = 3) -> dict[str, list[dict[str, float]]]:
    """CPU ms per time-step, forward and backward, along every curve; the reference up to N = 512."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        found: dict[str, list[dict[str, float]]] = {}
        for title, points in _curves().items():
            found[title] = []
            for value, size in points:
                work = {"fused": fused(size)}
                if size.n <= 512 and size.steps <= 300 and size.sparse is None:
                    work["reference"] = reference(size)
                medians = alternate(work, repeats, time.process_time)
                times = {name: 1e3 * seconds / size.steps for name, seconds in medians.items()}
                found[title].append({"at": value, **times})
    finally:
        torch.set_num_threads(before)
    return found


def draw_curves(folder: Path, repeats: int = 3) -> dict[str, Any]:
    """Measure, and write kernels_scaling.png and kernels_scaling.md into the folder; returns the figures."""
    from matplotlib.figure import Figure

    found = measure_curves(repeats)
    figure = Figure(figsize=(10, 7), layout="constrained")
    for axes, (title, points) in zip(figure.subplots(2, 2).flat, found.items(), strict=True):
        for name, style in (("fused", "o-"), ("reference", "s--")):
            line = [(point["at"], point[name]) for point in points if name in point]
            if line:
                axes.loglog(*zip(*line, strict=True), style, label=name)
        axes.set(title=title, xlabel=title.split(",")[0], ylabel="CPU ms per time-step")
        axes.grid(alpha=0.3)
        axes.legend()
    figure.savefig(folder / "kernels_scaling.png", dpi=100)
    (folder / "kernels_scaling.md").write_text(_table(found), encoding="utf-8")
    return found


def _table(found: dict[str, list[dict[str, float]]]) -> str:
    lines = [
        "# Scaling of the fused DNC",
        "",
        "CPU milliseconds per time-step, forward and backward, one thread, float32; input 100, hidden 256,",
        "W 64, R 4. Along N: batch 2, T 8; along the batch: N 32, T 20; along T: N 32, batch 8. Written by",
        "`python benchmarks/dnc_speed.py --curves`. The sequence gets and gives dense links, [B, N, N], also",
        "where the kernels keep sparse ones; with so few steps that shows at the largest N.",
        "",
        "![curves](kernels_scaling.png)",
    ]
    for title, points in found.items():
        lines += ["", f"| {title} | fused | reference |", "|---:|---:|---:|"]
        for point in points:
            other = f"{point['reference']:.2f}" if "reference" in point else "-"
            lines.append(f"| {point['at']} | {point['fused']:.2f} | {other} |")
    return "\n".join(lines) + "\n"
