"""An evaluation of navigation as JSON, Markdown and on the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from rich.table import Table

from dnc_agent import EpisodicActorCritic
from train.experiment import Progress, Report
from train.experiments.navigation import walkers
from train.experiments.navigation.evaluating import Found, draw, walk
from train.experiments.navigation.settings import LESSONS, Evaluation, WorldConfig
from train.experiments.navigation.testing import place_of

HEAD = ("walker", "shortest, %", "95 % interval", "arrived, %", "n")
ABOUT = "shortest: arrived in the fewest moves; the walkers below the agent walk the same episodes."


def evaluate(
    agent: EpisodicActorCritic, world: WorldConfig, flags: Evaluation, progress: Progress, *, title: str
) -> Report:
    """An agent, and walkers that know less, on the same episodes.

    Args:
        agent: to evaluate.
        world: the environment's settings.
        flags: how many episodes of what.
        progress: called with a word and the share done.
        title: of the report.
    """
    place = place_of(flags, LESSONS)
    episodes = draw(world, place, flags.episodes, np.random.default_rng([flags.seed, 0]))
    progress("agent", 0.0)
    rows = {"agent": walk(agent, world, place, episodes)}
    progress("walkers", 0.9)
    rng = np.random.default_rng([flags.seed, 1])
    rows["any sign"] = walkers.walk(walkers.any_sign(rng), world, place, episodes)
    rows["planner without the goal"] = walkers.walk(
        walkers.without_goal(rng, episodes), world, place, episodes
    )
    found = report(rows, f"{title}, {place.name}")
    where = {"title": title, "where": place.name, "seed": flags.seed}
    walked = {name: _to_json(row) for name, row in rows.items() if name != "agent"}
    return replace(found, json=where | found.json | {"walkers": walked})


def report(rows: Mapping[str, Found], title: str) -> Report:
    """The table of walkers in all forms; its JSON is that of the agent."""
    shown = Table(title=title, caption=ABOUT)
    for k, name in enumerate(HEAD):
        shown.add_column(name, justify="right" if k else "left")
    for name, found in rows.items():
        shown.add_row(*_cells(name, found))
    markdown = f"# {title}\n\n{ABOUT}\n\n| " + " | ".join(HEAD) + " |\n" + "|---" * len(HEAD) + "|\n"
    markdown += "".join("| " + " | ".join(_cells(name, found)) + " |\n" for name, found in rows.items())
    return Report(_to_json(rows["agent"]), markdown, [shown])


def _cells(name: str, found: Found) -> tuple[str, ...]:
    low, high = found.interval
    return (
        name,
        f"{100 * found.shortest / found.episodes:.1f}",
        f"{100 * low:.1f} to {100 * high:.1f}",
        f"{100 * found.arrived / found.episodes:.1f}",
        str(found.episodes),
    )


def _to_json(found: Found) -> dict[str, Any]:
    return {
        "accuracy": found.shortest / found.episodes,
        "arrived": found.arrived / found.episodes,
        "episodes": found.episodes,
        "interval": list(found.interval),
    }
