"""What the banner says of an observation: which phase of the episode this is, and the score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shrdlu_env.viewer.drawing.theme import BLUE, GREEN, ORANGE, RED, YELLOW, Colour
from shrdlu_env.viewer.scenes.blocks.words import spelt
from shrdlu_env.viewer.scenes.scene import Banner

HIDDEN = "?"


def banner(view: Mapping[str, Any], hidden: bool) -> Banner:
    """The banner of a `shrdlu_env.blocks.view.View`; `hidden` leaves out what the agent cannot see."""
    return Banner(*phase_label(view, hidden), figures(view, hidden))


def description_steps(view: Mapping[str, Any]) -> int:
    """K, the steps in which goals are told; also the index of the observation with the go cue."""
    if view["phase"] == "describe":
        return int(view["steps_total"] - view["moves_left"])
    return sum(len(goal) for goal in view["goals"].values())


def phase_label(view: Mapping[str, Any], hidden: bool) -> tuple[str, Colour, str]:
    """The phase as (label, colour, sentence): ("DESCRIBE 3/12", blue, "goal Q: 6 directly below 2")."""
    step = int(view["step"])
    if view["phase"] == "describe":
        constraint = view["shown_constraint"]
        told = f"goal {view['shown_goal']}: {spelt(constraint) if constraint else '-'}"
        return f"DESCRIBE {step + 1}/{description_steps(view)}", BLUE, told
    goal = view["cued_goal"]
    first = view["shown_goal"] is not None
    name = HIDDEN if hidden and not first else goal
    if view["terminated"] and not hidden:
        if view["perfect"]:
            return "PERFECT", GREEN, f"goal {goal} in the fewest moves: {view['moves']}"
        if view["success"]:
            return "SUCCESS", GREEN, f"goal {goal} in {view['moves']} moves; {view['min_moves']} are enough"
        return "INCOMPLETE", RED, f"{round(100 * view['satisfied'])} % of goal {goal}"
    if view["terminated"]:
        return "OVER", ORANGE, "the episode has ended"
    if view["success"] and not hidden:
        return "SOLVED", GREEN, f"goal {goal} is built; leave it so to the end"
    if first:
        return f"GO  {goal}", YELLOW, f"build goal {goal}"
    return f"ACT {step - description_steps(view) + 1}", GREEN, f"building goal {name}"


def figures(view: Mapping[str, Any], hidden: bool) -> list[tuple[str, str]]:
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


def phase_words(view: Mapping[str, Any], caption: str) -> str:
    """The phase in a sentence or two, for a note."""
    goal = view["cued_goal"]
    if view["terminated"] and goal is not None:
        done = "built" if view["success"] else "not built"
        return (
            f"The end: goal {goal} is {done} after {view['moves']} moves; {view['min_moves']} are the fewest."
        )
    if view["phase"] == "describe":
        return f"Goals are being told, one constraint a step: {caption}."
    if view["shown_goal"] is not None:
        return f"The cue: build goal {goal}. The agent no longer sees what it asks for."
    return "The agent acts: it sees the board and no goal."
