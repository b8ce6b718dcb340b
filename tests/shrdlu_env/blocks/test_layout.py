"""The observation's layout: slices, encode, decode."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shrdlu_env import Constraint, Layout, Relation, Sampler
from tests.shrdlu_env.blocks import oracle


def test_the_paper_s_97_features():
    layout = Layout()
    parts = [layout.goal, layout.first, layout.relation, layout.second, layout.go, layout.board]
    assert [part.stop - part.start for part in parts] == [26, 6, 4, 6, 1, 54]
    assert [part.start for part in parts] == [0, *(part.stop for part in parts[:-1])]
    assert layout.size == 97


def constraints(most: int):
    numbers = st.lists(st.integers(1, most), min_size=2, max_size=2, unique=True)
    return st.builds(
        lambda pair, relation: Constraint(pair[0], relation, pair[1]), numbers, st.sampled_from(Relation)
    )


@given(
    oracle.boards(), st.none() | st.sampled_from(oracle.LETTERS), st.none() | constraints(9), st.booleans()
)
def test_what_is_encoded_is_decoded(board, letter, constraint, go):
    rows = oracle.to_rows(board)
    layout = Layout(len(board), 9)
    encoded = layout.encode(rows, letter=letter, constraint=constraint, go=go)
    text = None if constraint is None else str(constraint)
    np.testing.assert_array_equal(encoded, oracle.observation(board, 9, letter, text, go))
    assert encoded.dtype == np.float32
    decoded = layout.decode(encoded)
    assert (decoded.letter, decoded.constraint, decoded.go) == (letter, constraint, go)
    assert decoded.board == rows


def test_a_description_is_one_block():
    puzzles = Sampler(3, 8).generate(np.random.default_rng(0), 20)
    together, lengths = Layout().encode_descriptions(puzzles)
    at_end, same = Layout().encode_descriptions(puzzles, at_end=True)
    assert together.shape == at_end.shape == (lengths.max(), 20, 97)
    assert (same == lengths).all()
    assert len(set(lengths)) > 1
    for row in range(20):
        puzzle = puzzles.puzzle(row)
        told = [(goal.letter, str(c)) for goal in puzzle.goals for c in goal.constraints]
        board = oracle.from_rows(puzzle.board)
        expected = np.array([oracle.observation(board, 6, letter, text) for letter, text in told])
        np.testing.assert_array_equal(Layout().encode_description(puzzles, row), expected)
        np.testing.assert_array_equal(together[: lengths[row], row], expected)
        assert not together[lengths[row] :, row].any()
        np.testing.assert_array_equal(at_end[len(at_end) - lengths[row] :, row], expected)
        assert not at_end[: len(at_end) - lengths[row], row].any()


@pytest.mark.parametrize(
    ("lowest", "more", "message"),
    [
        ([7, 0, 0], {}, "block numbers go from 0"),
        ([1, 0, 0], {"letter": "q"}, "letter='q'"),
        ([1, 0, 0], {"constraint": Constraint(7, Relation.ABOVE, 1)}, "constraint='7a1'"),
        ([1, 0, 0], {"wanted": ["1a2"]}, "wanted="),
    ],
)
def test_what_does_not_fit_is_not_encoded(lowest, more, message):
    with pytest.raises(ValueError, match=message):
        Layout().encode([[0, 0, 0], [0, 0, 0], lowest], **more)


def test_boards_of_another_shape_are_not_encoded():
    for board in ([[0, 0], [1, 2]], [1] + [0] * 8, np.zeros((3, 2), int)):
        with pytest.raises(ValueError, match="board"):
            Layout().encode(board)


def test_nonsense_is_not_decoded():
    layout = Layout()
    with pytest.raises(ValueError, match=r"\(97,\)"):
        layout.decode(np.zeros(96))
    twice = np.zeros(97)
    twice[:2] = 1
    with pytest.raises(ValueError, match="'goal'"):
        layout.decode(twice)
    half = np.zeros(97)
    half[layout.first.start] = 1
    with pytest.raises(ValueError, match="together"):
        layout.decode(half)
