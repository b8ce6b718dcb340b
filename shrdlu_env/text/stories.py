"""Stories as data: lines of words, some of them questions with their answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from shrdlu_env.checks import check_whole
from shrdlu_env.text.vocabulary import MARK

TASKS: tuple[str, ...] = (
    "single supporting fact",
    "two supporting facts",
    "three supporting facts",
    "two argument relations",
    "three argument relations",
    "yes/no questions",
    "counting",
    "lists/sets",
    "simple negation",
    "indefinite knowledge",
    "basic coreference",
    "conjunction",
    "compound coreference",
    "time reasoning",
    "basic deduction",
    "basic induction",
    "positional reasoning",
    "size reasoning",
    "path finding",
    "agents' motivations",
)
"""What the twenty kinds of stories are about; task t is `TASKS[t - 1]`."""


def check_task(task: int) -> int:
    """The number of a task.

    Raises:
        TypeError: it is no number.
        ValueError: it is no whole number from 1 to 20.
    """
    return check_whole("task", task, 1, len(TASKS))


class Line(NamedTuple):
    """A sentence, or a question where there is an answer.

    Attributes:
        words: lower case, the closing '.' or '?' as the last one.
        answer: the answer's words; empty for a statement.
        support: numbers of the earlier lines, from 1, that the answer follows from.
    """

    words: tuple[str, ...]
    answer: tuple[str, ...] = ()
    support: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """Lines told one after the other, questions among them.

    Attributes:
        task: the kind of story, 1 to 20.
        lines: in the order of telling.
    """

    task: int
    lines: tuple[Line, ...]

    @property
    def questions(self) -> int:
        """How many of the lines are questions."""
        return sum(bool(line.answer) for line in self.lines)

    @property
    def length(self) -> int:
        """Steps that a network sees: every word, and a mark for every word of an answer."""
        return sum(len(line.words) + len(line.answer) for line in self.lines)

    def tokens(self) -> list[str]:
        """The story word by word as a network sees it, a mark '-' in the place of every answer word."""
        return [word for line in self.lines for word in (*line.words, *(MARK for _ in line.answer))]

    def text(self) -> str:
        """The story for people, in the layout of the published files, which the loader reads too."""
        return "\n".join(_numbered(number, line) for number, line in enumerate(self.lines, 1))


def _numbered(number: int, line: Line) -> str:
    *words, end = line.words
    sentence = f"{number} {' '.join(words)}{end}"
    if not line.answer:
        return sentence
    return f"{sentence}\t{','.join(line.answer)}\t{' '.join(map(str, line.support))}"
