"""How often a walker arrives, and by a shortest path."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np

from dnc_agent import EpisodicActorCritic
from dnc_agent.cores.contract import resized
from dnc_agent.rl.collector import collect_episodes
from dnc_agent.rl.sources import Beginning, GymnasiumSource
from shrdlu_env.graphs.arrays import NAVIGATION as TASK
from shrdlu_env.graphs.arrays import Episodes
from shrdlu_env.graphs.sampling import GraphSampler
from train.experiments.navigation.settings import WorldConfig
from train.experiments.navigation.worlds import locations, make_world
from train.intervals import wilson_interval

#: Episodes side by side.
LANES = 128


@dataclass(frozen=True)
class Place:
    """Where walkers are tested."""

    name: str
    drawn: dict[str, Any]
    """Arguments of the environment: what episodes are drawn from."""
    locations: int
    """Memory that its graphs take."""


@dataclass(frozen=True)
class Found:
    """Counts over episodes."""

    episodes: int
    shortest: int
    arrived: int

    @property
    def interval(self) -> tuple[float, float]:
        """Where the share of shortest paths lies, with 95 % confidence."""
        return wilson_interval(self.shortest, self.episodes)


def place_of_lesson(lesson: int) -> Place:
    """Random graphs of a lesson."""
    return Place(f"lesson {lesson}", {"lesson": lesson}, locations(lesson))


def draw(world: WorldConfig, place: Place, episodes: int, rng: np.random.Generator) -> Episodes:
    """So many fresh episodes, drawn from `rng`."""
    sampler = GraphSampler(
        TASK,
        planning_steps=world.planning_steps,
        extra_moves=world.extra_moves,
        slots=world.slots,
        **place.drawn,
    )
    return sampler.generate(rng, episodes)


class GivenSource(GymnasiumSource):
    """Given episodes, round after round; the last round repeats some to fill its lanes."""

    def __init__(self, env: Any, episodes: Episodes) -> None:
        super().__init__(env)
        self._episodes, self._next = episodes, 0

    def reset(self) -> Beginning:
        """Start the next episodes."""
        rows = np.arange(self._next, self._next + self.num_envs) % len(self._episodes.meta)
        self._next += self.num_envs
        return self.begin({"episodes": self._episodes.take(rows)})


def walk(agent: EpisodicActorCritic, world: WorldConfig, place: Place, episodes: Episodes) -> Found:
    """Let an agent walk given episodes once each, by its most probable moves, with the memory that they take.

    Args:
        agent: with a policy for this world.
        world: the environment's settings.
        place: that the episodes were drawn from.
        episodes: n of them.
    """
    count = len(episodes.meta)
    # Episodes of like length side by side waste the fewest steps.
    order = np.argsort(episodes.lengths, kind="stable")
    env = make_world(world, min(LANES, count), **place.drawn)
    try:
        with ExitStack() as room:
            for core in agent.policy.cores:
                if core.memory_size is not None:
                    room.enter_context(resized(core, place.locations))
            source = GivenSource(env, episodes.take(order))
            batch = collect_episodes(agent.policy, source, count, agent.generator, deterministic=True)
    finally:
        env.close()
    assert batch is not None
    return count_arrivals(batch.final, count)


def count_arrivals(final: dict[str, Any], count: int) -> Found:
    """What the first so many final infos say."""
    return Found(count, int(final["perfect"][:count].sum()), int(final["success"][:count].sum()))
