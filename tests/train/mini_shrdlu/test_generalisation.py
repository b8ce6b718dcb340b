"""Conditions beyond training: what is changed is changed, everything else stays as it was."""

import json

import numpy as np
import pytest

from dnc_agent.persistence import save_agent
from shrdlu_env.blocks.lessons import LESSONS
from shrdlu_env.blocks.puzzles import LETTER, NUM_GOALS, STEPS
from shrdlu_env.blocks.sampling import Sampler
from tests.train.mini_shrdlu.test_evaluation import lazy, optimal, scripted
from tests.train.tiny import TINY, vary
from train import commands
from train.experiments.mini_shrdlu import report
from train.experiments.mini_shrdlu.generalisation import MORE_GOALS, evaluate_beyond, in_order, memory_size
from train.experiments.mini_shrdlu.settings import Evaluation, WorldConfig
from train.experiments.mini_shrdlu.wiring import build

WORLD = WorldConfig()


def told(puzzles, row):
    """What a puzzle tells, goal by goal: (letter, set of facts)."""
    offsets, steps = puzzles.offsets[row], puzzles.steps[row].tolist()
    goals = []
    for goal in range(puzzles.meta[row, NUM_GOALS]):
        part = steps[offsets[goal] : offsets[goal + 1]]
        assert {letter for letter, *_ in part} == {puzzles.goals[row, goal, LETTER]}
        goals.append((part[0][0], {tuple(fact) for _, *fact in part}))
    assert offsets[len(goals)] == puzzles.meta[row, STEPS]
    return goals


@pytest.mark.parametrize("descending", [False, True])
def test_letters_in_order_change_nothing_but_names(descending):
    puzzles = Sampler(3, None, LESSONS[-1]).generate(np.random.default_rng(0), 20)
    renamed = in_order(puzzles, descending=descending)
    np.testing.assert_array_equal(renamed.meta, puzzles.meta)
    np.testing.assert_array_equal(renamed.start, puzzles.start)
    for row in range(20):
        before, after = told(puzzles, row), told(renamed, row)
        assert [facts for _, facts in after] == [facts for _, facts in before]
        letters = [letter for letter, _ in after]
        assert letters == sorted((letter for letter, _ in before), reverse=descending)


def test_memory_grows_for_a_while_only():
    agent = build(vary(TINY, "agent", shared_core=False))
    with memory_size(agent, 9):
        for core in (agent.policy.policy_core, agent.policy.value_core):
            assert core.initial_state(2).memory.memory.shape == (2, 9, 4)
    assert agent.policy.policy_core.memory_size == agent.policy.value_core.memory_size == 4


def test_known_agents_get_what_they_must(monkeypatch):
    monkeypatch.setattr("train.experiments.mini_shrdlu.generalisation.MORE_GOALS", (12,))
    for choose, share in ((optimal, 1.0), (lazy, 0.0)):
        agent = scripted(choose)
        agent.policy.policy_core = None
        rows = evaluate_beyond(agent, WORLD, episodes=6)
        assert [row.name for row in rows] == ["as trained", "letters A to Z", "letters Z to A", "more goals"]
        assert [row.goals for row in rows] == [10, 10, 10, 12]
        assert all(row.memory is None and row.score.satisfied == share for row in rows)


def test_the_command_line_reports_all_conditions(tmp_path, capsys):
    agent = build(TINY)
    save_agent(agent, tmp_path / "agent.safetensors")
    result = commands.evaluate(
        tmp_path / "agent.safetensors",
        Evaluation(episodes=0, lesson_episodes=0, beyond=4),
        out=tmp_path,
        threads=1,
    )
    rows = json.loads((tmp_path / "evaluation.json").read_text())["beyond"]
    assert rows == result["beyond"]
    assert [row["memory_size"] for row in rows] == [4, 8] * (3 + len(MORE_GOALS))
    assert {row["episodes"] for row in rows} == {4}
    text = (tmp_path / "evaluation.md").read_text()
    assert text.count("\n| more goals |") == 2 * len(MORE_GOALS)
    assert "26" in capsys.readouterr().out
    assert agent.policy.policy_core.memory_size == 4
    header = report.conditions_to_markdown([]).splitlines()
    assert len(header) == 2
