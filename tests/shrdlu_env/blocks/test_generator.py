"""Puzzles: what each must satisfy, and how they are distributed."""

import itertools
import math
from collections import Counter
from functools import cache

import numpy as np
import pytest

from shrdlu_env import LESSONS, Ranges, Sampler
from shrdlu_env.blocks.puzzles import NUM_BLOCKS, NUM_GOALS
from shrdlu_env.blocks.tables import table_store
from tests.shrdlu_env.blocks import oracle


def draw(n: int, seed: int = 0, size: int = 3, **ranges: tuple[int, int]):
    sampler = Sampler(size, None, Ranges(**ranges))
    batch = sampler.generate(np.random.default_rng(seed), n)
    return [batch.puzzle(row) for row in range(n)]


def assert_uniform(counts: Counter, cells: int) -> None:
    assert_distributed(counts, {cell: 1 / cells for cell in counts} if len(counts) == cells else {})


def assert_distributed(counts: Counter, expected: dict) -> None:
    """Chi-square of counts against probabilities, four standard deviations allowed."""
    assert counts.keys() <= expected.keys()
    total = sum(counts.values())
    chi2 = sum((counts[cell] - total * p) ** 2 / (total * p) for cell, p in expected.items())
    freedom = len(expected) - 1
    assert chi2 < freedom + 4 * math.sqrt(2 * freedom), (chi2, freedom)


@pytest.mark.parametrize(
    ("size", "blocks", "depth", "constraints"),
    [
        (2, (2, 2), (1, 3), (1, 2)),
        (3, (3, 5), (1, 4), (1, 4)),
        (3, (6, 6), (5, 7), (6, 6)),
        (3, (6, 6), (1, 2), (6, 6)),
        (4, (3, 4), (1, 3), (2, 3)),
        (5, (2, 3), (2, 3), (1, 3)),
    ],
)
def test_every_puzzle_is_sound(size, blocks, depth, constraints):
    n = 5 if blocks == (6, 6) else 20
    for puzzle in draw(n, size=size, goals=(2, 5), blocks=blocks, depth=depth, constraints=constraints):
        board = oracle.from_rows(puzzle.board)
        numbers = sorted(block for stack in board for block in stack)
        assert blocks[0] <= len(numbers) <= blocks[1]
        assert numbers == list(range(1, len(numbers) + 1))
        assert 2 <= len(puzzle.goals) <= 5
        assert len(set(puzzle.letters)) == len(puzzle.goals)
        assert 0 <= puzzle.chosen < len(puzzle.goals)
        assert puzzle.min_moves == puzzle.goal_moves[puzzle.chosen]
        before = oracle.facts(board)
        new_facts = Counter()
        for there, distance in oracle.distances(board).items():
            new_facts[distance] = max(new_facts[distance], len(oracle.facts(there) - before))
        for goal, distance, moves in zip(puzzle.goals, puzzle.depths, puzzle.goal_moves, strict=True):
            stated = [oracle.fact(str(c)) for c in goal.constraints]
            wanted = frozenset(stated)
            assert depth[0] <= distance <= depth[1]
            assert len(wanted) == len(stated), "redundant constraint"
            assert not wanted & before, "constraint that holds already"
            assert len(stated) <= constraints[1]
            assert len(stated) >= min(constraints[0], new_facts[distance])
            targets = [there for there, d in oracle.distances(board).items() if d == distance]
            assert any(wanted <= oracle.facts(there) for there in targets)
            assert 1 <= moves <= distance
            assert moves == oracle.fewest_moves(board, wanted)


@pytest.mark.parametrize("lesson", range(1, 27))
def test_lessons_keep_to_their_ranges(lesson):
    batch = Sampler(3, lesson).generate(np.random.default_rng(lesson), 300)
    ranges = LESSONS[lesson - 1]
    assert {*batch.meta[:, NUM_GOALS]} == {*range(ranges.goals[0], ranges.goals[1] + 1)}
    assert {*batch.meta[:, NUM_BLOCKS]} == {*range(ranges.blocks[0], ranges.blocks[1] + 1)}
    puzzles = [batch.puzzle(row) for row in range(300)]
    assert {d for p in puzzles for d in p.depths} == {*range(ranges.depth[0], ranges.depth[1] + 1)}
    assert max(len(g.constraints) for p in puzzles for g in p.goals) == ranges.constraints[1]
    assert {p.lesson for p in puzzles} == {lesson}


