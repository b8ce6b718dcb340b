"""The shipped walker on a map of one's own. Run: python examples/walk_own_map.py [FILE.csv [FILM.gif]]

The file has a header and an edge a row: from,label,to. Without one, a made-up town is walked. The agent is told every
edge once, then a place to go to; it was trained on random graphs only. With a film, one of its walks is written there.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from shrdlu_env.graphs.envs import GraphNavigationEnv
from shrdlu_env.graphs.maps import example_map, load_underground
from shrdlu_env.graphs.planner import distances
from shrdlu_env.viewer import export, record_episode
from train.agents import load_agent
from train.experiments.navigation.evaluating import Place, draw, walk
from train.experiments.navigation.settings import NavigationConfig
from train.experiments.navigation.worlds import locations_of
from train.watching import WatchedAgent

AGENT = Path(__file__).parents[1] / "checkpoints" / "navigation"
SHOWN = 28  #: steps of a film, the last of an episode


def main(file: str | None = None, film: str | None = None, *, edges: int = 4, episodes: int = 50) -> float:
    """Walk paths of so many edges, or the longest there are, with new labels each time; returns the share shortest."""
    # Any map will do; stations of the Underground are drawn where they lie.
    graph = example_map() if file is None else load_underground(file)
    edges = min(edges, int(distances(graph).max()))
    agent, found = load_agent(AGENT)
    config = found.config
    assert isinstance(config, NavigationConfig)
    place = Place("own map", {"graph": graph, "path": (edges, edges)}, locations_of(graph))
    drawn = draw(config.world, place, episodes, np.random.default_rng(0))
    walked = walk(agent, config.world, place, drawn)
    print(f"paths of {edges} edges on {len(graph.arcs)}: arrived {walked.arrived}, ", end="")
    print(f"by a shortest path {walked.shortest} of {walked.episodes}")
    if film is not None:
        agent.policy.cores[0].resize(place.locations)
        env = GraphNavigationEnv(**place.drawn)
        episode = record_episode(env, WatchedAgent(agent.policy), seed=0, agent="navigation")
        # The last edges that are told are enough to see how.
        export(episode, film, speed=3, fps=6, step=max(0, len(episode) - SHOWN))
    return walked.shortest / walked.episodes


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (OSError, ValueError) as error:
        sys.exit(f"error: {error}")
