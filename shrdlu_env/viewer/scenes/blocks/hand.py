"""Playing Mini-SHRDLU by hand: pick up the top block of a column, put it on another."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.scenes.blocks.geometry import BoardGeometry, Marks, board_rect
from shrdlu_env.viewer.scenes.blocks.moves import action_of, legal_moves, optimal_moves
from shrdlu_env.viewer.scenes.scene import Answer, Hand

_FLASH_SECONDS = 0.6


class BlocksHand(Hand):
    """Targets are columns, from 0."""

    your_turn = "Your move: click a block, then a column; P passes"
    not_yet = "Blocks can be moved after the go cue; space runs on"

    def __init__(self) -> None:
        self._chosen: int | None = None
        self._wrong: int | None = None
        self._wrong_left = 0.0

    def target_at(
        self, position: tuple[int, int], rect: pygame.Rect, view: Mapping[str, Any], u: float
    ) -> Hashable | None:
        """The column under a pixel."""
        if not rect.collidepoint(position):
            return None
        return BoardGeometry.fit(board_rect(rect, u), len(view["board"])).column_at(position)

    def target_of(self, digit: int, view: Mapping[str, Any]) -> Hashable | None:
        """Digits name columns from 1 on."""
        return digit - 1 if digit <= len(view["board"]) else None

    def press(self, target: Hashable, view: Mapping[str, Any]) -> Answer:
        """Pick up the top block of a column, or put the one in hand there."""
        assert isinstance(target, int)
        source = self._chosen
        if source is None and not any(row[target] for row in view["board"]):
            self._flash(target)
            return Answer(message="There is no block to pick up")
        if source is None:
            self._chosen = target
            return Answer()
        self._chosen = None
        if source == target:
            return Answer()
        action = action_of(source, target, len(view["board"]))
        if (source, target) in legal_moves(view):
            return Answer(action)
        self._flash(target)
        return Answer(action, "That column is full: the move costs a step and a little reward")

    def release(self) -> None:
        """Put back what is in hand."""
        self._chosen = None

    def waits(self, view: Mapping[str, Any]) -> bool:
        """Nothing can be moved while goals are told."""
        return bool(view["phase"] != "act")

    def idle(self, view: Mapping[str, Any]) -> int:
        """The pass."""
        size = len(view["board"])
        return size * (size - 1)

    def marks(self, view: Mapping[str, Any], *, hover: Hashable | None, hint: bool, legal: bool) -> Marks:
        """What to mark on the board."""
        acting = view["phase"] == "act"
        return Marks(
            chosen=self._chosen,
            hover=hover if isinstance(hover, int) else None,
            legal=legal_moves(view) if legal else (),
            hint=optimal_moves(view) if hint and acting else (),
            wrong=self._wrong,
        )

    def standing(self, view: Mapping[str, Any], hidden: bool) -> str:
        """A solved puzzle says so, and what comes next."""
        if view["phase"] != "act" or (hidden and not view["terminated"]):
            return ""
        moves, fewest = view["moves"], view["min_moves"]
        how = f"Solved in {moves} move{'s' * (moves != 1)}, " + (
            "the fewest!" if view["perfect"] else f"{fewest} are enough."
        )
        if view["terminated"]:
            said = how if view["success"] else "No steps are left."
            return f"{said} N: next puzzle, R: this one again"
        return f"{how} N: next puzzle, P: wait" if view["success"] else ""

    def tick(self, seconds: float) -> None:
        """Columns flash for a moment."""
        self._wrong_left -= seconds
        if self._wrong_left <= 0:
            self._wrong = None

    def _flash(self, column: int) -> None:
        self._wrong, self._wrong_left = column, _FLASH_SECONDS
