"""How much of the goal asked for can be read out of an agent's features at the cue, and by what.

Fits a linear layer and one with a hidden layer, by supervised learning, to name the goal's constraints; both
are thrown away. Without a path it looks at an untrained agent of the default settings.

    python benchmarks/readout_probe.py checkpoints/mini-shrdlu --lessons 1 6 12 26
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import tyro
from torch import Tensor, nn

from dnc_agent import EpisodicActorCritic
from dnc_agent.rl.collector import collect_episodes
from shrdlu_env.blocks.layout import Layout
from shrdlu_env.blocks.lessons import LESSONS
from shrdlu_env.blocks.sampling import Sampler
from train.agents import load_agent
from train.experiments.mini_shrdlu.evaluation import PuzzleSource
from train.experiments.mini_shrdlu.recall import cued_facts
from train.experiments.mini_shrdlu.settings import MiniShrdluConfig, WorldConfig
from train.experiments.mini_shrdlu.wiring import build
from train.experiments.mini_shrdlu.worlds import make_world

LANES = 250


@dataclass
class Probe:
    """Read out the goal at the cue."""

    path: Annotated[Path | None, tyro.conf.Positional] = None
    """Run directory or exported agent; None: an untrained agent."""
    lessons: tuple[int, ...] = (1, 6, 12, 26)
    """Lessons whose puzzles are told."""
    puzzles: int = 6000
    """Puzzles of each; the last quarter is for testing."""
    hidden: int = 512
    """Units of the hidden layer."""
    epochs: int = 25
    """Passes over the puzzles in fitting."""


def features_at_cue(
    agent: EpisodicActorCritic, world: WorldConfig, lesson: int, count: int
) -> tuple[Tensor, Tensor]:
    """Features [n, F] at the cue, and which of all constraints the goal has [n, 144]."""
    rng = np.random.default_rng([0, lesson])
    layout = Layout(world.board_size)
    features, wanted = [], []
    for _ in range(count // LANES):
        puzzles = Sampler(world.board_size, lesson).generate(rng, LANES)
        env = make_world(world, LANES, ranges=LESSONS[lesson - 1])
        batch = collect_episodes(
            agent.policy, PuzzleSource(env, puzzles), LANES, torch.Generator().manual_seed(0)
        )
        env.close()
        assert batch is not None
        seen = batch.observations[: len(batch.actions)]
        with torch.no_grad():
            made, _ = agent.policy.policy_network.features(seen)
        cue, rows = cued_facts(layout, seen, torch.as_tensor(batch.valid))
        features.append(made[cue])
        wanted.append(rows)
    return torch.cat(features), torch.cat(wanted)


def fit(layers: nn.Module, x: Tensor, wanted: Tensor, epochs: int) -> None:
    """Supervised: independent yes or no for each constraint."""
    optimizer = torch.optim.AdamW(layers.parameters(), 1e-3, weight_decay=0.0)
    for _ in range(epochs):
        for rows in torch.randperm(len(x)).split(128):
            loss = nn.functional.binary_cross_entropy_with_logits(layers(x[rows]), wanted[rows])
            optimizer.zero_grad()
            (loss * wanted.shape[1]).backward()
            optimizer.step()


def report(scores: Tensor, wanted: Tensor) -> str:
    """Of k constraints, how many are among the k best scores, and how often all are."""
    count = wanted.sum(1).long()
    hits = wanted.gather(1, scores.argsort(1, descending=True))
    hits = (hits * (torch.arange(wanted.shape[1]) < count.unsqueeze(1))).sum(1)
    share, whole = (hits / count).mean().item(), (hits == count).float().mean().item()
    return f"constraints found {share:.3f}, all of them {whole:.3f}"


def main(settings: Probe) -> None:
    """Run the probe."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    if settings.path is None:
        config = MiniShrdluConfig()
        agent, world = build(config), config.world
    else:
        agent, found = load_agent(settings.path)
        if not isinstance(found.config, MiniShrdluConfig):
            raise SystemExit(
                f"{settings.path} is an agent of {found.experiment.name}; must be of mini-shrdlu"
            )
        world = found.config.world
    for lesson in settings.lessons:
        features, wanted = features_at_cue(agent, world, lesson, settings.puzzles)
        train = 3 * len(features) // 4
        x = (features - features.mean(0)) / (features.std(0) + 1e-4)
        size, answers = x.shape[1], wanted.shape[1]
        readouts = {
            "linear": nn.Linear(size, answers),
            "hidden layer": nn.Sequential(
                nn.Linear(size, settings.hidden), nn.ReLU(), nn.Linear(settings.hidden, answers)
            ),
        }
        for name, layers in readouts.items():
            fit(layers, x[:train], wanted[:train], settings.epochs)
            with torch.no_grad():
                print(f"lesson {lesson}, {name}: {report(layers(x[train:]), wanted[train:])}", flush=True)


if __name__ == "__main__":
    main(tyro.cli(Probe))
