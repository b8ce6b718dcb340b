"""A story being written."""

from __future__ import annotations

from shrdlu_env.text.stories import Line, Story

Words = tuple[str, ...]


class Script:
    """Lines told so far.

    Attributes:
        questions: how many of them are questions.
    """

    __slots__ = ("_lines", "questions")

    def __init__(self) -> None:
        self._lines: list[Line] = []
        self.questions = 0

    def tell(self, *words: str) -> int:
        """Add a statement (its words without the closing '.') and return its line number."""
        self._lines.append(Line((*words, ".")))
        return len(self._lines)

    def ask(self, words: Words, answer: Words, support: tuple[int, ...]) -> None:
        """Add a question (its words without the closing '?')."""
        self._lines.append(Line((*words, "?"), answer, support))
        self.questions += 1

    def story(self, task: int) -> Story:
        """What was told, as a story."""
        return Story(task, tuple(self._lines))
