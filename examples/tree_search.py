"""Tree search without a planner: copies of the environment are the tree. Run: python examples/tree_search.py"""

from __future__ import annotations

import copy

import gymnasium as gym
import numpy as np

import shrdlu_env  # noqa: F401  (registers the environments)


def search(env: gym.Env, info: dict, depth: int) -> list[int] | None:
    """Actions that satisfy the goal, as few as possible; None where `depth` moves are not enough.

    Breadth-first. A node is an environment of its own, copied from its parent and moved on by one action.
    """
    nodes: list[tuple[gym.Env, dict, list[int]]] = [(env, info, [])]
    seen = set()
    for _ in range(depth):
        following = []
        for node, told, path in nodes:
            for action in np.flatnonzero(told["action_mask"])[:-1]:  # the last action passes
                child = copy.deepcopy(node)
                *_, child_told = child.step(action)
                if child_told["success"]:
                    return [*path, int(action)]
                board = str(child.get_wrapper_attr("view")()["board"])
                if board not in seen:
                    seen.add(board)
                    following.append((child, child_told, [*path, int(action)]))
        nodes = following
    return None


def main(seed: int = 0) -> tuple[list[int], int]:
    """Solve one puzzle; returns the actions and the fewest moves that the planner knows of."""
    env = gym.make("shrdlu_env/MiniShrdlu-v0", lesson=9, planner_info=False)
    _, info = env.reset(seed=seed)
    while not info["acting"]:
        *_, info = env.step(0)
    path = search(env, info, depth=4)
    if path is None:
        raise SystemExit("no way found")
    for action in path:
        *_, info = env.step(action)
    print(f"{len(path)} moves, {info['min_moves']} needed, goal satisfied: {info['success']}")
    return path, info["min_moves"]


if __name__ == "__main__":
    main()
