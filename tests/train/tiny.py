"""Runs small enough for tests."""

import dataclasses

from dnc_agent.checkpoint import read_checkpoint
from train import commands
from train.experiments.mini_shrdlu.experiment import MiniShrdlu
from train.experiments.mini_shrdlu.settings import MiniShrdluConfig
from train.settings import Curriculum, with_settings

MINI = MiniShrdlu()
TINY = dataclasses.replace(
    with_settings(
        MiniShrdluConfig(),
        hidden_size=8,
        memory_size=4,
        word_size=4,
        read_heads=1,
        conjunctions=False,
        name_keys=False,
        episodes_per_batch=8,
    ),
    curriculum=Curriculum(gate_every=2, gate_episodes=8),
)
#: The same as flags of `shrdlu train`.
FLAGS = [
    "--hidden-size=8",
    "--memory-size=4",
    "--word-size=4",
    "--read-heads=1",
    "--no-conjunctions",
    "--no-name-keys",
    "--episodes-per-batch=8",
    "--gate-every=2",
    "--gate-episodes=8",
    "--quiet",
    "--episodes-per-cell=0",
]


def train(path, episodes, config=TINY, **kwargs):
    """Train a tiny run until it has seen so many episodes."""
    return commands.train(
        MINI, path, config, minutes=None, max_episodes=episodes, episodes_per_cell=0, quiet=True, **kwargs
    )


def vary(config, part, **changes):
    """A configuration with changed settings in one of its parts."""
    return dataclasses.replace(config, **{part: dataclasses.replace(getattr(config, part), **changes)})


def standing(path):
    """All that a run's checkpoint holds, without what the clock and the number of sessions decide."""
    tensors, meta = read_checkpoint(path)
    run = {k: v for k, v in meta["extra"]["run"].items() if k not in ("seconds", "sessions")}
    apart = ("run", "config", "lineage")
    return (
        {name: tensor.tolist() for name, tensor in tensors.items()},
        meta["counters"],
        run,
        {k: v for k, v in meta["extra"].items() if k not in apart},
        meta["shuffler"],
    )
