"""What a probe may ask of a step of Mini-SHRDLU."""

from __future__ import annotations

from shrdlu_env.blocks.goals import LETTERS, Constraint
from shrdlu_env.blocks.view import DictObservation

#: Where there is nothing to tell.
NOTHING = -1


def labels_of(shown: DictObservation) -> dict[str, int]:
    """What the agent of one episode is shown now.

    Returns:
        `goal`, the letter described, 0 to 25, and its constraint: `first` and `second`, blocks from 1 on, `relation`,
        a `shrdlu_env.blocks.goals.Relation`; -1 each from the cue on. `square_R_C`, the block on row R (0 is the
        lowest) and column C of the board, 0: empty.
    """
    told = dict.fromkeys(("goal", "first", "relation", "second"), NOTHING)
    if shown["shown_constraint"] is not None and shown["shown_goal"] is not None:
        constraint = Constraint.parse(shown["shown_constraint"])
        told["goal"] = LETTERS.index(shown["shown_goal"])
        told |= {"first": constraint.first, "relation": int(constraint.relation), "second": constraint.second}
    for row, squares in enumerate(reversed(shown["board"])):
        told |= {f"square_{row}_{column}": block for column, block in enumerate(squares)}
    return told
