"""Command lines that measure several agents of a graph task, each under a name, into one folder."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

#: (name, path, lesson, episodes, seed) to rows.
Measure = Callable[[str, Path, int, int, int], list[dict[str, Any]]]


def measure_all(
    about: str, measure: Measure, *, lesson: int, episodes: int
) -> tuple[list[dict[str, Any]], Path]:
    """Rows of all agents on the command line, and the folder for them.

    Args:
        about: docstring of the program; its first line is shown as help.
        measure: makes the rows of one agent.
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
        rows += measure(name, Path(path), flags.lesson, flags.episodes, flags.seed)
    return rows, flags.out
