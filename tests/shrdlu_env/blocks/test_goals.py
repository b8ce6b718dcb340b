"""Relations, constraints and goals in words."""

import numpy as np
import pytest

from shrdlu_env import Constraint, Goal, Relation
from shrdlu_env.blocks.goals import constraint_rows

BOARD = [[0, 0, 0], [6, 0, 0], [2, 1, 0]]


def test_relations_come_in_the_order_above_below_left_right():
    assert [relation.letter for relation in Relation] == list("ablr")
    assert [relation.opposite for relation in Relation] == [
        Relation.BELOW,
        Relation.ABOVE,
        Relation.RIGHT,
        Relation.LEFT,
    ]


@pytest.mark.parametrize("text", ["6b2", "1a9", "3l4", "5r1"])
def test_text_is_read_and_written(text):
    assert str(Constraint.parse(text)) == text


@pytest.mark.parametrize(
    ("text", "holds"),
    [("6a2", True), ("2b6", True), ("2l1", True), ("1r2", True), ("6b2", False), ("6l1", False)],
)
def test_holds(text, holds):
    assert Constraint.parse(text).holds(BOARD) is holds
    assert Constraint.parse(text).holds(np.array(BOARD)) is holds


def test_constraints_and_goals_are_values():
    """They serve as keys, and nobody changes one that somebody else holds."""
    constraint, same, other = (Constraint.parse(text) for text in ("6a2", "6a2", "6b2"))
    goal = Goal("Q", (constraint,))
    assert {constraint: 1, other: 2}[same] == 1
    assert {goal: 1, Goal("Q", (other,)): 2}[Goal("Q", (same,))] == 1
    with pytest.raises(AttributeError):
        constraint.first = 5
    with pytest.raises(AttributeError):
        goal.letter = "A"


def test_both_orientations_are_one_fact():
    assert Constraint.parse("2b6").fact == Constraint.parse("6a2").fact == Constraint.parse("6a2")
    assert Constraint.parse("1r2").fact == Constraint.parse("2l1").fact == Constraint.parse("2l1")
    assert Constraint.parse("6a2").fact != Constraint.parse("2a6").fact


def test_a_goal_is_read_from_rows_and_judged():
    goal = Goal.from_rows(constraint_rows(16, ["6a2", "6b1"]))
    assert goal == Goal("Q", (Constraint(6, Relation.ABOVE, 2), Constraint(6, Relation.BELOW, 1)))
    assert goal.satisfied(BOARD) == 0.5
    assert constraint_rows(0, []).shape == (0, 4)
    assert constraint_rows(0, []).dtype == np.int8


@pytest.mark.parametrize("text", ["", "6b", "6x2", "b62", "0a1", "6b6", "6b22", "²a1", "٣a1"])
def test_nonsense_is_refused(text):
    with pytest.raises(ValueError, match="must"):
        Constraint.parse(text)
