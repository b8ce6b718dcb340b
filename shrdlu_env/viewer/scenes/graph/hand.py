"""Playing a graph task by hand: answer with an edge, or with the node where it leads."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import Any, NamedTuple

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.scenes.graph.geometry import arrange_graph
from shrdlu_env.viewer.scenes.graph.playing import (
    WALKER,
    asks_relation,
    asks_way,
    edge_action,
    here,
    leaving,
    node_actions,
    planned_edges,
    playable,
)
from shrdlu_env.viewer.scenes.scene import Answer, Hand

# Layout units around an edge and a node that still hit it.
_NEAR = 7


class Target(NamedTuple):
    """A node or an edge, by its index."""

    kind: str
    number: int


class GraphMarks(NamedTuple):
    """What to mark on the graph.

    Attributes:
        here: node that the next answer starts from.
        hover: what is under the mouse.
        legal: edges that leave it, in the order of the digit keys.
        hint: edges that are right.
    """

    here: int | None = None
    hover: Target | None = None
    legal: tuple[int, ...] = ()
    hint: tuple[int, ...] = ()


class GraphHand(Hand):
    """Targets are nodes and edges."""

    your_turn = "Your answer: click an edge or the node it leads to, or press its number (M shows them)"
    no_pass = "Answers cannot be passed here; S shows a right one"
    not_yet = "Answers are due after the question; space runs on"

    def target_at(
        self, position: tuple[int, int], rect: pygame.Rect, view: Mapping[str, Any], u: float
    ) -> Hashable | None:
        """The node under a pixel, else the told edge that is nearest to it."""
        if not rect.collidepoint(position):
            return None
        geometry = arrange_graph(rect, view, u)
        for k, place in enumerate(geometry.places):
            if math.dist(place, position) <= geometry.radius + 0.5 * _NEAR * u:
                return Target("node", k)
        found = [
            (min(math.dist(curve.at(share / 24), position) for share in range(25)), k)
            for k, curve in enumerate(geometry.curves[: view["told"]])
        ]
        reach, edge = min(found, default=(math.inf, 0))
        return Target("edge", edge) if reach <= _NEAR * u else None

    def target_of(self, digit: int, view: Mapping[str, Any]) -> Hashable | None:
        """Digits name the edges that leave where the next answer starts, from 1 on."""
        edges = leaving(view, here(view)) if playable(view) else []
        return Target("edge", edges[digit - 1]) if digit <= len(edges) else None

    def press(self, target: Hashable, view: Mapping[str, Any]) -> Answer:
        """Answer with an edge or a node."""
        assert isinstance(target, Target)
        if not playable(view):
            return Answer(
                message="This task can be watched only: its view does not tell the numbers of answers"
            )
        if target.kind == "node":
            actions = node_actions(view, target.number)
            if len(actions) > 1:
                return Answer(
                    message="Several edges lead there: click one, or press its number (M shows them)"
                )
            if not actions:
                return Answer(message="No edge leads there from where you stand")
            return Answer(actions[0])
        action = edge_action(view, target.number)
        if action is None and asks_way(view):
            return Answer(message="This edge does not leave where you stand")
        if action is None:
            return Answer(message="A relation stands for several edges: click the node where it leads")
        return Answer(action)

    def release(self) -> None:
        """Nothing is held in hand."""

    def waits(self, view: Mapping[str, Any]) -> bool:
        """Nothing is answered until it is asked for."""
        return bool(view["phase"] != "answer")

    def idle(self, view: Mapping[str, Any]) -> Any:
        """What is done while nothing is asked: the first edge of a walker, else a triple of zeros."""
        return 0 if view["task"] == WALKER else [0] * 9

    def marks(
        self, view: Mapping[str, Any], *, hover: Hashable | None, hint: bool, legal: bool
    ) -> GraphMarks | None:
        """What to mark on the graph."""
        if view["phase"] != "answer" or view["terminated"] or not playable(view):
            return None
        return GraphMarks(
            here=here(view),
            hover=hover if isinstance(hover, Target) else None,
            legal=tuple(leaving(view, here(view))) if legal and not asks_relation(view) else (),
            hint=tuple(planned_edges(view)) if hint else (),
        )

    def standing(self, view: Mapping[str, Any], hidden: bool) -> str:
        """How it ended, and what comes next."""
        if not view["terminated"]:
            return ""
        right, given = sum(holds for _, holds in view["answer"]), len(view["answer"])
        how = "All right" if right == given else f"{right} of {given} right"
        if playable(view) and asks_way(view) and view.get("destination") is not None:
            fewest = view.get("min_moves", given)
            arrived = view["current"] == view["destination"]
            ways = "the fewest" if given <= fewest else f"{fewest} are enough"
            how = f"Arrived in {given} moves, {ways}" if arrived else "Not arrived"
        return f"{how}. N: next one, R: this one again"
