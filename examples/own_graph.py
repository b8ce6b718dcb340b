"""A graph of one's own as a memory task, walked by the planner. Run: python examples/own_graph.py [FILE.csv]

The file has a header and an edge a row: from,label,to. Without one, a graph made with networkx is taken.
"""

from __future__ import annotations

import sys

import gymnasium as gym
import networkx as nx
import numpy as np

import shrdlu_env  # noqa: F401  (registers the environments)


def house() -> nx.DiGraph:
    """Rooms and the doors between them; every door that leaves a room has a name of its own."""
    doors = nx.DiGraph()
    for here, door, there, back in (
        ("hall", "east", "kitchen", "west"),
        ("hall", "north", "study", "south"),
        ("kitchen", "north", "garden", "south"),
        ("garden", "up", "tree", "down"),
    ):
        doors.add_edge(here, there, label=door)
        doors.add_edge(there, here, label=back)
    return doors


def main(graph: object = None, *, seed: int = 0) -> bool:
    """One episode: the doors are described, a room is asked for, the planner walks there; returns whether it did."""
    env = gym.make("shrdlu_env/GraphNavigation-v0", graph=graph or house(), path=(2, 3), planning_steps=0)
    _, info = env.reset(seed=seed)
    over = False
    while not over:
        # While anything but an answer is due, an action has no effect. An agent would have to remember.
        action = int(np.argmax(info["optimal_actions"])) if info["acting"] else 0
        _, _, over, _, info = env.step(action)
    view = env.get_wrapper_attr("view")()
    way = " -> ".join(view["nodes"][node] for node in view["trail"])
    print(f"{len(view['edges'])} edges described; {way} in {info['moves']} of {info['min_moves']} moves")
    return bool(info["perfect"])


if __name__ == "__main__":
    try:
        main(*sys.argv[1:2])
    except (OSError, ValueError) as error:
        sys.exit(f"error: {error}")
