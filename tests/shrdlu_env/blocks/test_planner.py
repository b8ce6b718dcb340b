"""Exact minimum moves and optimal actions, by tables and by search, against brute force."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shrdlu_env import MiniShrdluEnv, find_plan
from shrdlu_env.blocks.planner import lowest_bit
from shrdlu_env.blocks.rules import num_actions
from shrdlu_env.blocks.tables import TableStore
from tests.shrdlu_env.blocks import oracle

SHAPES = ((2, 2), (2, 3), (3, 2), (3, 5), (3, 6), (3, 8), (4, 3), (4, 4), (5, 2), (5, 3))


@st.composite
def problems(draw, shapes=SHAPES):
    """A board, and a goal that one of the boards reachable from it satisfies."""
    size, count = draw(st.sampled_from(shapes))
    board = ((),) * size
    for block in draw(st.permutations(range(1, count + 1))):
        column = draw(st.sampled_from([c for c in range(size) if len(board[c]) < size]))
        board = (*board[:column], (*board[column], block), *board[column + 1 :])
    there = draw(st.sampled_from(oracle.reachable(board)))
    carried = sorted(oracle.facts(there))
    if not carried:
        return board, []
    goal = draw(st.lists(st.sampled_from(carried), min_size=1, max_size=6, unique=True))
    letters = {"on": "a", "left": "l"}
    return board, [f"{x}{letters[kind]}{y}" for kind, x, y in goal]


@given(problems())
@settings(max_examples=120)
def test_tables_and_search_agree_with_brute_force(problem):
    board, goal = problem
    if not goal:
        return
    wanted = frozenset(map(oracle.fact, goal))
    for use_tables in (True, False):
        plan = find_plan(oracle.to_rows(board), goal, use_tables=use_tables)
        assert plan.min_moves == oracle.fewest_moves(board, wanted)
        assert plan.optimal_actions.tolist() == oracle.optimal_actions(board, wanted)


@given(oracle.boards(sizes=(4, 5)), st.data())
@settings(max_examples=25)
def test_following_the_plan_on_large_boards(board, data):
    """Too many boards for brute force: optimal actions must bring the goal nearer by one, no other may."""
    there = board
    for _ in range(3):
        there = oracle.act(there, data.draw(st.integers(0, num_actions(len(board)) - 1))) or there
    carried = sorted(oracle.facts(there))[:6]
    if not carried:
        return
    letters = {"on": "a", "left": "l"}
    goal = [f"{x}{letters[kind]}{y}" for kind, x, y in carried]
    plan = find_plan(oracle.to_rows(board), goal, use_tables=False)
    assert plan.min_moves <= 3
    if plan.min_moves == 0:
        assert np.flatnonzero(plan.optimal_actions).tolist() == [num_actions(len(board)) - 1]
        return
    for action, optimal in enumerate(plan.optimal_actions):
        after = oracle.act(board, action)
        left = None if after is None else find_plan(oracle.to_rows(after), goal, use_tables=False).min_moves
        assert (left == plan.min_moves - 1) == optimal


def test_lowest_bit():
    for position in range(63):
        assert lowest_bit(1 << position) == position
        assert lowest_bit((1 << position) | (1 << 62)) == position


def test_nine_blocks_on_five_columns():
    board = oracle.to_rows(((1, 2), (3, 4), (5, 6), (7, 8), (9,)))
    plan = find_plan(board, ["9a8", "1a9"])
    assert plan.min_moves == 3


def test_a_table_is_dropped_and_built_again_when_memory_is_short():
    store = TableStore(3, table_bytes=80_000)
    boards = [((1, 2), (3, 4), (5,)), ((1, 2, 3), (4,), (5,)), ((1,), (2, 3), (4, 5))]
    for board in boards * 2:
        store.ensure(oracle.to_squares(board), 0)
        assert len(store.tables.heads) <= 2
        assert (store.tables.slots >= 0).sum() == len(store.tables.heads)


def test_a_shallow_table_is_deepened():
    store = TableStore(4, table_boards=0)
    board = oracle.to_squares(((1, 2), (3, 4), (), ()))
    for depth in (1, 3, 2):
        store.ensure(board, depth)
    layers = store.tables.layers[store.tables.heads[store.tables.slots[store.tables.slots >= 0][0]][3] :]
    assert layers[3, 0] > layers[2, 0] > layers[1, 0] == 1


@pytest.mark.parametrize(
    ("board", "goal", "message"),
    [
        ([1, 2, 0, 0, 0], ["1l2"], "S rows of S"),
        ([0, 0, 1, 2], ["1l2"], "S rows of S"),
        ([[0, 0, 1, 2]], ["1l2"], "S rows of S"),
        ([[0, 2], [1, 0]], ["1l2"], "floats"),
        ([[1, 2], [0, 0]], ["1l2"], "floats.*top row comes first"),
        ([[0, 0], [1, 3]], ["1l2"], "once each"),
        ([[0, 0], [1, 10]], ["1l2"], "from 0 .empty. to 9"),
        ([[0, 0], [1, 2]], ["1l3"], "must name blocks"),
        ([[0, 0], [1, 2]], [], "must name blocks"),
        ([[0, 0], [1, 2]], ["1a2", "1l2"], "no board that can be reached"),
        ([[0, 0], [1, 2]], ["1x2"], "constraint='1x2'"),
        ({"rows": []}, ["1l2"], "must have a 'board'"),
    ],
)
@pytest.mark.parametrize("use_tables", [True, False])
def test_bad_problems_are_refused(board, goal, message, use_tables):
    with pytest.raises(ValueError, match=message):
        find_plan(board, goal, use_tables=use_tables)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"board": "1200"}, "board"),
        ({"board": [[0.0, 0.0], [1.0, 2.0]]}, "board"),
        ({"goal": "1l2"}, "goal='1l2'"),
        ({"goal": 3}, "goal=3"),
        ({"goal": [12]}, "constraint=12"),
        ({"use_tables": "no"}, "use_tables='no'"),
        ({"max_boards": None}, "max_boards=None"),
        ({"use_table": True}, "use_table"),
    ],
)
def test_arguments_of_a_wrong_type_are_refused(arguments, message):
    with pytest.raises(TypeError, match=message):
        find_plan(**{"board": [[0, 0], [1, 2]], "goal": ["1l2"], **arguments})


def test_it_takes_what_the_environment_hands_out():
    """The board of every dictionary, and puzzles, in one order: what it says is what the environment says."""
    env = MiniShrdluEnv(lesson=12)
    rng = np.random.default_rng(0)
    for seed in range(40):
        _, info = env.reset(seed=seed)
        puzzle = env.puzzle()
        goal = puzzle.goals[puzzle.chosen]
        assert find_plan(puzzle.board, goal).min_moves == info["min_moves"]
        over = False
        while not over:
            _, _, over, _, info = env.step(int(rng.integers(0, 7)))
            if info["acting"]:
                for board in (env.view(), env.dict_observation(), env.dict_observation()["board"]):
                    plan = find_plan(board, goal)
                    np.testing.assert_array_equal(plan.optimal_actions, info["optimal_actions"])
                assert goal.satisfied(env.view()["board"]) == info["satisfied"]


def test_a_search_that_grows_too_large_is_refused():
    board = oracle.to_rows(((1, 2, 3), (4, 5, 6), (7, 8, 9), (), ()))
    with pytest.raises(ValueError, match="max_boards=10"):
        find_plan(board, ["1a9", "9a2", "2a8"], use_tables=False, max_boards=10)
