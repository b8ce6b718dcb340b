"""Evaluation: known agents get the scores they must get; puzzles are what was asked for."""

import json
import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from shrdlu_env.blocks.layout import Layout
from shrdlu_env.blocks.lessons import LESSONS, Ranges
from shrdlu_env.blocks.planner import find_plan
from shrdlu_env.blocks.puzzles import CHOSEN, MIN_MOVES, NUM_GOALS, PuzzleBatch
from shrdlu_env.blocks.sampling import Sampler
from train.experiments.mini_shrdlu import evaluation, report
from train.experiments.mini_shrdlu.evaluation import (
    CONSTRAINTS,
    MOVES,
    Score,
    draw_by_moves,
    evaluate_lesson,
    evaluate_table,
    play,
    score,
)
from train.experiments.mini_shrdlu.experiment import MiniShrdlu
from train.experiments.mini_shrdlu.settings import MiniShrdluConfig, WorldConfig
from train.settings import with_settings

WORLD = WorldConfig()
SMALL = Ranges((3, 5), (4, 6), (1, 3), (1, 5))


class Scripted:
    """Stands in for a policy: listens to the goals, then does what `choose(board, told)` says, so surely."""

    action_sizes, mask_actions, shared_core, cores = 7, False, False, ()

    def __init__(self, choose, sure):
        self.choose, self.sure, self.layout = choose, sure, Layout(3)

    def set_training_mode(self, mode):
        pass

    def encode(self, observations):
        return torch.as_tensor(np.array(observations))

    def stepper(self, batch_size, prefix=None, *, record=False):
        return Listening(self, batch_size)


class Listening:
    """One batch of episodes of a scripted policy."""

    def __init__(self, policy, batch_size):
        self.choose, self.sure, self.layout = policy.choose, policy.sure, policy.layout
        self.memories = [{"told": {}, "cued": None} for _ in range(batch_size)]

    def step(self, observations):
        logits = torch.zeros(len(self.memories), 7)
        for lane, memory in enumerate(self.memories):
            seen = self.layout.decode(observations[lane].numpy())
            if not seen.go:
                if memory["cued"]:
                    # The lane's episode is over; nobody looks at what it does next.
                    memory.update(told={}, cued=None)
                memory["told"].setdefault(seen.letter, []).append(seen.constraint)
                continue
            if seen.letter and memory["cued"]:
                # The same, after a description of a single step, which nobody shows to a lane that is over.
                memory["told"] = {}
            memory["cued"] = seen.letter or memory["cued"]
            logits[lane, self.choose(seen.board, memory["told"].get(memory["cued"], []))] = self.sure
        return logits

    def recording(self, last):
        return None


def scripted(choose, sure=100.0):
    return SimpleNamespace(policy=Scripted(choose, sure), device="cpu")


def optimal(board, told):
    if not told or all(constraint.holds(board) for constraint in told):
        return 6
    return int(np.flatnonzero(find_plan(board, told).optimal_actions)[0])


def lazy(board, told):
    return 6


@pytest.mark.parametrize("lesson", [1, 9, 18])
def test_an_optimal_agent_is_always_perfect(lesson):
    found = evaluate_lesson(scripted(optimal), WORLD, lesson, episodes=12, rng=np.random.default_rng(0))
    assert found == Score(episodes=12, perfect=12, success=12, satisfied=1.0)
    assert found.incomplete == 0


def test_an_agent_in_doubt_does_what_it_holds_likeliest():
    """Unless its actions are to be drawn."""
    doubtful, puzzles = scripted(optimal, sure=0.5), Sampler(3, 5).generate(np.random.default_rng(0), 12)
    assert score(play(doubtful, WORLD, puzzles, LESSONS[4], seed=0)).perfect == 12
    assert score(play(doubtful, WORLD, puzzles, LESSONS[4], seed=0, deterministic=False)).perfect < 12
    rng = np.random.default_rng
    assert evaluate_lesson(doubtful, WORLD, 5, episodes=12, rng=rng(0)).perfect == 12
    assert evaluate_lesson(doubtful, WORLD, 5, episodes=12, rng=rng(0), deterministic=False).perfect < 12


def test_an_agent_that_passes_never_is():
    found = evaluate_lesson(scripted(lazy), WORLD, 5, episodes=20, rng=np.random.default_rng(0))
    assert (found.episodes, found.perfect, found.success, found.incomplete) == (20, 0, 0, 20)
    assert found.satisfied == 0, "no constraint of a goal holds at the start"


