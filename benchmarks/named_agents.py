"""Command lines that measure several agents of one graph task, each under a name, into one folder."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from dnc_agent.supervised import SupervisedAgent
from train.agents import identify, load_agent
from train.errors import UsageError
from train.experiments.graphs.settings import GraphConfig

#: (name, path, lesson, episodes, seed) to rows.
Measure = Callable[[str, Path, int, int, int], list[dict[str, Any]]]


def load_graph_agent(path: Path) -> tuple[SupervisedAgent, GraphConfig]:
    """An agent of a graph task that is taught, and its settings."""
    agent, found = load_agent(path)
    assert isinstance(found.config, GraphConfig)
    return agent, found.config


def measure_all(
    about: str, measure: Measure, *, task: str, lesson: int, episodes: int
) -> tuple[list[dict[str, Any]], Path]:
    """Rows of all agents on the command line, and the folder for them.

    Args:
        about: docstring of the program; its first line is shown as help.
        measure: makes the rows of one agent.
        task: experiment that all of them must be of.
        lesson: measured unless another is asked for.
        episodes: as many, unless others are asked for.
    """
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("agents", nargs="+", help="name=PATH")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--lesson", type=int, default=lesson)
    parser.add_argument("--episodes", type=int, default=episodes)
    parser.add_argument("--seed", type=int, default=0)
    flags = parser.parse_args()
    torch.set_num_threads(1)
    rows: list[dict[str, Any]] = []
    for agent in flags.agents:
        name, _, path = agent.partition("=")
        if not path:
            parser.error(f"agents={agent!r}; must be name=PATH")
        try:
            of = identify(Path(path)).experiment.name
        except (OSError, UsageError) as error:
            parser.error(str(error))
        if of != task:
            parser.error(f"{path} is an agent of {of}; must be of {task}")
        rows += measure(name, Path(path), flags.lesson, flags.episodes, flags.seed)
    return rows, flags.out
