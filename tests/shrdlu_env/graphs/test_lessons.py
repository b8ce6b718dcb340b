"""The curricula."""

import numpy as np
import pytest

from shrdlu_env.graphs import lessons
from shrdlu_env.graphs.arrays import LENGTH, TASKS
from shrdlu_env.graphs.lessons import GraphRanges
from shrdlu_env.graphs.sampling import LESSONS, GraphSampler


def test_the_papers_curricula_have_their_size_and_ends():
    assert [len(LESSONS[task]) for task in range(4)] == [14, 15, 17, 12]
    assert lessons.TRAVERSAL[-1] == GraphRanges((10, 40), (2, 6), (1, 20))
    assert lessons.SHORTEST_PATH[-1] == GraphRanges((20, 25), (2, 6), (2, 5))
    assert lessons.INFERENCE[-1] == GraphRanges((20, 25), (2, 4), (2, 5))
    assert lessons.NAVIGATION[0].path == (1, 1)
    assert lessons.NAVIGATION[0].nodes == (5, 5)
    assert lessons.NAVIGATION[-1] == GraphRanges((20, 25), (2, 6), (2, 5))


@pytest.mark.parametrize("task", range(4), ids=TASKS)
def test_every_lesson_can_be_drawn_and_shows_every_length(task):
    for number, ranges in enumerate(LESSONS[task], 1):
        episodes = GraphSampler(task, number).generate(np.random.default_rng(number), 1500)
        assert set(episodes.meta[:, LENGTH].tolist()) == set(range(ranges.path[0], ranges.path[1] + 1))


@pytest.mark.parametrize(
    "change", [{"nodes": (1, 5)}, {"degree": (0, 2)}, {"path": (1, 101)}, {"path": (3, 2)}]
)
def test_refused(change):
    name = next(iter(change))
    with pytest.raises(ValueError, match=f"{name}="):
        GraphRanges(**{"nodes": (3, 5), "degree": (1, 2), "path": (1, 2), **change})
