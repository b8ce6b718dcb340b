"""The probe of which lines are read while a question is asked."""

from pathlib import Path

import pytest

from benchmarks import question_probe
from benchmarks.question_probe import KINDS, STEPS

AGENT = Path("checkpoints/babi")


@pytest.fixture(scope="module")
def rows():
    return question_probe.measure(AGENT, (2,), 100, 0)


def test_two_facts_are_looked_up_one_after_the_other(rows):
    right = [row for row in rows if row["right"]]
    assert [row["step"] for row in right] == list(range(1 - STEPS, 1))
    assert right[0]["questions"] > 90
    # "where is the milk ?": who has it is read at its name, where that one is with the answer.
    first, second = (max(right, key=lambda row, kind=kind: row[kind]) for kind in ("first", "second"))
    assert first["step"] < second["step"] == 0
    assert first["first"] > 0.1
    assert second["second"] > 0.3


def test_shares_are_shares(rows):
    for row in rows:
        assert all(row[kind] >= 0 for kind in KINDS)
        assert sum(row[kind] for kind in KINDS) <= 1 + 1e-6


def test_questions_with_one_line_behind_them_are_not_looked_at():
    with pytest.raises(AssertionError, match="task 1 has no questions with two lines"):
        question_probe.measure(AGENT, (1,), 1, 0)


def test_the_figure_has_a_row_of_panels_for_each_task(rows, tmp_path):
    question_probe.draw([*rows, *({**row, "task": 15} for row in rows)], 2, tmp_path / "reads.png")
    assert (tmp_path / "reads.png").stat().st_size > 5000
