"""Puzzles drawn ahead are those that would have been drawn anyway, whatever happens in between."""

import gc
import threading
import time

import numpy as np
import pytest

from shrdlu_env import Sampler
from train.ahead import Ahead


def draw(sampler, rng):
    return [array.tolist() for array in sampler.generate(rng, 3)]


def number_of_threads():
    return sum(thread.name.startswith("puzzles-ahead") for thread in threading.enumerate())


@pytest.fixture
def ahead():
    ahead = Ahead(draw)
    yield ahead
    ahead.close()


def test_batches_and_generator_are_as_without(ahead):
    sampler, plain, rng = Sampler(3, 2), np.random.default_rng(0), np.random.default_rng(0)
    for _ in range(5):
        assert ahead.take(sampler, rng) == draw(sampler, plain)
        assert rng.bit_generator.state == plain.bit_generator.state


def test_the_next_batch_is_drawn_while_this_one_is_used():
    calls = []

    def noted(sampler, rng):
        calls.append(threading.current_thread())
        return draw(sampler, rng)

    ahead = Ahead(noted)
    ahead.take(Sampler(3, 1), np.random.default_rng(0))
    ahead._next.result(timeout=60)
    assert len(calls) == 2
    assert threading.main_thread() not in calls
    ahead.close()


@pytest.mark.parametrize("change", ["lesson", "earlier", "seed", "other draws"])
def test_what_no_longer_fits_is_drawn_again(ahead, change):
    samplers = Sampler(3, 3), Sampler(3, 3)
    rngs = np.random.default_rng(1), np.random.default_rng(1)
    assert ahead.take(samplers[0], rngs[0]) == draw(samplers[1], rngs[1])
    for sampler, rng in zip(samplers, rngs, strict=True):
        if change == "lesson":
            sampler.set_lesson(4)
        elif change == "earlier":
            sampler.set_lesson(3, 1.0)
        elif change == "seed":
            rng.bit_generator.state = np.random.default_rng(2).bit_generator.state
        else:
            rng.random()
    for _ in range(2):
        assert ahead.take(samplers[0], rngs[0]) == draw(samplers[1], rngs[1])
        assert rngs[0].bit_generator.state == rngs[1].bit_generator.state


def test_a_generator_that_is_another_object_in_the_same_state_goes_on(ahead):
    sampler, rng = Sampler(3, 1), np.random.default_rng(3)
    ahead.take(sampler, rng)
    drawn = ahead._next
    other = np.random.default_rng()
    other.bit_generator.state = rng.bit_generator.state
    assert ahead.take(sampler, other) == drawn.result().value


def test_an_error_is_raised_where_the_batch_is_taken():
    def fail(sampler, rng):
        rng.random()
        raise ValueError("no such puzzle")

    ahead, rng = Ahead(fail), np.random.default_rng(0)
    before = rng.bit_generator.state
    for _ in range(2):
        with pytest.raises(ValueError, match="no such puzzle"):
            ahead.take(Sampler(3, 1), rng)
        assert rng.bit_generator.state == before
    ahead.close()


def test_the_thread_ends_with_its_owner():
    before = number_of_threads()
    closed, dropped = Ahead(draw), Ahead(draw)
    for ahead in (closed, dropped):
        ahead.take(Sampler(3, 1), np.random.default_rng(0))
    assert number_of_threads() == before + 2
    closed.close()
    assert number_of_threads() == before + 1
    del dropped, ahead
    gc.collect()
    deadline = time.monotonic() + 60
    while number_of_threads() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert number_of_threads() == before
