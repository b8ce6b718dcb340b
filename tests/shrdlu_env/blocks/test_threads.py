"""Puzzles may be drawn in one thread while another works: same puzzles, and the other is not held up."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from shrdlu_env import Sampler
from shrdlu_env._jit import HAVE_NUMBA
from shrdlu_env.blocks.tables import TableStore, shape_code


def assert_same(first, second):
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)


def test_two_threads_draw_what_one_draws():
    def draw(lesson):
        return Sampler(3, lesson).generate(np.random.default_rng(lesson), 300)

    lessons = (2, 9, 26, 5)
    with ThreadPoolExecutor(2) as threads:
        together = list(threads.map(draw, lessons))
    for lesson, batch in zip(lessons, together, strict=True):
        assert_same(batch, draw(lesson))


def test_tables_in_use_stay_as_they_were():
    """Slots that were read never name a table that was not there when they were read."""
    store = TableStore(3)
    board, other = np.array([1, 2, 3, 0, 0, 0, 0, 0, 0], np.int8), np.array([1, 2, 0, 3] + [0] * 5, np.int8)
    store.ensure(board, 1)
    before = store.tables
    copies = [array.copy() for array in before]
    store.ensure(other, 1)
    assert_same(before, copies)
    heights = np.array([2, 1, 0], np.int8)
    assert before.slots[shape_code(heights, 3)] == -1
    assert store.tables.slots[shape_code(heights, 3)] == 1


@pytest.mark.skipif(not HAVE_NUMBA, reason="plain Python code takes turns")
def test_drawing_lets_other_threads_run():
    sampler = Sampler(3, 26)
    sampler.generate(np.random.default_rng(0), 10)
    thread = threading.Thread(target=sampler.generate, args=(np.random.default_rng(1), 50_000))
    thread.start()
    turns = 0
    while thread.is_alive():
        thread.join(0.001)
        turns += 1
    # One call draws them all; if it kept the interpreter to itself there would be a turn or two.
    assert turns > 20
