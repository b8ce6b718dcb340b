"""Plain readers of observations: what an agent with a perfect memory and no numpy would know."""

from __future__ import annotations

from collections import deque


def label_of(channels) -> int | None:
    """Three digits one-hot in 30 channels; None for a blank."""
    number, found = 0, False
    for place in range(3):
        digits = [d for d in range(10) if channels[10 * place + d] == 1.0]
        if not digits:
            continue
        assert len(digits) == 1
        found = True
        number += digits[0] * 10 ** (2 - place)
    return number if found else None


def triple_of(observation) -> tuple[int | None, int | None, int | None]:
    a, b, c = (label_of(observation[30 * k : 30 * k + 30]) for k in range(3))
    return a, b, c


def slots_of(observation) -> list[int | None]:
    return [label_of(observation[k : k + 30]) for k in range(92, len(observation), 30)]


def number_of(digits) -> int:
    return int(digits[0]) * 100 + int(digits[1]) * 10 + int(digits[2])


def digits_of(triple) -> list[int]:
    return [label // power % 10 for label in triple for power in (100, 10, 1)]


class Reader:
    """Takes in one episode's observations and keeps all described triples and the questions of this round."""

    def __init__(self) -> None:
        self.ends: dict[tuple[int, int], int] = {}
        self.query: list[tuple[int | None, int | None, int | None]] = []
        self.phase = "describe"
        self.steps = {"describe": 0, "query": 0, "plan": 0, "answer": 0}

    def see(self, observation) -> str:
        """Returns the phase, told from the flags alone."""
        transition, answering = observation[90] == 1.0, observation[91] == 1.0
        triple = triple_of(observation)
        if transition:
            if answering:
                self.phase = "answer"
            elif triple == (None, None, None):
                self.phase = "plan"
            else:
                self.phase = "query"
                self.query = []
        assert answering == (self.phase == "answer")
        if self.phase == "describe":
            source, edge, target = triple
            assert (source, edge) not in self.ends
            self.ends[source, edge] = target
        elif self.phase == "query":
            self.query.append(triple)
        elif self.phase == "plan":
            assert triple == (None, None, None)
        self.steps[self.phase] += 1
        return self.phase

    def walk(self) -> list[tuple[int, int, int]]:
        """Answers of a traversal."""
        here, answers = self.query[0][0], []
        for _, edge, _ in self.query:
            following = self.ends[here, edge]
            answers.append((here, edge, following))
            here = following
        return answers

    def relation(self, sequences) -> tuple[int, int, int]:
        """Answer of an inference, given the relation table."""
        source, relation, _ = self.query[0]
        here = source
        for edge in sequences[relation - 10]:
            here = self.ends[here, edge]
        return source, relation, here

    def distances(self, goal: int) -> dict[int, int]:
        """Edges to the goal, by breadth-first search; nodes that cannot reach it are missing."""
        found, queue = {goal: 0}, deque([goal])
        while queue:
            node = queue.popleft()
            for (source, _), target in self.ends.items():
                if target == node and source not in found:
                    found[source] = found[node] + 1
                    queue.append(source)
        return found

    def best(self, here: int, goal: int) -> list[tuple[int, int, int]]:
        """Triples that leave `here` on a shortest path."""
        left = self.distances(goal)
        return [
            (source, edge, target)
            for (source, edge), target in self.ends.items()
            if source == here and left.get(target, -9) == left.get(here, -9) - 1
        ]
