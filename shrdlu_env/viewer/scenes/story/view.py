"""What a spectator sees of a story with questions; any environment whose `view()` returns one can be watched."""

from __future__ import annotations

from typing import Literal, TypedDict


class StoryView(TypedDict):
    """Every value is plain Python; T steps, one word each, a mark in the place of every word of an answer.

    Attributes:
        scene: "story".
        task: number of the kind of story.
        title: what the kind is about.
        phase: "describe" in a statement, "query" in a question, "answer" where a word of an answer is due.
        step: index of the current word; T once the story is over.
        steps_total: T.
        words: those shown up to now.
        lines: the whole story, line by line: `words`; for questions `answer`, `support` (numbers of the lines, from 1,
            that it follows from) and `said`, the words said in answer so far. All but `words` are empty elsewhere.
        terminated: whether the story is over.
        asked: questions so far.
        right: of these, those answered right in every word.
        reward: of the last step.
    """

    scene: Literal["story"]
    task: int
    title: str
    phase: Literal["describe", "query", "answer"]
    step: int
    steps_total: int
    words: list[str]
    lines: list[dict[str, list[str | int]]]
    terminated: bool
    asked: int
    right: int
    reward: float