def test_as_many_constraints_as_asked_for_where_there_are_that_many():
    """Saturation takes goals only where no board at that depth carries more new facts."""
    for puzzle in draw(40, goals=(3, 3), blocks=(4, 4), constraints=(3, 3), depth=(1, 3)):
        board = oracle.from_rows(puzzle.board)
        before = oracle.facts(board)
        for goal, depth in zip(puzzle.goals, puzzle.depths, strict=True):
            at_depth = [there for there, d in oracle.distances(board).items() if d == depth]
            most = max(len(oracle.facts(there) - before) for there in at_depth)
            assert len(goal.constraints) == min(3, most)


def renumbered(puzzle) -> tuple[tuple[int, ...], dict[int, int]]:
    """A start's shape, and its blocks' numbers column by column."""
    board = oracle.from_rows(puzzle.board)
    order = [block for stack in board for block in stack]
    return tuple(len(stack) for stack in board), {block: rank for rank, block in enumerate(order, start=1)}


def fill_shape(shape: tuple[int, ...]) -> oracle.Board:
    numbers = itertools.count(1)
    return tuple(tuple(next(numbers) for _ in range(height)) for height in shape)


@cache
def shape_chances(size: int, blocks: int) -> dict[tuple[int, ...], float]:
    """Chance of every shape when each block falls on a random column that is not full."""
    chances = {(0,) * size: 1.0}
    for _ in range(blocks):
        after: Counter = Counter()
        for shape, chance in chances.items():
            free = [c for c in range(size) if shape[c] < size]
            for c in free:
                after[(*shape[:c], shape[c] + 1, *shape[c + 1 :])] += chance / len(free)
        chances = dict(after)
    return chances


def test_start_boards_are_dropped_block_by_block():
    puzzles = draw(20_000, goals=(1, 1), blocks=(4, 4), constraints=(1, 1), depth=(1, 1))
    expected = {
        (shape, order): chance / 24
        for shape, chance in shape_chances(3, 4).items()
        for order in itertools.permutations((1, 2, 3, 4))
    }
    counts: Counter = Counter()
    for puzzle in puzzles:
        shape, ranks = renumbered(puzzle)
        counts[shape, tuple(ranks)] += 1
    assert_distributed(counts, expected)


@pytest.mark.parametrize(("count", "depth"), [(1, 1), (2, 2), (2, 3)])
def test_goals_are_read_off_uniformly_drawn_boards(count, depth):
    """Chance of every set of facts: a uniform board at that depth with enough new facts, uniform facts."""
    expected: Counter = Counter()
    for shape, chance in shape_chances(3, 3).items():
        start = fill_shape(shape)
        new = [
            oracle.facts(there) - oracle.facts(start)
            for there, d in oracle.distances(start).items()
            if d == depth
        ]
        enough = min(count, max(map(len, new)))
        eligible = [facts for facts in new if len(facts) >= enough]
        for facts in eligible:
            for chosen in itertools.combinations(sorted(facts), enough):
                chance_here = chance / len(eligible) / math.comb(len(facts), enough)
                expected[shape, frozenset(chosen)] += chance_here
    counts: Counter = Counter()
    orders: Counter = Counter()
    for puzzle in draw(20_000, goals=(1, 1), blocks=(3, 3), constraints=(count, count), depth=(depth, depth)):
        shape, ranks = renumbered(puzzle)
        stated = [oracle.fact(str(c)) for c in puzzle.goals[0].constraints]
        numbered = [(kind, ranks[x], ranks[y]) for kind, x, y in stated]
        counts[shape, frozenset(numbered)] += 1
        if len(numbered) == 2:
            orders[numbered[0] < numbered[1]] += 1
    assert_distributed(counts, dict(expected))
    if orders:
        assert_uniform(orders, 2)


def test_everything_else_is_uniform():
    puzzles = draw(8000, goals=(2, 4), blocks=(5, 6), constraints=(1, 3), depth=(4, 6))
    goals = [goal for puzzle in puzzles for goal in puzzle.goals]
    assert_uniform(Counter(len(puzzle.goals) for puzzle in puzzles), 3)
    assert_uniform(Counter(int((np.array(puzzle.board) > 0).sum()) for puzzle in puzzles), 2)
    assert_uniform(Counter(depth for puzzle in puzzles for depth in puzzle.depths), 3)
    assert_uniform(Counter(len(goal.constraints) for goal in goals), 3)
    assert_uniform(Counter(goal.letter for goal in goals), 26)
    assert_uniform(Counter(puzzle.chosen for puzzle in puzzles if len(puzzle.goals) == 4), 4)
    relations = Counter(c.relation for goal in goals for c in goal.constraints)
    assert_uniform(Counter({r: relations[r] for r in (0, 1)}), 2)
    assert_uniform(Counter({r: relations[r] for r in (2, 3)}), 2)


