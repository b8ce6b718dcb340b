"""Shortest paths right by their length, beside a walker that takes any edge that leaves where it stands.

    python -m benchmarks.path_probe plain=RUN helped=checkpoints/shortest-path-helped --out docs/results/graphs

Whoever has only learnt to name edges that leave, which the choice is restricted to, does no better than that walker;
where most nodes have one edge, that is already much. On graphs as large as the lesson's. Writes paths.csv and
paths.png.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.named_agents import load_graph_agent, measure_all
from benchmarks.series.floors import any_edges
from shrdlu_env.graphs.arrays import SHORTEST_PATH
from shrdlu_env.graphs.lessons import SHORTEST_PATH as LESSONS
from train.analysis.running import as_csv
from train.experiments.graphs.evaluating import examine
from train.experiments.graphs.sources import make_sampler
from train.files import write_text

#: Ranges of edges that leave a node: a panel each.
DEGREES = ((1, 2), (2, 4))
EDGES = (1, 2, 3, 4, 5)
WALKER = "any edge that leaves"


def measure(name: str, path: Path, lesson: int, episodes: int, seed: int) -> list[dict[str, Any]]:
    """A row for every degree and length, of the agent and of the walker on the same episodes."""
    agent, config = load_graph_agent(path)
    rows = []
    for degree in DEGREES:
        for edges in EDGES:
            sampler, arguments = make_sampler(
                config,
                SHORTEST_PATH,
                lesson,
                nodes=LESSONS[lesson - 1].nodes,
                degree=degree,
                path=(edges, edges),
            )
            drawn = sampler.generate(np.random.default_rng(seed), episodes)
            result = examine(agent, drawn, arguments, SHORTEST_PATH)
            chance = any_edges(np.random.default_rng(seed), drawn, arguments)
            rows.append(
                {
                    "agent": name,
                    "degree": "{} to {}".format(*degree),
                    "edges": edges,
                    "episodes": episodes,
                    "accuracy": result.accuracy,
                    "any_edge": chance,
                }
            )
    return rows


def draw(rows: list[dict[str, Any]], out: Path) -> None:
    """A panel for each degree, a line for each agent and for the walker."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    degrees = list(dict.fromkeys(row["degree"] for row in rows))
    figure, panels = pyplot.subplots(1, len(degrees), figsize=(10, 3.8), sharey=True, squeeze=False)
    for axes, degree in zip(panels[0], degrees, strict=True):
        for name in dict.fromkeys(row["agent"] for row in rows):
            own = [row for row in rows if (row["agent"], row["degree"]) == (name, degree)]
            axes.plot([row["edges"] for row in own], [100 * row["accuracy"] for row in own], "o-", label=name)
        axes.plot([row["edges"] for row in own], [100 * row["any_edge"] for row in own], "k:", label=WALKER)
        axes.set_xticks(EDGES)
        axes.set_xlabel("edges of the shortest path")
        axes.set_title(f"shortest paths right, %: {degree} edges leave a node", loc="left", fontsize=10)
        axes.set_ylim(-3, 103)
        axes.spines[["top", "right"]].set_visible(False)
    panels[0, 0].legend(frameon=False)
    figure.savefig(out, dpi=110, bbox_inches="tight")


def main() -> None:
    """See the module."""
    rows, out = measure_all(__doc__ or "", measure, task="shortest-path", lesson=5, episodes=500)
    write_text(out / "paths.csv", as_csv(rows))
    draw(rows, out / "paths.png")


if __name__ == "__main__":
    main()