def test_a_detour_is_a_success_but_not_perfect():
    boards = []

    def detour(board, told):
        boards.append(board)
        if len(boards) > 1:
            return optimal(board, told)
        grid, ways = board[::-1], [(a, b) for a in range(3) for b in range(3) if a != b]
        best = find_plan(board, told).optimal_actions
        for action, (source, target) in enumerate(ways):
            if grid[0][source] and not grid[2][target] and not best[action]:
                return action
        raise AssertionError("every legal move is optimal; choose another seed")

    puzzles = Sampler(3, 5).generate(np.random.default_rng(1), 1)
    one = score(play(scripted(detour), WORLD, puzzles, LESSONS[4], seed=0))
    assert one == Score(episodes=1, perfect=0, success=1, satisfied=1.0)


def test_results_come_back_in_the_order_of_the_puzzles():
    """Puzzles of very different lengths, in lanes that do not divide their number."""
    ranges = Ranges((1, 8), (3, 6), (1, 3), (1, 4))
    puzzles = Sampler(3, None, ranges).generate(np.random.default_rng(2), 23)
    wanted = puzzles.goals[np.arange(23), puzzles.meta[:, CHOSEN], MIN_MOVES]
    for lanes in (5, 23, 256):
        final = play(scripted(optimal), WORLD, puzzles, ranges, seed=0, lanes=lanes)
        assert {len(value) for value in final.values()} == {23}
        np.testing.assert_array_equal(final["min_moves"], wanted)
        assert final["perfect"].all()
    # An agent that solves one-move goals only shows which episode is which.
    one_move = scripted(lambda board, told: optimal(board, told) if solvable(board, told) else 6)
    final = play(one_move, WORLD, puzzles, ranges, seed=0, lanes=5)
    np.testing.assert_array_equal(final["success"].astype(bool), wanted == 1)


def solvable(board, told):
    return bool(told) and find_plan(board, told).min_moves <= 1


def test_drawn_puzzles_need_exactly_the_moves_asked_for():
    drawn = draw_by_moves(np.random.default_rng(0), WORLD, SMALL, 6, max_draws=5000)
    assert set(drawn) == set(MOVES)
    assert [drawn[moves].num_puzzles for moves in range(1, 6)] == [6] * 5
    assert drawn[6].num_puzzles == drawn[7].num_puzzles == 0, "a board five moves away needs five at most"
    for moves, puzzles in drawn.items():
        for row in range(puzzles.num_puzzles):
            puzzle = puzzles.puzzle(row)
            goal = puzzle.goals[puzzle.chosen]
            assert puzzle.min_moves == moves
            assert find_plan(puzzle.board, goal.constraints).min_moves == moves
            assert SMALL.goals[0] <= len(puzzle.goals) <= SMALL.goals[1]
    again = draw_by_moves(np.random.default_rng(0), WORLD, SMALL, 6, max_draws=5000)
    for moves in MOVES:
        for one, other in zip(drawn[moves], again[moves], strict=True):
            np.testing.assert_array_equal(one, other)


def test_puzzles_are_drawn_until_there_are_enough_and_no_longer(monkeypatch):
    ranges = Ranges((8, 8), (6, 6), (1, 1), (1, 7))
    drawn = []
    generate = Sampler.generate
    monkeypatch.setattr(
        Sampler, "generate", lambda self, rng, count: drawn.append(count) or generate(self, rng, count)
    )
    monkeypatch.setattr(evaluation, "DRAWS_AT_ONCE", 200)
    found = draw_by_moves(np.random.default_rng(0), WORLD, ranges, 3, max_draws=20_000)
    assert {puzzles.num_puzzles for puzzles in found.values()} == {3}
    needed = len(drawn)
    assert 1 < needed < 100
    drawn.clear()
    fewer = draw_by_moves(np.random.default_rng(0), WORLD, ranges, 3, max_draws=200 * (needed - 1))
    assert len(drawn) == needed - 1
    assert min(puzzles.num_puzzles for puzzles in fewer.values()) < 3


def test_the_goal_asked_for_is_as_likely_to_be_told_early_as_late():
    ranges = Ranges((4, 4), (5, 5), (2, 2), (1, 4))
    drawn = draw_by_moves(np.random.default_rng(3), WORLD, ranges, 1000, max_draws=15_000)
    for moves in (1, 2, 3):
        places = np.bincount(drawn[moves].meta[:, CHOSEN], minlength=4)
        count = places.sum()
        assert count > 300
        assert (drawn[moves].meta[:, NUM_GOALS] == 4).all()
        # Chi-square with three degrees of freedom: 21 is passed once in 10,000 times.
        assert ((places - count / 4) ** 2 / (count / 4)).sum() < 21


def test_the_table_of_an_optimal_agent():
    table = evaluate_table(scripted(optimal), WORLD, episodes=1, goals=2, max_draws=5000)
    assert set(table) == {(m, c) for m in MOVES for c in CONSTRAINTS}
    for cell in table.values():
        assert cell.episodes in (0, 1)
        assert cell.perfect == cell.success == cell.episodes
    assert table[1, 1].episodes == 1
    table[7, 1] = score({key: np.zeros(0) for key in ("satisfied", "success", "perfect")})
    rows = report.table_to_json(table)
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows
    assert [(row["moves"], row["constraints"]) for row in rows] == sorted(table)
    empty = next(row for row in rows if row["episodes"] == 0)
    assert empty["perfect"] is None
    assert empty["satisfied"] is None
    text = report.table_to_markdown(table, "title")
    assert text.count("\n| 7 |") == 2
    assert "100 [21-100] (77)" in text
    assert report.table_to_rich(table, "title").row_count == 7


