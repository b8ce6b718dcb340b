"""What of navigation is put in by hand, and what is learned: the helped agent before any training.

Three walkers on the same episodes: the agent as it begins; the same with the gates of its planner set by hand, as they
would have to be learned; and the latter with values passed on less often.

    python benchmarks/navigation_probe.py --episodes 1000 > docs/results/navigation/probe.json
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import torch
import tyro

import train
from dnc_agent.networks.planning_core import PlanningCore
from train.experiments.navigation.evaluating import draw, walk
from train.experiments.navigation.settings import LESSONS, Evaluation, WorldConfig
from train.experiments.navigation.testing import place_of

#: Which of (source, edge, destination) plays which part; slots stand for (here, sign, where to go).
GATES = {"begin": (1, 0, 0), "end": (0, 0, 1), "wanted": (0, 0, 1), "name": (1, 1, 0), "slot": (1, 1, 0)}
STRENGTH, EVEN = 20.0, 0.8


@dataclass
class Probe:
    """Settings of the probe."""

    graph: str | None = None
    """CSV file of a graph; None: random graphs of the last lesson."""
    paths: int = 4
    """Edges of every path on a given graph."""
    episodes: int = 1000
    seed: int = 0


@torch.no_grad()
def set_gates(core: PlanningCore) -> None:
    """Say which label is what, and compare sharply."""
    for name, gates in GATES.items():
        getattr(core.planner, name).copy_(torch.tensor(gates, dtype=torch.float32))
    core.planner.log_strength.fill_(np.log(STRENGTH))
    core.planner.even.fill_(EVEN)


def measure(probe: Probe) -> dict[str, object]:
    """Shares of shortest paths and arrivals of all three."""
    world = WorldConfig()
    flags = Evaluation(graph=probe.graph, paths=probe.paths)
    place = place_of(flags, LESSONS)
    episodes = draw(world, place, probe.episodes, np.random.default_rng([probe.seed, 0]))
    agent = train.make_agent("navigation")
    core = agent.policy.cores[0]
    assert isinstance(core, PlanningCore), "the first preset plans"
    found = {"untrained": walk(agent, world, place, episodes)}
    set_gates(core)
    for sweeps in (6, 2, 1):
        core.planner.sweeps = sweeps
        found[f"gates by hand, {sweeps} sweeps"] = walk(agent, world, place, episodes)
    return {"where": place.name, "episodes": probe.episodes, "seed": probe.seed} | {
        name: {"accuracy": f.shortest / f.episodes, "arrived": f.arrived / f.episodes}
        for name, f in found.items()
    }


if __name__ == "__main__":
    print(json.dumps(measure(tyro.cli(Probe)), indent=1))
