"""Shortest paths right by empty steps before the answer, for agents trained with one budget or another.

    python -m benchmarks.planning_budget ten=RUN drawn=RUN --lesson 4 --out docs/results/graphs

Writes planning.csv and planning.png. A budget may be so many steps, or in proportion to the edges described.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import Progress

from benchmarks.named_agents import load_graph_agent, measure_all
from shrdlu_env.graphs.arrays import SHORTEST_PATH
from train.analysis.running import as_csv
from train.experiments.graphs.evaluating import examine
from train.experiments.graphs.sources import make_sampler
from train.files import write_text

BUDGETS: tuple[int | float, ...] = (0, 5, 10, 20, 40, 0.5)
"""Whole numbers are steps, others steps for each edge described."""


def named(budget: int | float) -> str:
    """A budget in words."""
    return str(budget) if isinstance(budget, int) else f"{budget:g} an edge"


def measure(name: str, path: Path, lesson: int, episodes: int, seed: int) -> list[dict[str, Any]]:
    """A row for every budget."""
    agent, config = load_graph_agent(path)
    rows = []
    with Progress() as progress:
        for budget in progress.track(BUDGETS, description=name):
            sampler, arguments = make_sampler(config, SHORTEST_PATH, lesson, planning_steps=budget)
            drawn = sampler.generate(np.random.default_rng(seed), episodes)
            result = examine(agent, drawn, arguments, SHORTEST_PATH)
            low, high = result.interval
            rows.append(
                {
                    "agent": name,
                    "planning_steps": named(budget),
                    "lesson": lesson,
                    "episodes": episodes,
                    "accuracy": result.accuracy,
                    "low": low,
                    "high": high,
                    "nearly": float(result.answers.mean()),
                }
            )
    return rows


def draw(rows: list[dict[str, Any]], out: Path) -> None:
    """A line for each agent, with its intervals."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4))
    places = range(len(BUDGETS))
    for name in dict.fromkeys(row["agent"] for row in rows):
        own = [row for row in rows if row["agent"] == name]
        centre = np.array([100 * row["accuracy"] for row in own])
        low, high = (np.array([100 * row[key] for row in own]) for key in ("low", "high"))
        axes.errorbar(places, centre, yerr=(centre - low, high - centre), marker="o", capsize=3, label=name)
    axes.set_xticks(places, [named(budget) for budget in BUDGETS])
    axes.set_xlabel("empty steps between question and answer, in the test")
    axes.set_ylabel("shortest paths right, %")
    axes.set_ylim(0, 103)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, title="trained with")
    axes.set_title(f"Shortest path, lesson {rows[0]['lesson']}, by planning steps", loc="left", fontsize=10)
    figure.savefig(out, dpi=110, bbox_inches="tight")


def main() -> None:
    """See the module."""
    rows, out = measure_all(__doc__ or "", measure, task="shortest-path", lesson=15, episodes=500)
    write_text(out / "planning.csv", as_csv(rows))
    draw(rows, out / "planning.png")


if __name__ == "__main__":
    main()
