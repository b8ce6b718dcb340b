"""What a person can ask of the viewer, and which keys ask it. Nothing here needs a display."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from shrdlu_env.viewer._pygame import pygame


class Command(StrEnum):
    """Everything that a key can do, besides the digits that name what is pressed by hand."""

    PLAY = "play / pause"
    FORWARD = "one step on"
    BACK = "one step back"
    NEXT_PHASE = "to the next phase"
    PREVIOUS_PHASE = "to the phase before"
    FIRST = "to the start"
    LAST = "to the end"
    FASTER = "faster"
    SLOWER = "slower"
    RESTART = "same seed again"
    NEW_SEED = "next seed"
    PLANNER = "planner's move: show, then play it"
    LEGAL = "show the legal moves"
    HIDE = "hide what the agent cannot see"
    TAKE_OVER = "take over here / hand back to the agent"
    BRANCH = "the other line of play"
    PASS = "pass (no move)"
    LINKS = "memory, its links, other tables"
    RECORD = "record a video"
    SCREENSHOT = "save a picture"
    SAVE = "save the episode"
    HELP = "this help"
    QUIT = "quit"


class Key(NamedTuple):
    """One line of the table of keys."""

    label: str
    codes: tuple[int, ...]
    command: Command
    shift: bool = False
    ctrl: bool = False


KEYS: tuple[Key, ...] = (
    Key("Space", (pygame.K_SPACE,), Command.PLAY),
    Key("Right", (pygame.K_RIGHT,), Command.FORWARD),
    Key("Left", (pygame.K_LEFT,), Command.BACK),
    Key("Shift+Right", (pygame.K_RIGHT,), Command.NEXT_PHASE, shift=True),
    Key("Shift+Left", (pygame.K_LEFT,), Command.PREVIOUS_PHASE, shift=True),
    Key("Home", (pygame.K_HOME,), Command.FIRST),
    Key("End", (pygame.K_END,), Command.LAST),
    Key("+", (pygame.K_PLUS, pygame.K_EQUALS, pygame.K_KP_PLUS), Command.FASTER),
    Key("-", (pygame.K_MINUS, pygame.K_KP_MINUS), Command.SLOWER),
    Key("R", (pygame.K_r,), Command.RESTART),
    Key("N", (pygame.K_n,), Command.NEW_SEED),
    Key("S", (pygame.K_s,), Command.PLANNER),
    Key("M", (pygame.K_m,), Command.LEGAL),
    Key("P", (pygame.K_p,), Command.PASS),
    Key("G", (pygame.K_g,), Command.HIDE),
    Key("T", (pygame.K_t,), Command.TAKE_OVER),
    Key("B", (pygame.K_b,), Command.BRANCH),
    Key("L", (pygame.K_l,), Command.LINKS),
    Key("V", (pygame.K_v,), Command.RECORD),
    Key("F12", (pygame.K_F12,), Command.SCREENSHOT),
    Key("Ctrl+S", (pygame.K_s,), Command.SAVE, ctrl=True),
    Key("H", (pygame.K_h, pygame.K_F1), Command.HELP),
    Key("Esc", (pygame.K_ESCAPE,), Command.QUIT),
)

# What the mouse does, for the help page and the documentation.
MOUSE: tuple[tuple[str, str], ...] = (
    ("Drag the time bar", "go to any step"),
    ("Point at a memory location", "its weights at this step, and when it was last written"),
    ("Click it", "go to the step that wrote it"),
)

_SHIFT_MATTERS = frozenset(code for key in KEYS if key.shift for code in key.codes)


def command_for(code: int, modifiers: int) -> Command | None:
    """The command of a key press, None where it has none.

    Args:
        code: pygame's key code.
        modifiers: pygame's modifier bits.
    """
    ctrl = bool(modifiers & pygame.KMOD_CTRL)
    # Shift counts for the arrows only: on many keyboards "+" is typed with it.
    shift = bool(modifiers & pygame.KMOD_SHIFT) and code in _SHIFT_MATTERS
    for key in KEYS:
        if code in key.codes and key.shift == shift and key.ctrl == ctrl:
            return key.command
    return None


def digit_of(code: int) -> int | None:
    """The digit 1 to 9 of a key, None where it is another key."""
    if pygame.K_1 <= code <= pygame.K_9:
        return code - pygame.K_0
    if pygame.K_KP1 <= code <= pygame.K_KP9:
        return code - pygame.K_KP1 + 1
    return None
