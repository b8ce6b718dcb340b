"""Read a user's own copy of the published bAbI files (the folder en-10k), strictly.

A line is a number, a sentence and, where it is a question, a tab, the answer, a tab and the numbers of the lines it
follows from. A story begins at number 1. Numbers are removed, words made lower case, '.' and '?' made words of
their own. Whatever else stands in a file is an error that names the file and the line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from os import PathLike
from pathlib import Path

from shrdlu_env.checks import check_choice, check_path, check_some, check_source, shown
from shrdlu_env.text.stories import TASKS, Line, Story, check_task
from shrdlu_env.text.vocabulary import check_word

SPLITS = ("train", "valid", "test")

_SENTENCE = re.compile(r"[A-Za-z]+(?: [A-Za-z]+)*[.?]")
_ANSWER = re.compile(r"[A-Za-z]+(?:,[A-Za-z]+)*")
_NUMBERS = re.compile(r"[1-9][0-9]*(?: [1-9][0-9]*)*")
_NUMBERED = re.compile(r"([1-9][0-9]*) (.*)")


def find_files(directory: str | PathLike[str], split: str = "train") -> dict[int, Path]:
    """The published file of every task that a folder has, such as `qa7_counting_train.txt`, by task.

    Raises:
        ValueError: the folder does not exist, has no such file or two for one task, or the split is unknown.
    """
    check_choice("split", split, SPLITS)
    folder = check_path("directory", directory)
    if not folder.is_dir():
        raise ValueError(
            f"directory={str(directory)!r}: is not a folder; the folder en-10k of the data is meant"
        )
    found = {}
    for task in range(1, len(TASKS) + 1):
        paths = sorted(folder.glob(f"qa{task}_*{split}.txt"))
        if len(paths) > 1:
            names = ", ".join(path.name for path in paths)
            raise ValueError(f"directory={str(directory)!r}: has more than one file of task {task}: {names}")
        if paths:
            found[task] = paths[0]
    if not found:
        raise ValueError(
            f"directory={str(directory)!r}: has no file qa1_..._{split}.txt to qa20_..._{split}.txt"
        )
    return found


def load(
    directory: str | PathLike[str], split: str = "train", tasks: Sequence[int] | None = None
) -> dict[int, list[Story]]:
    """The stories of a folder, by task.

    Args:
        directory: the folder en-10k of the published data.
        split: train, valid or test.
        tasks: which tasks, 1 to 20; None: all twenty.

    Raises:
        ValueError: a file is missing or holds anything unexpected; the message names file and line.
    """
    wanted = range(1, len(TASKS) + 1) if tasks is None else list(map(check_task, check_some("tasks", tasks)))
    files = find_files(directory, split)
    missing = [f"qa{task}_..._{split}.txt" for task in wanted if task not in files]
    if missing:
        raise ValueError(f"directory={str(directory)!r}: lacks {', '.join(missing)}")
    return {task: read_file(files[task], task) for task in wanted}


def read_file(path: str | PathLike[str], task: int) -> list[Story]:
    """The stories of one file.

    Raises:
        ValueError: the file holds anything unexpected; the message names file and line.
    """
    check_task(task)
    file = check_source("path", path)
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: cannot be read as text: {error}") from error
    return list(_stories(text, str(path), task))


def parse(text: str, task: int, name: str = "text") -> list[Story]:
    """The stories of a text in the published layout; `name` stands for the file in messages.

    Raises:
        ValueError: the text holds anything unexpected; the message names the line.
    """
    check_task(task)
    if not isinstance(text, str):
        raise TypeError(f"text={shown(text)}: must be text")
    return list(_stories(text, name, task))


def _stories(text: str, name: str, task: int) -> Iterator[Story]:
    lines: list[Line] = []
    begun = 1  # where the story began, for messages
    rows = text.removesuffix("\n").split("\n") if text else []
    if not rows:
        raise ValueError(f"{name}: is empty; stories are expected")
    for row, content in enumerate(rows, 1):
        if lines and content.startswith("1 "):
            yield _finish(lines, task, f"{name}:{begun}")
            lines, begun = [], row
        try:
            number, rest = _split_number(content)
            if number != len(lines) + 1:
                raise ValueError(f"line number {number}, where {len(lines) + 1} is expected")
            lines.append(_line(rest, lines))
        except ValueError as error:
            raise ValueError(f"{name}:{row}: {error}") from None
    yield _finish(lines, task, f"{name}:{begun}")


def _finish(lines: list[Line], task: int, where: str) -> Story:
    story = Story(task, tuple(lines))
    if not story.questions:
        raise ValueError(f"{where}: the story that begins here asks no question")
    return story


def _split_number(content: str) -> tuple[int, str]:
    match = _NUMBERED.fullmatch(content)
    if match is None:
        raise ValueError(f"{content!r:.80} does not begin with a line number and a space")
    return int(match[1]), match[2]


def _line(content: str, earlier: list[Line]) -> Line:
    sentence, *rest = content.split("\t")
    words = _words(sentence.rstrip(" "))
    if not rest:
        if words[-1] != ".":
            raise ValueError(f"{sentence!r:.80} is no question with an answer and does not end in '.'")
        return Line(words)
    if words[-1] != "?":
        raise ValueError(f"{sentence!r:.80} has an answer and does not end in '?'")
    if len(rest) != 2 or not _ANSWER.fullmatch(rest[0]) or not _NUMBERS.fullmatch(rest[1]):
        raise ValueError(f"{content!r:.80}: after a question, tab, answer, tab and line numbers are expected")
    answer = tuple(rest[0].lower().split(","))
    for word in answer:
        check_word(word)
    support = tuple(map(int, rest[1].split(" ")))
    for number in support:
        if number > len(earlier) or earlier[number - 1].answer:
            raise ValueError(f"supporting line {number} is not an earlier statement of the story")
    return Line(words, answer, support)


@lru_cache(maxsize=1 << 16)  # few sentences differ; reading takes half the time
def _words(sentence: str) -> tuple[str, ...]:
    if not _SENTENCE.fullmatch(sentence):
        raise ValueError(
            f"{sentence!r:.80} is not a sentence: words of letters, one space apart, '.' or '?' at the end"
        )
    words = (*sentence[:-1].lower().split(" "), sentence[-1])
    for word in words[:-1]:
        check_word(word)
    return words
