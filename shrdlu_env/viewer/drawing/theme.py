"""Colours and the unit of length: one dark theme, safe for colour-blind readers.

Hues follow Okabe and Ito's set, which the common forms of colour blindness keep apart; nothing is told by
colour alone (numbered things carry numbers and shapes, states carry ticks and words).
"""

from __future__ import annotations

Colour = tuple[int, int, int]

BACKGROUND: Colour = (13, 17, 23)
PANEL: Colour = (22, 27, 35)
PANEL_RAISED: Colour = (31, 38, 48)
EDGE: Colour = (48, 56, 68)
WELL: Colour = (17, 21, 28)
TEXT: Colour = (235, 240, 246)
MUTED: Colour = (157, 167, 180)
FAINT: Colour = (98, 108, 121)
INK: Colour = (16, 20, 27)

BLUE: Colour = (86, 180, 233)
GREEN: Colour = (34, 190, 142)
YELLOW: Colour = (240, 214, 66)
ORANGE: Colour = (240, 165, 20)
RED: Colour = (232, 104, 52)

NUMBERED: tuple[Colour, ...] = (
    (230, 159, 0),  # 1 orange
    (86, 180, 233),  # 2 sky blue
    (0, 158, 115),  # 3 bluish green
    (240, 228, 66),  # 4 yellow
    (40, 122, 200),  # 5 blue
    (213, 94, 0),  # 6 vermillion
    (204, 121, 167),  # 7 reddish purple
    (92, 98, 108),  # 8 dark grey
    (240, 240, 245),  # 9 white
)

# Read modes in the order of the interface: backward, content, forward.
MODES: tuple[Colour, Colour, Colour] = ((240, 90, 120), BLUE, YELLOW)
MODE_NAMES: tuple[str, str, str] = ("backward", "content", "forward")
WRITE: Colour = (60, 210, 150)
USAGE: Colour = (178, 186, 198)
POSITIVE: Colour = (240, 165, 20)
NEGATIVE: Colour = (70, 150, 225)

# Colours that mean something: a picture with few colours must keep them.
MEANINGFUL: tuple[Colour, ...] = (
    *NUMBERED,
    *MODES,
    *(WRITE, USAGE, POSITIVE, NEGATIVE, TEXT, MUTED, FAINT, BLUE, GREEN, YELLOW, ORANGE, RED),
)

# Control of a step: who acted.
CONTROL: dict[str, Colour] = {"agent": BLUE, "person": YELLOW, "file": MUTED}


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """Colour between `a` (share 0) and `b` (share 1)."""
    return (
        round(a[0] + (b[0] - a[0]) * share),
        round(a[1] + (b[1] - a[1]) * share),
        round(a[2] + (b[2] - a[2]) * share),
    )


def numbered(number: int) -> Colour:
    """Colour of thing `number` (from 1)."""
    return NUMBERED[(number - 1) % len(NUMBERED)]


def unit(size: tuple[int, int], reference: tuple[int, int]) -> float:
    """Pixels per layout unit when a design of `reference` size fills `size`; never below 0.5."""
    return max(0.5, min(size[0] / reference[0], size[1] / reference[1]))
