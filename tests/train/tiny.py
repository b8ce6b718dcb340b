"""Runs small enough for tests."""

import dataclasses

from train.config import DEFAULT, CurriculumConfig

from dnc_agent.checkpoint import read_checkpoint

TINY = dataclasses.replace(
    DEFAULT,
    agent=dataclasses.replace(
        DEFAULT.agent,
        backend="reference",
        hidden_size=8,
        memory_size=4,
        word_size=4,
        read_heads=1,
        conjunctions=False,
        name_keys=False,
    ),
    learn=dataclasses.replace(DEFAULT.learn, episodes_per_batch=8),
    curriculum=CurriculumConfig(gate_every=2, gate_episodes=8),
)
#: The same as flags of `shrdlu train`.
FLAGS = [
    "--backend=reference",
    "--hidden-size=8",
    "--memory-size=4",
    "--word-size=4",
    "--read-heads=1",
    "--no-conjunctions",
    "--no-name-keys",
    "--shared-core",
    "--episodes-per-batch=8",
    "--gate-every=2",
    "--gate-episodes=8",
    "--threads=1",
    "--quiet",
    "--episodes-per-cell=0",
]


def vary(config, part, **changes):
    """A configuration with changed settings in one of its parts."""
    return dataclasses.replace(config, **{part: dataclasses.replace(getattr(config, part), **changes)})


def standing(path):
    """All that a run's checkpoint holds, without what the clock and the number of sessions decide."""
    tensors, meta = read_checkpoint(path)
    run = {k: v for k, v in meta["extra"]["run"].items() if k not in ("seconds", "sessions")}
    return (
        {name: tensor.tolist() for name, tensor in tensors.items()},
        meta["counters"],
        run,
        meta["extra"]["world_rng"],
        meta["shuffler"],
    )
