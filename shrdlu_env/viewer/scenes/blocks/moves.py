"""Actions of a board: numbers, columns and words, and the moves that a view speaks of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shrdlu_env.blocks.rules import move_columns, num_actions
from shrdlu_env.viewer.recording.episode import Episode
from shrdlu_env.viewer.scenes.blocks.geometry import Move, heights


def columns_of(action: int, size: int) -> tuple[int, int] | None:
    """Source and target column (from 0) of an action on an S x S board, None for a pass."""
    return None if action >= num_actions(size) - 1 else move_columns(action, size)


def action_of(source: int, target: int, size: int) -> int:
    """The action that moves the top of one column to another."""
    return source * (size - 1) + target - (target > source)


def parse(text: str) -> tuple[int, int] | None:
    """("1>3") -> (0, 2); None for "pass"."""
    source, _, target = text.partition(">")
    return (int(source) - 1, int(target) - 1) if target else None


def optimal_moves(view: Mapping[str, Any]) -> tuple[tuple[int, int], ...]:
    """Moves on a shortest path, as columns from 0; passes are left out."""
    moves = [parse(text) for text in view.get("optimal_actions", ())]
    return tuple(move for move in moves if move is not None)


def legal_moves(view: Mapping[str, Any]) -> tuple[tuple[int, int], ...]:
    """Moves that the board allows once acting has begun: from a column with blocks to one with room."""
    if view.get("phase") != "act" or view.get("terminated"):
        return ()
    stand = heights(view["board"])
    columns = range(len(stand))
    return tuple(
        (a, b) for a in columns for b in columns if a != b and stand[a] > 0 and stand[b] < len(stand)
    )


def shown_move(episode: Episode, t: int, progress: float) -> Move | None:
    """The animation of a step: None where the board stays as it is (description, pass, illegal, at rest).

    Args:
        episode: the episode.
        t: step whose action is under way.
        progress: share of the step that has passed, 0 to 1.
    """
    before, action = episode.view(t), episode.steps[t].action
    if not isinstance(action, int) or progress <= 0:
        return None
    move = columns_of(action, len(before["board"]))
    if move is None or move not in legal_moves(before):
        return None
    # A pause at both ends makes single moves easy to see.
    return Move(*move, progress=min(1.0, max(0.0, (progress - 0.1) / 0.75)))


def action_labels(count: int, size: int) -> list[str]:
    """Names of the actions of an S x S board: "1>3", "pass"; numbers where there are not that many."""
    if num_actions(size) != count:
        return [str(k) for k in range(count)]
    pairs = [columns_of(k, size) for k in range(count)]
    return ["pass" if pair is None else f"{pair[0] + 1}>{pair[1] + 1}" for pair in pairs]
