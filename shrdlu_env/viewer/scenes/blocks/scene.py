"""Mini-SHRDLU as it looks: the board, the goals told, playing by hand, the whole episode on one page."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, cast

import numpy as np

from shrdlu_env.blocks.view import View
from shrdlu_env.blocks.viewing import ansi
from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.theme import BLUE, EDGE, GREEN, MUTED, YELLOW, mix
from shrdlu_env.viewer.recording.episode import Episode
from shrdlu_env.viewer.recording.frame import Frame
from shrdlu_env.viewer.scenes.blocks import findings, phases
from shrdlu_env.viewer.scenes.blocks.board import draw_board
from shrdlu_env.viewer.scenes.blocks.film import draw_film
from shrdlu_env.viewer.scenes.blocks.geometry import Marks, board_rect
from shrdlu_env.viewer.scenes.blocks.goals import draw_goals
from shrdlu_env.viewer.scenes.blocks.hand import BlocksHand
from shrdlu_env.viewer.scenes.blocks.moves import action_labels, action_of, optimal_moves, parse, shown_move
from shrdlu_env.viewer.scenes.blocks.words import split
from shrdlu_env.viewer.scenes.fields import check_fields
from shrdlu_env.viewer.scenes.scene import Banner, Remark, Scene, Span, Summary, Tick

_LARGEST_BOARD = 9


class BlocksScene(Scene):
    """Views are `shrdlu_env.blocks.view.View`."""

    name = "blocks"
    title = "Mini-SHRDLU"
    rules = (
        "Goals are told, one constraint a step. Then one goal's letter is shown, and you build that goal.",
        "5a1: block 5 lies directly above block 1. So b: below, l: left of, r: right of; always touching.",
        "Only the top block of a column can be taken. Each step gives 1 for every constraint that holds.",
    )
    mouse = (("Click a block, then a column", "move it there"), ("1 to 9", "the same with keys"))
    picture = ("Board", "Blocks by number, shape and colour.")
    side = ("Goals told so far", "Constraints as pictures and text (1a2: 1 just above 2)")

    def check(self, view: Mapping[str, Any]) -> None:
        """Refuse a view that is no `View`, or whose board, constraints or moves cannot be drawn."""
        check_fields(view, View)
        board = view["board"]
        size = len(board)
        square = 2 <= size <= _LARGEST_BOARD and all(len(row) == size for row in board)
        if not square or view["board_size"] != size:
            raise ValueError(f"view['board'] must be a square of {view['board_size']} rows, got {size}")
        numbers = np.array(board)
        if numbers.min() < 0 or numbers.max() > 9:
            raise ValueError("view['board'] must hold block numbers 0 to 9")
        named = [*view["goals"], *filter(None, (view["shown_goal"], view["cued_goal"]))]
        if not view["letters"] or not set(named) <= set(view["letters"]):
            raise ValueError(f"view['letters'] must name every goal, one at least, got {view['letters']}")
        told = [*(c for goal in view["goals"].values() for c in goal), *(c for c, _ in view["constraints"])]
        for constraint in (*told, view["shown_constraint"]):
            if constraint is not None:
                split(constraint)
        for text in view["optimal_actions"]:
            move = parse(text)
            if move is not None and not all(0 <= column < size for column in move):
                raise ValueError(f"view['optimal_actions'] must name columns 1 to {size}, got {text!r}")

    def banner(self, view: Mapping[str, Any], hidden: bool) -> Banner:
        """Phase and score."""
        return phases.banner(view, hidden)

    def key(self, frame: Frame) -> Hashable:
        """The board moves and is marked."""
        move = shown_move(frame.episode, frame.step, frame.progress)
        return move, frame.marks

    def draw(self, surface: pygame.Surface, rect: pygame.Rect, frame: Frame, u: float) -> None:
        """The board with a block on its way."""
        move = shown_move(frame.episode, frame.step, frame.progress)
        marks = frame.marks if isinstance(frame.marks, Marks) else None
        board = frame.episode.view(frame.step)["board"]
        draw_board(surface, board_rect(rect, u), board, u, move=move, marks=marks)

    def has_side(self, view: Mapping[str, Any]) -> bool:
        """The goals."""
        return True

    def draw_side(self, surface: pygame.Surface, rect: pygame.Rect, frame: Frame, u: float) -> None:
        """The goals told so far, with room for those still to be told."""
        last = frame.episode.steps[-1].view["goals"]
        sizes = {letter: len(told) for letter, told in last.items()}
        view = frame.episode.view(frame.step)
        draw_goals(surface, rect, view, u, hidden=frame.hidden, sizes=sizes)

    def text(self, view: Mapping[str, Any]) -> str:
        """As `render()` with render_mode "ansi" prints it."""
        return ansi(cast(View, view))

    def hand(self) -> BlocksHand:
        """Blocks are moved by two columns."""
        return BlocksHand()

    def welcome(self, control: str) -> Sequence[str]:
        """How to begin."""
        if control == "person":
            return (
                "Goals are told first, one constraint a step; then you build one of them.",
                "Space or Right tells on. Then click a block and the column to put it on.",
            )
        return (
            "Goals are told, one is cued, the agent builds it.",
            "Space plays and pauses; Left and Right go step by step; T lets you play on.",
        )

    def caption(self, view: Mapping[str, Any]) -> str:
        """What was told or asked: "Q 6b2", "go Q", "act"."""
        if view["shown_constraint"] is not None:
            return f"{view['shown_goal']} {view['shown_constraint']}"
        if view["shown_goal"] is not None:
            return f"go {view['shown_goal']}"
        return str(view["phase"])

    def phase_words(self, view: Mapping[str, Any]) -> str:
        """The phase in a sentence or two."""
        return phases.phase_words(view, self.caption(view))

    def span(self, view: Mapping[str, Any]) -> Span:
        """Every goal told, the cue, acting."""
        if view["phase"] == "describe":
            return Span(str(view["shown_goal"] or "describe"), BLUE, "describe")
        if view["shown_goal"] is not None:
            return Span("go", YELLOW, "go", bright=True, secret=False)
        return Span("act", GREEN, "act", secret=False)

    def action_labels(self, count: int, view: Mapping[str, Any]) -> list[str]:
        """Moves by their columns."""
        return action_labels(count, len(view["board"]))

    def planned(self, view: Mapping[str, Any]) -> list[int]:
        """Moves on a shortest path."""
        if view["phase"] != "act":
            return []
        return [action_of(*move, len(view["board"])) for move in optimal_moves(view)]

    def no_plan(self, view: Mapping[str, Any]) -> str:
        """Before the cue there is nothing to plan, nor once the goal holds."""
        if view["phase"] != "act" or view["terminated"]:
            return "The planner has moves from the go cue to the end"
        return "The planner has no move: the goal holds" if view["success"] else "No planner here"

    # A whole episode on one page.

    def summary(self, episode: Episode) -> Summary:
        """Result, lesson, goal, moves."""
        end = episode.steps[-1].view
        result = "perfect" if end["perfect"] else "success" if end["success"] else "incomplete"
        word = "move" if end["moves"] == 1 else "moves"
        facts = [f"goal {end['cued_goal']}", f"{end['moves']} {word}, fewest {end['min_moves']}"]
        if end["lesson"]:
            facts.insert(0, f"lesson {end['lesson']}")
        return Summary(result, GREEN if end["success"] else YELLOW, facts)

    def draw_film(self, surface: pygame.Surface, rect: pygame.Rect, episode: Episode, u: float) -> None:
        """The boards in a row."""
        draw_film(surface, rect, episode, u)

    def film_note(self) -> tuple[str, str]:
        """What the row shows."""
        return "Boards", "The start, and the board after every move that changed it."

    def tick(self, episode: Episode, t: int) -> Tick:
        """The constraint told or the action taken, goal by goal."""
        view, goal = episode.view(t), episode.view(len(episode))["cued_goal"]
        told, shown = view["shown_constraint"], view["shown_goal"]
        if told is not None:
            mine = shown == goal
            return Tick(
                told, YELLOW if mine else MUTED, str(shown), YELLOW if mine else mix(BLUE, EDGE, 0.35)
            )
        word = str(episode.view(t + 1)["last_action"] or "")
        group = f"go {shown}" if shown is not None else ""
        return Tick("-" if word == "pass" else word, GREEN, group, YELLOW)

    def kept(self, episode: Episode) -> dict[int, int]:
        """Where the chosen goal was written."""
        return findings.chosen_locations(episode)

    def kept_note(self, episode: Episode) -> str:
        """Names the chosen goal and its locations."""
        goal = episode.view(len(episode))["cued_goal"]
        names = ", ".join(str(location + 1) for location in sorted(self.kept(episode)))
        return f"goal {goal}, location {names}: where it was written, and read from the cue on"

    def remarks(self, episode: Episode) -> list[Remark]:
        """What was written where, and what was read at the cue."""
        return findings.remarks(episode)
