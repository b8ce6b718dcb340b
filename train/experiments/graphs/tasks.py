"""The three tasks as data: what is asked, what is right, what the paper reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from train.errors import UsageError


@dataclass(frozen=True)
class Task:
    """One task."""

    name: str
    """As `shrdlu_env.graphs.arrays.TASKS` has it."""
    env_id: str
    lessons: int
    about: str
    """What a right episode is."""
    paper_lesson: float
    """The paper's share on the last lesson."""
    paper_edges: int
    """Edges asked for on the paper's held-out graph."""
    paper_graph: float
    """The paper's share there."""
    held_out: str
    """The graph that takes its place here, as `given.HELD_OUT` begins."""
    answers: str = ""
    """What tables call the share of answers that are right; "": it is that of the episodes."""
    about_answers: str = ""
    """What such an answer is."""
    paper_of: Literal["accuracy", "answers"] = "accuracy"
    """What the paper's shares are of: episodes that are right, or answers."""
    walks: bool = False
    """Whether the network walks, and chooses among the leaving triples."""

    @property
    def number(self) -> int:
        """Its number in `shrdlu_env.graphs.arrays`."""
        from shrdlu_env.graphs.arrays import TASKS

        return TASKS.index(self.name)

    def checked(self, lesson: int) -> int:
        """A lesson of the curriculum.

        Raises:
            UsageError: if it has no such lesson.
        """
        if not 1 <= lesson <= self.lessons:
            raise UsageError(f"lesson={lesson}; it must lie between 1 and {self.lessons}")
        return lesson


TRAVERSAL = Task(
    "traversal",
    "shrdlu_env/GraphTraversal-v0",
    14,
    "every triple of the walk",
    0.990,
    7,
    0.988,
    "the Underground",
)
INFERENCE = Task(
    "inference",
    "shrdlu_env/GraphInference-v0",
    17,
    "the answers to all three questions",
    0.955,
    4,
    0.818,
    "the family tree",
    "answers",
    "each question by itself, which is what the paper counts",
    "answers",
)
SHORTEST_PATH = Task(
    "shortest path",
    "shrdlu_env/GraphShortestPath-v0",
    15,
    "a path of minimum length",
    0.640,
    4,
    0.553,
    "the Underground",
    "nearly",
    "at most one step longer",
    walks=True,
)