def test_earlier_lessons_are_mixed_in():
    batch = Sampler(3, 5, earlier=0.4).generate(np.random.default_rng(0), 10_000)
    lessons = Counter(batch.puzzle(row).lesson for row in range(10_000))
    assert_distributed(lessons, {1: 0.1, 2: 0.1, 3: 0.1, 4: 0.1, 5: 0.6})


def test_what_is_drawn_does_not_depend_on_tables_in_memory():
    """Stopping for each missing table draws what is drawn at once when all are there."""
    sampler = Sampler(4, None, Ranges((2, 3), (3, 4), (1, 2), (1, 3)))
    batches = []
    for cold in (True, False):
        if cold:
            table_store(4)._clear()
        batches.append(sampler.generate(np.random.default_rng(5), 50))
    for cold_part, warm_part in zip(*batches, strict=True):
        np.testing.assert_array_equal(cold_part, warm_part)


def test_drawing_one_by_one_is_drawing_at_once():
    sampler = Sampler(3, 26)
    together = sampler.generate(np.random.default_rng(1), 10)
    apart, rng = sampler.empty(10), np.random.default_rng(1)
    for row in range(10):
        sampler.fill(rng, apart, np.array([row]))
    for part, other in zip(together, apart, strict=True):
        np.testing.assert_array_equal(part, other)


@pytest.mark.parametrize(("size", "blocks"), [(4, 7), (5, 7), (5, 9)])
def test_boards_too_large_for_complete_tables(size, blocks):
    sampler = Sampler(size, None, Ranges((2, 2), (blocks, blocks), (1, 4), (1, 2)))
    assert not table_store(sampler.board_size).tables.tabled[blocks]
    batch = sampler.generate(np.random.default_rng(0), 5)
    for row in range(5):
        puzzle = batch.puzzle(row)
        here = {oracle.from_rows(puzzle.board)}
        layers = [here]
        for _ in range(2):
            near = {oracle.act(b, a) for b in layers[-1] for a in range(size * (size - 1))}
            layers.append(near - {None} - layers[-1] - here)
        for goal, depth, moves in zip(puzzle.goals, puzzle.depths, puzzle.goal_moves, strict=True):
            wanted = {oracle.fact(str(c)) for c in goal.constraints}
            hits = [any(wanted <= oracle.facts(b) for b in layer) for layer in layers]
            assert hits[depth]
            assert hits.index(True) == moves


@pytest.mark.parametrize(
    ("size", "ranges", "message"),
    [
        (3, {"goals": (0, 1)}, "goals=\\(0, 1\\)"),
        (3, {"goals": (3, 2)}, "goals=\\(3, 2\\)"),
        (3, {"goals": (1, 27)}, "goals=\\(1, 27\\)"),
        (3, {"blocks": (1, 2)}, "blocks=\\(1, 2\\)"),
        (3, {"blocks": (9, 9)}, "blocks=\\(9, 9\\): board_size=3 takes at most 8"),
        (2, {"blocks": (3, 4)}, "blocks=\\(3, 4\\): board_size=2 takes at most 3"),
        (3, {"constraints": (1, 13)}, "constraints"),
        (3, {"constraints": (1.5, 2)}, "constraints"),
        (3, {"constraints": (1, 2, 3)}, "constraints"),
        (3, {"depth": (40, 50)}, "depth=\\(40, 50\\).*furthest lies"),
        (3, {"depth": (0, 1)}, "depth=\\(0, 1\\)"),
        (5, {"blocks": (9, 9), "depth": (9, 9)}, "smaller depth"),
    ],
)
def test_impossible_ranges_are_refused(size, ranges, message):
    usual = {"goals": (1, 2), "blocks": (3, 3), "constraints": (1, 1), "depth": (1, 1)}
    with pytest.raises(ValueError, match=message):
        Sampler(size, None, Ranges(**{**usual, **ranges}))


def test_ranges_of_a_wrong_type_are_refused():
    for value in (2, "12", (None, 2), [(1, 2)], ("1", "2")):
        with pytest.raises(TypeError, match="constraints="):
            Ranges((1, 2), (3, 3), value, (1, 1))
    with pytest.raises(TypeError, match="ranges="):
        Sampler(3, None, (1, 2))
