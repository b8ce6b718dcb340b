"""Walkers that know less than an agent could: what its figures are worth.

One follows any sign. The other knows the whole map and plans on it, but has no memory of the goal: it walks the
shortest way to a node that it draws, and draws another when it is there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.graphs.arrays import NODES, SOURCE, Episodes
from train.experiments.navigation.evaluating import Found, Place, count_arrivals
from train.experiments.navigation.settings import WorldConfig
from train.experiments.navigation.worlds import make_world

#: Called with infos and the nodes [n] where the episodes stand; returns a legal slot each, int64[n].
Choose = Callable[[dict[str, Any], NDArray[np.int64]], NDArray[np.int64]]


def any_sign(rng: np.random.Generator) -> Choose:
    """A slot that shows an edge, uniformly."""

    def choose(infos: dict[str, Any], here: NDArray[np.int64]) -> NDArray[np.int64]:
        mask = infos["action_mask"]
        return (rng.random(mask.shape) * (mask > 0)).argmax(1)

    return choose


def without_goal(rng: np.random.Generator, episodes: Episodes) -> Choose:
    """The shortest way to a node drawn uniformly among those that can be reached."""
    apart = [distances(episodes, row) for row in range(len(episodes.meta))]
    goals = np.full(len(apart), -1)

    def choose(infos: dict[str, Any], here: NDArray[np.int64]) -> NDArray[np.int64]:
        slots = np.zeros(len(here), np.int64)
        for row in np.flatnonzero(infos["acting"]):
            ways = apart[row]
            if goals[row] in (-1, here[row]):
                reachable = np.flatnonzero((ways[here[row]] > 0) & (ways[here[row]] < len(ways)))
                goals[row] = rng.choice(reachable)
            first, past = episodes.offsets[row, here[row] : here[row] + 2]
            slots[row] = ways[episodes.targets[row, first:past], goals[row]].argmin()
        return slots

    return choose


def distances(episodes: Episodes, row: int) -> NDArray[np.int64]:
    """Edges from every node to every other, int64[V, V]; V or more where no way leads (Floyd 1962)."""
    nodes = int(episodes.meta[row, NODES])
    apart = np.full((nodes, nodes), nodes)
    edges = int(episodes.offsets[row, nodes])
    apart[episodes.sources[row, :edges], episodes.targets[row, :edges]] = 1
    np.fill_diagonal(apart, 0)
    for node in range(nodes):
        apart = np.minimum(apart, apart[:, node, None] + apart[None, node])
    return apart


def walk(choose: Choose, world: WorldConfig, place: Place, episodes: Episodes) -> Found:
    """Let a walker walk given episodes."""
    count = len(episodes.meta)
    env = make_world(world, count, **place.drawn).vector_env
    try:
        _, infos = env.reset(options={"episodes": episodes})
        here = episodes.meta[:, SOURCE].astype(np.int64)
        live, rows = np.ones(count, bool), np.arange(count)
        final = {key: np.zeros(count, bool) for key in ("perfect", "success")}
        while live.any():
            actions = choose(infos, here)
            moving = live & infos["acting"]
            edges = episodes.offsets[rows, here] + actions
            here[moving] = episodes.targets[rows[moving], edges[moving]]
            _, _, terminated, _, infos = env.step(actions)
            for key, values in final.items():
                values |= live & terminated & infos[key]
            live &= ~terminated
            if terminated.any():
                env.reset(options={"reset_mask": terminated})
    finally:
        env.close()
    return count_arrivals(final, count)
