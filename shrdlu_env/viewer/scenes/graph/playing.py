"""Answering a graph task by hand: where a person stands, what may come next, and the action that says it.

A way is walked edge by edge. Everything else is asked with the edge or relation named, and answered with where it
leads.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from shrdlu_env.viewer.scenes.graph.view import Numbers

View = Mapping[str, Any]

#: The task whose actions are the edges that leave where one stands; all others answer in digits.
WALKER = "navigation"
_NEEDED = ("labels", "described", "asked")


def playable(view: View) -> bool:
    """Whether the view tells the numbers that answers are made of."""
    whole = all(name in view for name in _NEEDED) and len(view["labels"]) == len(view["nodes"])
    return whole and len(view["described"]) >= view["told"]


def asks_way(view: View) -> bool:
    """Whether a way is asked for, edge by edge."""
    return len(view["asked"]) == 1 and view["asked"][0][1] is None


def asks_relation(view: View) -> bool:
    """Whether what is asked for now stands for several edges, so that none of them answers it."""
    asked = question(view)
    return asked is not None and not any(numbers[1] == asked[1] for numbers in view["described"])


def question(view: View) -> Numbers | None:
    """The triple asked for now, None where a way is."""
    asked = view["asked"]
    if not asked or asks_way(view):
        return None
    source, edge, target = asked[min(len(view["answer"]), len(asked) - 1)] if len(asked) > 1 else asked[0]
    return source, edge, target


def here(view: View) -> int | None:
    """Index of the node that the next answer starts from, None where that is not to be known.

    Of a walk it is where its named edges have led, whatever was answered.
    """
    asked = view["asked"]
    if not asked or asks_way(view):
        current = view["current"]
        return None if current is None else int(current)
    node = _index(view, asked[0][0])
    if len(asked) > 1:
        for _, edge, _ in asked[: min(len(view["answer"]), len(asked) - 1)]:
            found = [k for k in leaving(view, node) if view["described"][k][1] == edge]
            node = view["edges"][found[0]][2] if found else None
    return node


def leaving(view: View, node: int | None) -> list[int]:
    """Edges told that leave a node, as indices, in the order of their numbers: that of a walker's actions."""
    return sorted(
        (k for k in range(view["told"]) if view["edges"][k][0] == node),
        key=lambda k: view["described"][k][1] or 0,
    )


def edge_action(view: View, edge: int) -> Any | None:
    """The action that answers with an edge, None where it answers nothing that is asked."""
    if view.get("slots"):
        number, mine = view["described"][edge][1], view["edges"][edge][0] == view["current"]
        return view["slots"].index(number) if mine and number in view["slots"] else None
    return None if asks_relation(view) else _digits(view["described"][edge])


def node_actions(view: View, node: int) -> list[Any]:
    """The actions that answer with a node: one where the question names the edge, else one an edge that leads there."""
    asked, start = question(view), here(view)
    if start is None:
        return []
    if asked is not None:
        source = view["labels"][start] if asked[0] is None else asked[0]
        return [_digits((source, asked[1], view["labels"][node]))]
    edges = [k for k in leaving(view, start) if view["edges"][k][2] == node]
    return [action for action in (edge_action(view, k) for k in edges) if action is not None]


def planned_edges(view: View) -> list[int]:
    """Edges that are a right next step, as indices; of a relation all those that it stands for, in their order."""
    start = here(view) if playable(view) and view["phase"] == "answer" and not view["terminated"] else None
    if start is None:
        return []
    asked, onwards = question(view), leaving(view, start)
    if asked is not None:
        if asks_relation(view):
            return _relation(view, start)
        return [k for k in onwards if view["described"][k][1] == asked[1]]
    goal = view.get("destination")
    if goal is None:
        return []
    far = _distances(view, goal)
    ends = {k: far.get(view["edges"][k][2]) for k in onwards}
    return [k for k in onwards if far.get(start) is not None and ends[k] == far[start] - 1]


def planned_actions(view: View) -> list[Any]:
    """The actions that are right."""
    edges = planned_edges(view)
    if edges and asks_relation(view):
        return node_actions(view, view["edges"][edges[-1]][2])
    return [action for action in (edge_action(view, k) for k in edges) if action is not None]


def _relation(view: View, node: int) -> list[int]:
    """The edges that the relation asked for stands for, by the names a spectator sees; none where they lead nowhere."""
    way: list[int] = []
    for name in str(view["query"][-1][1] if view["query"] else "").split(", "):
        found = [k for k in leaving(view, node) if view["edges"][k][1] == name]
        if not found:
            return []
        way.append(found[0])
        node = view["edges"][found[0]][2]
    return way


def _distances(view: View, goal: int) -> dict[int, int]:
    """How many edges lie between a node and the goal, of the nodes from which it can be reached."""
    into: dict[int, list[int]] = {}
    for source, _, target in view["edges"][: view["told"]]:
        into.setdefault(target, []).append(source)
    far, queue = {goal: 0}, deque([goal])
    while queue:
        node = queue.popleft()
        for source in into.get(node, ()):
            if source not in far:
                far[source] = far[node] + 1
                queue.append(source)
    return far


def _index(view: View, label: int | None) -> int | None:
    return view["labels"].index(label) if label in view["labels"] else None


def _digits(numbers: Numbers) -> list[int]:
    """A triple as an action: three digits for each number, a blank as zeros."""
    return [int(digit) for number in numbers for digit in f"{(number or 0) % 1000:03d}"]
