"""Walks right by locations of the memory and size of the graph, for an agent of traversal.

    python -m benchmarks.graph_memory AGENT --out docs/results/graphs

Writes memory.csv and memory.png: the agent as it is, and with its read strengths multiplied by log N / log N trained.
Source: Graves et al. 2016, 'Memory resize'.
"""

from __future__ import annotations

import argparse
import math
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dnc_agent.cores.contract import resized
from shrdlu_env.graphs.arrays import TRAVERSAL
from train.agents import load_agent
from train.analysis.drawing import SEQUENTIAL
from train.analysis.running import as_csv
from train.analysis.tempering import tempered
from train.experiments.graphs.evaluating import examine
from train.experiments.graphs.sources import make_sampler
from train.files import write_text

LOCATIONS = (32, 64, 128, 256)
NODES = (10, 20, 30)
DEGREE, PATH = (3, 3), (7, 7)
"""Every node has so many edges, every walk as many as in the tests on maps."""
STRENGTHS = {"right": "as trained", "tempered_right": "times log N / log N trained"}


def measure(agent: Any, config: Any, episodes: int, seed: int) -> list[dict[str, Any]]:
    """A row for every number of locations and nodes."""
    core = agent.network.core
    trained, rows = core.memory_size, []
    for nodes in NODES:
        sampler, arguments = make_sampler(
            config, TRAVERSAL, 1, nodes=(nodes, nodes), degree=DEGREE, path=PATH
        )
        drawn = sampler.generate(np.random.default_rng([seed, nodes]), episodes)
        for locations in LOCATIONS:
            row: dict[str, Any] = {"locations": locations, "nodes": nodes, "triples": nodes * DEGREE[0]}
            factor = math.log(locations) / math.log(trained)
            with resized(core, locations):
                for name in STRENGTHS:
                    with nullcontext() if name == "right" else tempered(core, factor):
                        row[name] = examine(agent, drawn, arguments, TRAVERSAL).accuracy
            rows.append(row | {"factor": round(factor, 4), "episodes": episodes, "trained_with": trained})
            print(rows[-1], flush=True)
    return rows


def draw(rows: list[dict[str, Any]], out: Path) -> None:
    """Two heat maps: strengths as trained, and tempered."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(1, 2, figsize=(10, 4), sharey=True)
    for axes, (name, title) in zip(panels, STRENGTHS.items(), strict=True):
        values = np.array(
            [
                [100 * row[name] for n in NODES for row in rows if (row["locations"], row["nodes"]) == (k, n)]
                for k in LOCATIONS
            ]
        )
        image = axes.imshow(values, aspect="auto", origin="lower", cmap=SEQUENTIAL, vmin=0, vmax=100)
        for (y, x), value in np.ndenumerate(values):
            axes.text(
                x, y, f"{value:.0f}", ha="center", va="center", color="white" if value < 50 else "black"
            )
        axes.set_xticks(range(len(NODES)), [str(n * DEGREE[0]) for n in NODES])
        axes.set_yticks(range(len(LOCATIONS)), [str(n) for n in LOCATIONS])
        axes.set_xlabel("triples described")
        axes.set_title(f"Read strengths {title}", fontsize=10, loc="left")
    panels[0].set_ylabel("locations N in the test")
    figure.colorbar(image, ax=list(panels), label="walks right, %", pad=0.01)
    figure.savefig(out, dpi=110, bbox_inches="tight")


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("agent", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--episodes", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    flags = parser.parse_args()
    torch.set_num_threads(1)
    agent, found = load_agent(flags.agent)
    rows = measure(agent, found.config, flags.episodes, flags.seed)
    write_text(flags.out / "memory.csv", as_csv(rows))
    draw(rows, flags.out / "memory.png")


if __name__ == "__main__":
    main()
