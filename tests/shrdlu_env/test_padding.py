"""Rows of episodes grow with the longest, and lose nothing."""

import numpy as np
import pytest

from shrdlu_env.padding import with_room


@pytest.mark.parametrize("steps", [0, 1, 4])
def test_what_has_room_is_kept(steps):
    array = np.arange(8).reshape(2, 4)
    assert with_room(array, steps) is array


@pytest.mark.parametrize(("steps", "longest"), [(5, 6), (6, 6), (7, 7), (40, 40)])
def test_what_was_there_stands_before_the_new_room(steps, longest):
    array = np.arange(24, dtype=np.float32).reshape(2, 4, 3)
    longer = with_room(array, steps, -1)
    assert longer.shape == (2, longest, 3)
    assert longer.dtype == np.float32
    assert (longer[:, :4] == array).all()
    assert (longer[:, 4:] == -1).all()
