"""Where stories come from: the generator, and the user's own copy of the published files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from shrdlu_env.text import TASKS, Story, draw_story, find_files, read_file
from train.errors import UsageError

ALL_TASKS = tuple(range(1, len(TASKS) + 1))
#: Questions of each published training file.
PUBLISHED_QUESTIONS = 10_000
#: Every so many-th published training story is held out: never trained on, asked at the gate.
HELD_OUT_EVERY = 10


def chosen(tasks: Sequence[int]) -> tuple[int, ...]:
    """Kinds of stories in order, each once; all of them where none is named."""
    return tuple(sorted(set(tasks))) or ALL_TASKS


class Corpus(Protocol):
    """Stories of all tasks, to learn from and to be asked about."""

    def draw(self, task: int, rng: np.random.Generator) -> Story:
        """A story to learn from; `rng` is the only source of chance."""
        ...

    def held_out(self, task: int, count: int, rng: np.random.Generator) -> list[Story]:
        """So many stories that nothing is learned from, fewer where there are fewer."""
        ...


class Generated:
    """Stories of the generator: new ones, always, so that what is drawn later is held out by itself."""

    def draw(self, task: int, rng: np.random.Generator) -> Story:
        """See `Corpus`."""
        return draw_story(task, rng)

    def held_out(self, task: int, count: int, rng: np.random.Generator) -> list[Story]:
        """See `Corpus`."""
        return [draw_story(task, rng) for _ in range(count)]


class Published:
    """Published stories; generated ones take the place of what a folder lacks.

    Args:
        stories: by task. A task with fewer than `PUBLISHED_QUESTIONS` questions is filled up to as many.
    """

    def __init__(self, stories: Mapping[int, Sequence[Story]]) -> None:
        self._held = {task: told[::HELD_OUT_EVERY] for task, told in stories.items()}
        self._shown = {
            task: [story for k, story in enumerate(told) if k % HELD_OUT_EVERY]
            for task, told in stories.items()
        }
        questions = {task: sum(story.questions for story in told) for task, told in stories.items()}
        self._share = {task: min(1.0, questions.get(task, 0) / PUBLISHED_QUESTIONS) for task in ALL_TASKS}

    def draw(self, task: int, rng: np.random.Generator) -> Story:
        """See `Corpus`."""
        shown = self._shown.get(task)
        if not shown or rng.random() >= self._share[task]:
            return draw_story(task, rng)
        return shown[rng.integers(len(shown))]

    def held_out(self, task: int, count: int, rng: np.random.Generator) -> list[Story]:
        """See `Corpus`; generated ones where the folder has none of the task."""
        held = self._held.get(task)
        if not held:
            return [draw_story(task, rng) for _ in range(count)]
        return [held[k] for k in rng.permutation(len(held))[:count]]


def make_corpus(data: str | None) -> Corpus:
    """The stories that a configuration learns from.

    Raises:
        UsageError: if the folder cannot be read.
    """
    return Generated() if data is None else Published(read_folder(data, "train"))


def read_folder(data: str, split: str) -> dict[int, list[Story]]:
    """All published stories of a folder by task; tasks that it lacks are left out.

    Raises:
        UsageError: naming what is wrong.
    """
    try:
        return {task: read_file(path, task) for task, path in find_files(Path(data), split).items()}
    except ValueError as error:
        raise UsageError(f"data: {error}") from None
