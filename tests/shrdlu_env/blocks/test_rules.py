"""The rules on boards against the oracle."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shrdlu_env.blocks import rules as blocks
from shrdlu_env.blocks.search import decode, encode
from tests.shrdlu_env.blocks import oracle


def measured(board: oracle.Board) -> tuple[np.ndarray, np.ndarray]:
    squares = oracle.to_squares(board)
    heights = np.zeros(len(board), np.int8)
    blocks.measure(squares, len(board), heights)
    return squares, heights


@given(oracle.boards())
def test_heights_and_legal_actions(board):
    _, heights = measured(board)
    assert heights.tolist() == [len(stack) for stack in board]
    bits = blocks.legal_actions(heights, len(board))
    assert [bool(bits >> a & 1) for a in range(blocks.num_actions(len(board)))] == oracle.legal(board)


@given(oracle.boards(), st.data())
def test_every_action_moves_as_the_oracle_says(board, data):
    action = data.draw(st.integers(0, blocks.num_actions(len(board)) - 1))
    squares, heights = measured(board)
    legal = blocks.apply_action(squares, heights, len(board), action)
    after = oracle.act(board, action)
    assert legal == (after is not None)
    assert oracle.from_squares(squares) == (board if after is None else after)
    assert heights.tolist() == [len(stack) for stack in oracle.from_squares(squares)]


@pytest.mark.parametrize("size", [2, 3, 4, 5])
def test_actions_are_ordered_pairs_of_columns(size):
    moves = [blocks.move_columns(action, size) for action in range(size * (size - 1))]
    assert moves == oracle.pairs(size)


@given(oracle.boards())
def test_facts(board):
    squares, _ = measured(board)
    count = sum(len(stack) for stack in board)
    listed = np.zeros(32, np.int64)
    found = listed[: blocks.list_facts(squares, len(board), count, listed)].tolist()
    kinds = {"on": blocks.ABOVE, "left": blocks.LEFT}
    expected = {blocks.fact_number(x, kinds[kind], y, count) for kind, x, y in oracle.facts(board)}
    assert len(found) == len(set(found)) == len(expected) <= blocks.max_facts(count)
    assert set(found) == expected


@given(oracle.boards())
@settings(max_examples=30)
def test_holds(board):
    squares, _ = measured(board)
    present = range(1, sum(len(stack) for stack in board) + 1)
    for text in (f"{x}{r}{y}" for x in present for y in present if x != y for r in "ablr"):
        holds = blocks.holds(
            blocks.locate(squares, len(board)), int(text[0]), "ablr".index(text[1]), int(text[2])
        )
        assert holds == (oracle.fact(text) in oracle.facts(board))


def test_a_fact_has_one_number_and_two_orientations():
    for count in (2, 6, 9):
        numbers = {}
        for x in range(1, count + 1):
            for y in range(1, count + 1):
                for relation in range(4):
                    if x != y:
                        numbers.setdefault(blocks.fact_number(x, relation, y, count), []).append(
                            (x, relation, y)
                        )
        assert len(numbers) == 2 * count * (count - 1)
        assert all(len(orientations) == 2 for orientations in numbers.values())


@given(oracle.boards())
def test_board_keys_are_read_back(board):
    squares, heights = measured(board)
    key = encode(squares, heights, len(board))
    again, heights_again = np.ones_like(squares), np.ones_like(heights)
    decode(key, len(board), again, heights_again)
    np.testing.assert_array_equal(again, squares)
    np.testing.assert_array_equal(heights_again, heights)


def test_the_most_facts_are_those_of_the_fullest_heap():
    heap = ((1, 2, 3), (4, 5, 6), (7, 8, 9), (), ())
    assert len(oracle.facts(heap)) == blocks.MAX_FACTS == 12
    assert [blocks.max_facts(k) for k in (1, 2, 3, 4, 5, 6)] == [0, 1, 2, 4, 5, 7]
