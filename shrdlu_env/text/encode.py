"""Stories as arrays of word ids: word by word, questions inside the stream, targets only at the marks.

Source: Methods, "bAbI task descriptions": one word a step, a '-' in the place of every word of an answer.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.checks import check_whole, shown
from shrdlu_env.text.stories import Story
from shrdlu_env.text.vocabulary import MARK, encode_words, word_id

NONE = -1
"""No target, no question."""


class EncodedStory(NamedTuple):
    """One story as a network sees it.

    Attributes:
        inputs: word ids, int64[T].
        targets: ids of answer words where they are due, `NONE` elsewhere, int64[T].
        question: which question of the story, from 0, an answer word belongs to, `NONE` elsewhere, int64[T].
    """

    inputs: NDArray[np.int64]
    targets: NDArray[np.int64]
    question: NDArray[np.int64]


class StoryBatch(NamedTuple):
    """Stories side by side and one after the other; time first.

    What is left of a row when its stories are over repeats the mark, without a target.

    Attributes:
        inputs: word ids, int64[T, B].
        targets: ids of answer words where they are due, `NONE` elsewhere, int64[T, B, 1].
        answer: where answer words are due, bool[T, B].
        reset: where a story begins, bool[T, B].
        question: number of the question, counted through the batch from 0, that an answer word belongs to, `NONE`
            elsewhere, int64[T, B].
        tasks: the task of every question of the batch, int64[Q].
    """

    inputs: NDArray[np.int64]
    targets: NDArray[np.int64]
    answer: NDArray[np.bool_]
    reset: NDArray[np.bool_]
    question: NDArray[np.int64]
    tasks: NDArray[np.int64]


def encode_story(story: Story) -> EncodedStory:
    """A story as word ids.

    Raises:
        TypeError: it is no story.
        ValueError: the vocabulary lacks a word; the message names the nearest ones.
    """
    if not isinstance(story, Story):
        raise TypeError(f"story={shown(story)}: must be a Story")
    inputs = encode_words(story.tokens())
    targets, question = np.full_like(inputs, NONE), np.full_like(inputs, NONE)
    step = number = 0
    for line in story.lines:
        step += len(line.words)
        if line.answer:
            due = slice(step, step + len(line.answer))
            targets[due], question[due] = encode_words(line.answer), number
            step, number = due.stop, number + 1
    return EncodedStory(inputs, targets, question)


def stack_rows(rows: Sequence[Sequence[Story]]) -> StoryBatch:
    """A batch with given stories in each row, one after the other.

    Args:
        rows: B rows of at least one story each.

    Raises:
        ValueError: there is no row or an empty one, or the vocabulary lacks a word.
    """
    if not rows or not all(rows):
        raise ValueError(
            f"rows: {[len(row) for row in rows]} stories; at least one row, and a story in each, are needed"
        )
    steps = max(sum(story.length for story in row) for row in rows)
    shape = (steps, len(rows))
    inputs = np.full(shape, word_id(MARK), np.int64)
    targets, question = np.full(shape, NONE, np.int64), np.full(shape, NONE, np.int64)
    reset = np.zeros(shape, np.bool_)
    tasks: list[int] = []
    for b, row in enumerate(rows):
        step = 0
        for story in row:
            encoded = encode_story(story)
            here = slice(step, step + len(encoded.inputs))
            inputs[here, b], targets[here, b] = encoded.inputs, encoded.targets
            due = encoded.question != NONE
            question[here, b] = np.where(due, encoded.question + len(tasks), NONE)
            reset[step, b] = True
            tasks += [story.task] * story.questions
            step = here.stop
    return StoryBatch(inputs, targets[..., None], targets != NONE, reset, question, np.array(tasks, np.int64))


def bucket_batches(stories: Sequence[Story], rows: int) -> Iterator[StoryBatch]:
    """All stories, one a row, those of like length together, so that little is padded.

    Args:
        stories: in any order.
        rows: the most rows of a batch, at least 1.

    Yields:
        Batches from the shortest stories to the longest; every story is in exactly one.

    Raises:
        TypeError: `rows` is no number.
        ValueError: `rows` is below 1, or the vocabulary lacks a word.
    """
    rows = check_whole("rows", rows, 1)
    ordered = sorted(stories, key=lambda story: story.length)
    return (stack_rows([[story] for story in ordered[i : i + rows]]) for i in range(0, len(ordered), rows))


def packed_batches(stories: Sequence[Story], rows: int, steps: int) -> Iterator[StoryBatch]:
    """All stories, packed end to end into rows of about equal length, with `reset` where one begins.

    Args:
        stories: in any order; the longest that still fits goes into a row first.
        rows: the most rows of a batch, at least 1.
        steps: steps of a row, at least 1; more in batches with a story that is longer.

    Yields:
        Batches from the longest stories to the shortest; every story is in exactly one.

    Raises:
        TypeError: `rows` or `steps` is no number.
        ValueError: `rows` or `steps` is below 1, or the vocabulary lacks a word.
    """
    rows = check_whole("rows", rows, 1)
    steps = check_whole("steps", steps, 1)
    return _packed(sorted(stories, key=lambda story: story.length), rows, steps)


def _packed(left: list[Story], rows: int, steps: int) -> Iterator[StoryBatch]:
    lengths = [story.length for story in left]  # ascending, as `left`
    while left:
        room = max(steps, lengths[-1])
        batch: list[list[Story]] = []
        while left and len(batch) < rows:
            row: list[Story] = []
            free = room
            while (i := bisect_right(lengths, free) - 1) >= 0:
                row.append(left.pop(i))
                free -= lengths.pop(i)
            batch.append(row)
        yield stack_rows(batch)


def right_answers(batch: StoryBatch, words: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Which questions of a batch are answered right: in every word.

    Args:
        batch: the questions.
        words: ids of the words said, [T, B]; what is said where no answer is due does not matter.

    Returns:
        bool[Q], in the order of `batch.tasks`.

    Raises:
        ValueError: `words` has another shape than the batch.
    """
    if words.shape != batch.inputs.shape:
        raise ValueError(f"words: has shape {words.shape}; the batch has {batch.inputs.shape}")
    right = np.ones(len(batch.tasks), np.bool_)
    wrong = batch.answer & (words != batch.targets[..., 0])
    right[batch.question[wrong]] = False
    return right
