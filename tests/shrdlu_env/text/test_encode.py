"""Stories as arrays, against plain loops over words."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shrdlu_env.text import (
    MARK,
    WORDS,
    Line,
    Story,
    bucket_batches,
    encode_story,
    packed_batches,
    right_answers,
    stack_rows,
    story,
)

some_stories = st.lists(
    st.builds(story, st.sampled_from([1, 4, 8, 16, 17, 19, 20]), st.integers(0, 10_000)),
    min_size=1,
    max_size=12,
)


def steps_of(told):
    """What a network sees and should say, step by step: (word, answer word or None)."""
    for line in told.lines:
        yield from ((word, None) for word in line.words)
        yield from ((MARK, word) for word in line.answer)


@given(st.integers(1, 20), st.integers(0, 10_000))
def test_a_story_step_by_step(task, seed):
    told = story(task, seed)
    encoded = encode_story(told)
    steps = [*steps_of(told)]
    assert [WORDS[i] for i in encoded.inputs] == [word for word, _ in steps]
    assert [WORDS[i] if i >= 0 else None for i in encoded.targets] == [answer for _, answer in steps]
    assert {*encoded.targets[encoded.inputs != WORDS.index(MARK)]} == {-1}
    for number, line in enumerate(line for line in told.lines if line.answer):
        assert [WORDS[i] for i in encoded.targets[encoded.question == number]] == [*line.answer]


def stories_of(batch):
    """The tokens and answers of every story of a batch, cut where `reset` says."""
    found = []
    for b in range(batch.inputs.shape[1]):
        begins = [*np.flatnonzero(batch.reset[:, b]), len(batch.inputs)]
        assert begins[0] == 0
        for begin, end in pairwise(begins):
            words = [WORDS[i] for i in batch.inputs[begin:end, b]]
            answers = [WORDS[i] if i >= 0 else None for i in batch.targets[begin:end, b, 0]]
            pairs = [*zip(words, answers, strict=True)]
            while pairs[-1] == (MARK, None):  # what is left of a row
                pairs.pop()
            found.append(tuple(pairs))
    return found


@given(some_stories, st.integers(1, 5), st.integers(1, 300))
def test_every_story_is_in_exactly_one_batch(stories, rows, steps):
    wanted = sorted((tuple(steps_of(told)) for told in stories), key=str)
    for batches in ([*bucket_batches(stories, rows)], [*packed_batches(stories, rows, steps)]):
        assert sorted((told for batch in batches for told in stories_of(batch)), key=str) == wanted
        asked = sorted(task for batch in batches for task in batch.tasks)
        assert asked == sorted(told.task for told in stories for _ in range(told.questions))
        for batch in batches:
            assert batch.inputs.shape[1] <= rows
            np.testing.assert_array_equal(batch.answer, batch.targets[..., 0] >= 0)
            np.testing.assert_array_equal(batch.answer, batch.question >= 0)
            assert batch.targets.shape == (*batch.inputs.shape, 1)
            assert {batch.targets.dtype, batch.inputs.dtype, batch.tasks.dtype} == {np.dtype(np.int64)}
    for batch in packed_batches(stories, rows, steps):
        assert len(batch.inputs) <= max(steps, max(map(len, stories_of(batch))))


@given(some_stories, st.integers(1, 5))
def test_one_story_a_row_from_short_to_long(stories, rows):
    lengths = [len(told) for batch in bucket_batches(stories, rows) for told in stories_of(batch)]
    assert lengths == sorted(told.length for told in stories)


def test_packing_wastes_little():
    stories = [story(task, seed) for task in range(1, 21) for seed in range(20)]
    seen = sum(batch.inputs.size for batch in packed_batches(stories, 8, 400))
    assert seen < 1.1 * sum(told.length for told in stories)


@given(some_stories, st.integers(1, 4), st.randoms(use_true_random=False))
def test_a_question_counts_only_if_every_word_is_right(stories, rows, random):
    for batch in packed_batches(stories, rows, 200):
        words = np.where(batch.answer, batch.targets[..., 0], 7)
        assert right_answers(batch, words).all()
        places = [*zip(*np.nonzero(batch.answer), strict=True)]
        spoiled = random.sample(places, random.randint(0, len(places)))
        for t, b in spoiled:
            words[t, b] = (words[t, b] + 1) % len(WORDS)
        wrong = {batch.question[place] for place in spoiled}
        assert right_answers(batch, words).tolist() == [q not in wrong for q in range(len(batch.tasks))]


def test_tasks_belong_to_questions():
    batch = stack_rows([[story(8, 1), story(19, 1)], [story(4, 2)]])
    assert batch.tasks.tolist() == [8] * 5 + [19, 4]
    assert (batch.question[batch.answer][-1], batch.question.max()) == (5, 6)


def test_arguments():
    for bad, kind in (
        (0, ValueError),
        (-1, ValueError),
        (1.5, ValueError),
        (True, TypeError),
        ("2", TypeError),
    ):
        with pytest.raises(kind, match=r"^rows=.*: must be a whole number of at least 1$"):
            bucket_batches([], bad)
        with pytest.raises(kind, match=r"^steps=.*: must be a whole number of at least 1$"):
            packed_batches([], 1, bad)
    for rows in ([], [[story(1, 1)], []]):
        with pytest.raises(
            ValueError, match=r"^rows: .*; at least one row, and a story in each, are needed$"
        ):
            stack_rows(rows)
    with pytest.raises(ValueError, match=r"^words: has shape \(3, 1\)"):
        right_answers(stack_rows([[story(4, 1)]]), np.zeros((3, 1), np.int64))
    with pytest.raises(ValueError, match=r"^word='sofa'"):
        encode_story(Story(1, (Line(("mary", "is", "in", "the", "sofa", ".")),)))
    assert [*bucket_batches([], 2)] == [*packed_batches([], 2, 2)] == []
