"""The table of all boards says what an independent model says of every board."""

import numpy as np
import pytest

from shrdlu_env import Layout, Ranges, Sampler
from shrdlu_env.puzzles import NUM_GOALS
from shrdlu_env.tables import WORD
from shrdlu_env.transitions import NEVER, board_table, goal_bits
from tests.shrdlu_env import oracle


def board(table, row):
    return oracle.from_squares(table.squares[row])


def every_fact(blocks):
    """Each fact as a text and its number by the order that `blocks.fact_number` documents."""
    for kind, relation in enumerate("al"):
        for x in range(1, blocks + 1):
            for y in range(1, blocks + 1):
                if x != y:
                    yield f"{x}{relation}{y}", (kind * blocks + x - 1) * blocks + y - 1


@pytest.mark.parametrize(
    ("size", "width", "blocks", "total"),
    [(3, 6, (3, 6), 60 + 288 + 1440 + 7200), (2, 6, (1, 3), 2 + 6 + 12), (3, 4, (4, 4), 288)],
)
def test_every_board_is_there_once(size, width, blocks, total):
    table = board_table(Layout(size, width), blocks)
    boards = {board(table, row) for row in range(len(table.keys))}
    assert len(boards) == len(table.keys) == total
    # All that moves lead to, from a board of each kind.
    for count in range(blocks[0], blocks[1] + 1):
        stack = tuple(range(1, count + 1))
        tower = tuple(stack[column * size : (column + 1) * size] for column in range(size))
        assert boards.issuperset(oracle.distances(tower))
    assert (table.rows(table.squares) == np.arange(total)).all()


@pytest.mark.parametrize(("size", "width", "blocks"), [(3, 6, (3, 6)), (2, 6, (1, 3)), (4, 7, (2, 4))])
def test_every_entry_is_the_model_s(size, width, blocks):
    table = board_table(Layout(size, width), blocks)
    rows = np.arange(len(table.keys))
    if len(rows) > 2000:
        rows = np.random.default_rng(size).choice(rows, 2000, replace=False)
    facts = {oracle.fact(text): number for text, number in every_fact(width)}
    for row in rows:
        here = board(table, row)
        for action in range(table.next.shape[1]):
            there = oracle.act(here, action)
            assert table.legal[row, action] == (there is not None)
            assert board(table, table.next[row, action]) == (here if there is None else there)
        numbers = {facts[fact] for fact in oracle.facts(here)}
        words = table.facts[row]
        assert {n for n in facts.values() if words[n // WORD] >> (n % WORD) & 1} == numbers
        assert sum(int(word).bit_count() for word in words) == len(numbers)
        assert (words >= 0).all()
        np.testing.assert_array_equal(table.observations[row], oracle.observation(here, width, go=True))


@pytest.mark.parametrize("lesson", [2, 12, 26])
def test_the_bits_of_a_goal_are_its_constraints(lesson):
    layout = Layout()
    table = board_table(layout, (3, 6))
    puzzles = Sampler(3, lesson).generate(np.random.default_rng(lesson), 40)
    rows = np.repeat(np.arange(40), puzzles.meta[:, NUM_GOALS])
    goals = np.concatenate([np.arange(count) for count in puzzles.meta[:, NUM_GOALS]])
    word, bit = goal_bits(puzzles, rows, goals, layout)
    at = np.random.default_rng(0).integers(0, len(table.keys), len(rows))
    for i, (row, goal) in enumerate(zip(rows, goals, strict=True)):
        constraints = puzzles.puzzle(row).goals[goal].constraints
        asked = bit[i] != NEVER
        assert asked.sum() == len(constraints)
        found = table.facts[at[i]][word[i]] >> bit[i] & 1
        holding = {oracle.fact(str(c)) for c in constraints} & oracle.facts(board(table, at[i]))
        assert found.sum() == len(holding)
    assert word.shape[1] == max(len(g.constraints) for row in range(40) for g in puzzles.puzzle(row).goals)


def test_what_is_too_large_or_not_there_is_refused():
    with pytest.raises(ValueError, match=r"board_size=5 with blocks=\(3, 6\) has 164,610 boards"):
        board_table(Layout(5, 6), (3, 6))
    table = board_table(Layout(2, 6), (1, 3))
    with pytest.raises(ValueError, match="no board of this table"):
        table.rows(np.array([[1, 2, 3, 4]], np.int8))
    with pytest.raises(ValueError, match="no board of this table"):
        table.rows(np.array([[0, 0, 0, 0]], np.int8))


def test_a_sampler_knows_the_most_goals_and_blocks_it_draws():
    sampler = Sampler(3, 2)
    assert (sampler.most_goals, sampler.block_range) == (3, (3, 6))
    sampler.set_lesson(7)
    assert sampler.most_goals == 5
    sampler = Sampler(3, None, Ranges((1, 4), (2, 5), (1, 1), (1, 1)))
    assert (sampler.most_goals, sampler.block_range) == (4, (2, 5))
