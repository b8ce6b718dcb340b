"""Memory or planning: the plain agent of Mini-SHRDLU on the world and on the twin in which the goal stays visible.

    python -m benchmarks.twin_probe --out docs/results/curriculum

Both are trained on one lesson with the same settings and seed. Writes twins.csv (share of the constraints satisfied by
the sampled actions of training, by episodes) and twins.png.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import torch
import tyro
from rich.progress import Progress

from dnc_agent import EpisodicActorCritic
from shrdlu_env.task import OBSERVABILITY
from train.analysis.running import as_csv
from train.experiments.mini_shrdlu.settings import PLAIN
from train.experiments.mini_shrdlu.wiring import policy_arguments
from train.files import write_text

#: Updates between two rows.
EVERY = 200
#: Smaller than the preset's and with the paper's interface: sooner through as many episodes.
CONFIG = replace(
    PLAIN,
    agent=replace(
        PLAIN.agent, hidden_size=128, memory_size=32, read_heads=2, gate_biases=False, sparse_links=8
    ),
    learn=replace(PLAIN.learn, episodes_per_batch=32),
)


@dataclass
class Flags:
    """Settings of the probe."""

    out: Path
    """Folder of what is written."""
    lesson: int = 1
    episodes: int = 140_000
    """Of training, on each of the two."""
    seed: int = 0


def make(observability: str, lesson: int, seed: int) -> EpisodicActorCritic:
    """The plain agent in one of the two worlds."""
    env: Any = gym.make_vec(
        "shrdlu_env/MiniShrdlu-v0",
        CONFIG.learn.episodes_per_batch,
        vectorization_mode="vector_entry_point",
        autoreset_mode="SameStep",
        lesson=lesson,
        planner_info=False,
        observability=observability,
    )
    learn = asdict(CONFIG.learn)
    for elsewhere in ("optimizer", "core_lr_scale", "fork"):
        learn.pop(elsewhere)
    arguments = policy_arguments(CONFIG, env.unwrapped.layout)
    return EpisodicActorCritic("DNCPolicy", env, policy_kwargs=arguments, seed=seed, device="cpu", **learn)


def measure(observability: str, flags: Flags) -> list[dict[str, Any]]:
    """A row for every so many updates."""
    agent = make(observability, flags.lesson, flags.seed)
    agent.begin()
    rows, seen = [], []
    with Progress() as progress:
        bar = progress.add_task(observability, total=flags.episodes)
        while agent.episodes < flags.episodes:
            seen.append(agent.update()["satisfied"])
            progress.update(bar, completed=agent.episodes)
            if len(seen) == EVERY:
                rows.append(
                    {
                        "observability": observability,
                        "episodes": agent.episodes,
                        "satisfied": float(np.mean(seen)),
                    }
                )
                seen = []
    return rows


def draw(rows: list[dict[str, Any]], lesson: int, out: Path) -> None:
    """A line for each world."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4))
    for name in OBSERVABILITY:
        own = [row for row in rows if row["observability"] == name]
        axes.plot([row["episodes"] for row in own], [100 * row["satisfied"] for row in own], label=name)
    axes.set_xlabel("episodes of training")
    axes.set_ylabel("constraints satisfied, %")
    axes.set_ylim(0, 103)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, title="observability")
    axes.set_title(
        f"Plain agent, lesson {lesson}: the goal in view, and to remember",
        loc="left",
        fontsize=10,
    )
    figure.savefig(out, dpi=110, bbox_inches="tight")


def main() -> None:
    """See the module."""
    flags = tyro.cli(Flags)
    torch.set_num_threads(1)
    rows = [row for name in reversed(OBSERVABILITY) for row in measure(name, flags)]
    write_text(flags.out / "twins.csv", as_csv(rows))
    draw(rows, flags.lesson, flags.out / "twins.png")


if __name__ == "__main__":
    main()
