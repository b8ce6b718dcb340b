"""The banner over the board: which phase of the episode this is, and the score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.fonts import pixels, text, width
from shrdlu_env.viewer.drawing.paint import box, panel, pill
from shrdlu_env.viewer.drawing.theme import (
    BLUE,
    GREEN,
    MUTED,
    ORANGE,
    PANEL_RAISED,
    RED,
    TEXT,
    YELLOW,
    Colour,
)

HIDDEN = "?"


def description_steps(view: Mapping[str, Any]) -> int:
    """K, the steps in which goals are told; also the index of the observation with the go cue."""
    if view["phase"] == "describe":
        return int(view["steps_total"] - view["moves_left"])
    return sum(len(goal) for goal in view["goals"].values())


def phase_label(view: Mapping[str, Any], hidden: bool) -> tuple[str, Colour, str]:
    """The phase as (label, colour, sentence), such as ("DESCRIBE 3/12", blue, "goal Q: 6b2").

    Args:
        view: a `shrdlu_env.blocks.view.View`.
        hidden: leave out what the agent cannot see.
    """
    step = int(view["step"])
    if view["phase"] == "describe":
        total = description_steps(view)
        told = f"goal {view['shown_goal']}: {view['shown_constraint']}"
        return f"DESCRIBE {step + 1}/{total}", BLUE, told
    goal = view["cued_goal"]
    first = view["shown_goal"] is not None
    name = HIDDEN if hidden and not first else goal
    if view["terminated"] and not hidden:
        if view["perfect"]:
            return "PERFECT", GREEN, f"goal {goal} in the fewest moves"
        if view["success"]:
            return "SUCCESS", GREEN, f"goal {goal} in {view['moves']} moves"
        return "INCOMPLETE", RED, f"{round(100 * view['satisfied'])} % of goal {goal}"
    if view["terminated"]:
        return "OVER", ORANGE, "the episode has ended"
    if first:
        return f"GO  {goal}", YELLOW, f"build goal {goal}"
    return f"ACT {step - description_steps(view) + 1}", GREEN, f"building goal {name}"


def statistics(view: Mapping[str, Any], hidden: bool) -> list[tuple[str, str]]:
    """What the banner counts, as (label, value), most important first."""
    acting = view["phase"] == "act"
    items = [
        ("moves left", str(view["moves_left"])),
        ("minimum", str(view["min_moves"])),
        ("reward", _signed(view["reward"]) if acting else "-"),
        ("return", _signed(view["episode_return"]) if acting else "-"),
    ]
    return [(label, HIDDEN if hidden else value) for label, value in items]


def _signed(number: float) -> str:
    """A score with its sign and no more digits than it needs: "+1.5", "0"."""
    rounded = round(number, 2) or 0.0
    return f"{rounded:+g}" if rounded else "0"


def draw_banner(
    surface: pygame.Surface,
    rect: pygame.Rect,
    view: Mapping[str, Any],
    u: float,
    *,
    hidden: bool = False,
    note: str = "",
) -> None:
    """Draw the banner into `rect`.

    Statistics that find no room are left out, the least important first.

    Args:
        surface: what to draw on.
        rect: the panel.
        view: a `shrdlu_env.blocks.view.View`.
        u: pixels per layout unit.
        hidden: leave out what the agent cannot see.
        note: a line for the person, in place of the sentence about the phase.
    """
    panel(surface, rect, u)
    label, colour, sentence = phase_label(view, hidden)
    bar = pill(surface, (rect.left + 14 * u, rect.centery), label, 20 * u, colour)
    items = statistics(view, hidden)
    label_size, value_size = pixels(13 * u), pixels(21 * u)
    columns = [
        max(width(name, label_size), width(value, value_size), round(40 * u)) + round(18 * u)
        for name, value in items
    ]
    while items and sum(columns[: len(items)]) > rect.right - bar.right - 28 * u:
        items.pop()
    x = float(rect.right - 6 * u)
    for (name, value), span in reversed(list(zip(items, columns, strict=False))):
        x -= span
        middle = x + span / 2 - 4 * u
        text(surface, name, (middle, rect.centery - 12 * u), label_size, MUTED, anchor="center")
        text(surface, value, (middle, rect.centery + 9 * u), value_size, TEXT, anchor="center")
    left = bar.right + 14 * u
    draw_sentence(surface, (left, rect.centery), x - left - 10 * u, sentence, note, u)


def draw_sentence(
    surface: pygame.Surface, position: tuple[float, float], room: float, sentence: str, note: str, u: float
) -> None:
    """Write a sentence with its left middle at `position`, or instead a note on a bar of its own."""
    if room < 60 * u:
        return
    if not note:
        text(surface, sentence, position, 17 * u, TEXT, limit=room)
        return
    size = pixels(15 * u)
    bar = pygame.Rect(0, 0, min(width(note, size) + round(30 * u), int(room)), round(36 * u))
    bar.midleft = (round(position[0]), round(position[1]))
    box(surface, bar, bar.height / 2, PANEL_RAISED, YELLOW)
    text(surface, note, bar.center, size, TEXT, anchor="center", limit=bar.width - 18 * u)
