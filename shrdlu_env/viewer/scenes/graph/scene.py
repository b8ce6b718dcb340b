"""Graph tasks as they look: edges told one by one, a query, the answer walked out."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.theme import BLUE, GREEN, MUTED, RED, YELLOW, Colour
from shrdlu_env.viewer.recording.episode import Episode, Step
from shrdlu_env.viewer.recording.frame import Frame
from shrdlu_env.viewer.scenes.fields import check_fields
from shrdlu_env.viewer.scenes.graph.hand import GraphHand, GraphMarks
from shrdlu_env.viewer.scenes.graph.picture import draw_graph
from shrdlu_env.viewer.scenes.graph.playing import planned_actions
from shrdlu_env.viewer.scenes.graph.table import words
from shrdlu_env.viewer.scenes.graph.view import GraphView
from shrdlu_env.viewer.scenes.scene import Banner, Choice, Scene, Summary

_PHASES: dict[str, Colour] = {"describe": BLUE, "query": YELLOW, "plan": MUTED, "answer": GREEN}
# Digits of an answer: three for each part of a triple.
_DIGITS, _PARTS = 9, ("from", "edge", "to")
_WORDS = {
    "describe": "The graph is being told, one edge a step.",
    "query": "What is being asked.",
    "plan": "Time to think; nothing is answered yet.",
    "answer": "The answer, one triple after another.",
}


class GraphScene(Scene):
    """Views are `GraphView`."""

    name = "graph"
    title = "Graph"
    film_share = 0.46
    rules = (
        "Edges are told one by one: from a node, a label, to a node. Then something is asked of the graph.",
        "A walk names its edges: answer where each leads. A relation stands for several edges: answer where they lead.",
        "Of two nodes, walk from the first to the second (with a double ring) by as few edges as you can.",
        "A tick marks answers that are right. Yellow is the present, green the way.",
    )
    mouse = (
        ("Click an edge, or the node it leads to", "answer with it"),
        ("1 to 9", "the edges that leave where you stand (white ring); M numbers them"),
    )
    picture = ("Graph", "The graph as told so far.")

    def check(self, view: Mapping[str, Any]) -> None:
        """Refuse a view that is no `GraphView`, or whose indices name no node."""
        check_fields(view, GraphView)
        count = len(view["nodes"])
        used = [k for a, _, b in view["edges"] for k in (a, b)] + list(view["trail"])
        if view["current"] is not None:
            used.append(view["current"])
        if any(not 0 <= k < count for k in used):
            raise ValueError(f"edges, trail and current must name nodes 0 to {count - 1}")
        if view["positions"] is not None and len(view["positions"]) != count:
            raise ValueError(f"view['positions'] must have {count} entries, got {len(view['positions'])}")
        if view["positions"] is not None and not all(0 <= v <= 1 for xy in view["positions"] for v in xy):
            raise ValueError("view['positions'] must lie from 0 to 1")
        if not 0 <= view["told"] <= len(view["edges"]):
            raise ValueError(f"view['told'] must be from 0 to {len(view['edges'])}, got {view['told']}")

    def banner(self, view: Mapping[str, Any], hidden: bool) -> Banner:
        """Phase, task, triples that are right."""
        right = sum(1 for _, holds in view["answer"] if holds)
        figures = [
            ("right", f"{right}/{len(view['answer'])}"),
            ("step", f"{view['step']}/{view['steps_total']}"),
            ("task", view["task"]),
        ]
        return Banner(view["phase"].upper(), _PHASES.get(view["phase"], MUTED), view["caption"], figures)

    def draw(self, surface: pygame.Surface, rect: pygame.Rect, frame: Frame, u: float) -> None:
        """Graph, query and answer."""
        marks = frame.marks if isinstance(frame.marks, GraphMarks) else None
        draw_graph(surface, rect, frame.episode.view(frame.step), u, hidden=frame.hidden, marks=marks)

    def key(self, frame: Frame) -> Hashable:
        """Nodes and edges are marked."""
        return frame.marks

    def hand(self) -> GraphHand:
        """Answers are edges, or nodes where they lead."""
        return GraphHand()

    def phase_words(self, view: Mapping[str, Any]) -> str:
        """What the phase is about."""
        return _WORDS.get(view["phase"], "")

    def text(self, view: Mapping[str, Any]) -> str:
        """Edges told, query, answer."""
        nodes = view["nodes"]
        lines = [f"{nodes[a]} -{label}-> {nodes[b]}" for a, label, b in view["edges"][: view["told"]]]
        lines += [f"? {words(triple)}" for triple in view["query"]]
        lines += [f"{'+' if right else '-'} {words(triple)}" for triple, right in view["answer"]]
        here = "-" if view["current"] is None else nodes[view["current"]]
        clock = f"{view['task']}  {view['phase']}  step {view['step']}/{view['steps_total']}  at {here}"
        return "\n".join([*lines, f"{clock}  {view['caption']}", ""])

    def welcome(self, control: str) -> Sequence[str]:
        """How to begin."""
        if control == "person":
            return (
                "A graph is told edge by edge, then something is asked of it.",
                "Space or Right tells on, Shift+Right goes to the question.",
                "Then click the edge, or the node it leads to, until all is answered.",
            )
        return (
            "A graph is told edge by edge, then something is asked of it.",
            "Space plays and pauses; Left and Right go step by step; T lets you play on.",
        )

    def caption(self, view: Mapping[str, Any]) -> str:
        """The edge told, the triple asked, or which answer is due."""
        if view["phase"] in ("describe", "query"):
            return str(view["caption"]) or str(view["phase"])
        return f"answer {len(view['answer']) + 1}" if view["phase"] == "answer" else str(view["phase"])

    def heard(self, view: Mapping[str, Any]) -> bool:
        """Only answers count."""
        return bool(view["phase"] == "answer")

    def action_labels(self, count: int, view: Mapping[str, Any]) -> list[str]:
        """Where actions are the edges that leave a node: their labels."""
        slots = list(view.get("slots", ()))[:count]
        if not slots:
            return super().action_labels(count, view)
        told = zip(view.get("described", ()), view["edges"], strict=False)
        names = {numbers[1]: label for numbers, (_, label, _) in told}
        return [*(names.get(slot, str(slot)) for slot in slots), *[""] * (count - len(slots))]

    def choices(self, step: Step, shares: NDArray[np.float32]) -> list[Choice]:
        """Where triples are answered: the nine digits with how probable they were, of a node, an edge, a node."""
        taken = step.action if isinstance(step.action, list) else None
        digits = np.reshape(shares, (-1, 10)) if len(shares) == 10 * _DIGITS else None
        if digits is None or (taken is not None and len(taken) != _DIGITS):
            return super().choices(step, shares)
        found = []
        for k, row in enumerate(digits):
            digit = int(row.argmax()) if taken is None else int(np.clip(taken[k], 0, 9))
            place = ["·"] * 3
            place[k % 3] = str(digit)
            found.append(Choice(f"{_PARTS[k // 3]} {''.join(place)}", float(row[digit]), taken is not None))
        return found

    def planned(self, view: Mapping[str, Any]) -> list[Any]:
        """Right answers: edges on a shortest path, edges of a walk, where a relation leads."""
        return planned_actions(view)

    def no_plan(self, view: Mapping[str, Any]) -> str:
        """Before and after the answers there is nothing to plan."""
        return (
            "No right answer is known here"
            if view["phase"] == "answer"
            else "Answers come after the question"
        )

    def summary(self, episode: Episode) -> Summary:
        """How many triples were right."""
        end = episode.steps[-1].view
        right, given = sum(1 for _, holds in end["answer"] if holds), len(end["answer"])
        every = right == given > 0
        return Summary(
            "right" if every else f"{right} of {given} right", GREEN if every else RED, [end["task"]]
        )