def test_every_cell_is_the_score_of_its_own_puzzles(monkeypatch):
    """Columns with cells of several sizes, one of them empty, and an agent that solves some."""
    sizes = {1: 3, 2: 2, 3: 0, 4: 1, 5: 3, 6: 2, 7: 1}
    sampler = Sampler(3, None, Ranges((2, 2), (6, 6), (1, 1), (1, 3)))
    asked, made = [], []

    def drawn(*_):
        made.append({m: sampler.generate(np.random.default_rng([m, len(made)]), n) for m, n in sizes.items()})
        return made[-1]

    def played(agent, world, puzzles, ranges, *, seed):
        asked.append(puzzles)
        # Each puzzle by its place in the column, in digits of its own.
        value = 10.0 ** -np.arange(puzzles.num_puzzles)
        return {"satisfied": value, "perfect": value == 1, "success": value >= 0.01}

    monkeypatch.setattr(evaluation, "draw_by_moves", drawn)
    monkeypatch.setattr(evaluation, "play", played)
    table = evaluate_table(None, WORLD, episodes=3)
    for column, constraints in enumerate(CONSTRAINTS):
        joined = PuzzleBatch.join(made[column].values())
        for one, other in zip(asked[column], joined, strict=True):
            np.testing.assert_array_equal(one, other)
        begin = 0
        for moves, count in sizes.items():
            cell, places = table[moves, constraints], range(begin, begin + count)
            assert cell.episodes == count
            assert cell.success == sum(place <= 2 for place in places)
            assert cell.perfect == sum(place == 0 for place in places)
            if count:
                assert cell.satisfied * count == pytest.approx(sum(10.0**-place for place in places))
            begin += count


def test_no_puzzle_is_in_two_cells():
    """Every puzzle is drawn with as many goals as moves are wanted, so that one could serve in several cells."""
    drawn = draw_by_moves(
        np.random.default_rng(4), WORLD, Ranges((8, 8), (6, 6), (1, 1), (1, 5)), 40, max_draws=5000
    )
    goals = [puzzles.goals[row].tobytes() for puzzles in drawn.values() for row in range(puzzles.num_puzzles)]
    assert len(goals) > 160
    assert len(set(goals)) == len(goals)


def test_the_gate_decides_by_the_share_satisfied():
    """An agent that does the first of several things asked for: little success, much satisfied."""
    learner, config = scripted(lambda board, told: optimal(board, told[:1])), MiniShrdluConfig()
    config = with_settings(config, gate_episodes=40)
    gate = MiniShrdlu().gate(learner, config, 12, np.random.default_rng(5))
    found = evaluate_lesson(learner, WORLD, 12, episodes=40, rng=np.random.default_rng(5))
    assert gate.score == found.satisfied
    assert gate.row == {"success": found.success / 40, "perfect": found.perfect / 40}
    assert gate.score > gate.row["success"] + 0.1


def test_score_counts():
    final = {
        "satisfied": np.array([1.0, 0.5, 1.0, 0.0]),
        "success": np.array([True, False, True, False]),
        "perfect": np.array([True, False, False, False]),
    }
    found = score(final)
    assert found == Score(episodes=4, perfect=1, success=2, satisfied=0.625)
    assert found.incomplete == 2
    nothing = score({key: value[:0] for key, value in final.items()})
    assert nothing.episodes == 0
    assert math.isnan(nothing.satisfied)
    as_json = report.score_to_json(found)
    assert (as_json["perfect"], as_json["success"], as_json["incomplete"]) == (25.0, 50.0, 50.0)
    assert as_json["satisfied"] == 62.5
    assert as_json["perfect_interval"] == pytest.approx([4.56, 69.94], abs=0.01)


def test_puzzles_joined_are_the_puzzles():
    parts = [Sampler(3, 5).generate(np.random.default_rng(seed), 2) for seed in range(2)]
    joined = PuzzleBatch.join(parts)
    assert joined.num_puzzles == 4
    assert joined.puzzle(3).goals == parts[1].puzzle(1).goals


def test_an_agent_is_watched_in_the_lesson_named_or_in_the_last():
    for lesson, expected in ((None, 26), (9, 9)):
        found = MiniShrdlu().watch(
            scripted(lazy), MiniShrdluConfig(), lesson=lesson, deterministic=True, seed=0
        )
        assert found.env_kwargs["lesson"] == expected
