"""The banner above everything: a label, a sentence or a line for the person, figures."""

from __future__ import annotations

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.fonts import pixels, text, width
from shrdlu_env.viewer.drawing.paint import box, panel, pill
from shrdlu_env.viewer.drawing.theme import MUTED, PANEL_RAISED, TEXT, YELLOW
from shrdlu_env.viewer.scenes.scene import Banner

# A sentence shorter than this many layout units is not worth its place: figures give way to it.
_SENTENCE = 190


def draw_banner(surface: pygame.Surface, rect: pygame.Rect, banner: Banner, u: float, note: str = "") -> None:
    """Draw the banner into `rect`.

    Figures that find no room are left out, the last first.

    Args:
        surface: what to draw on.
        rect: the panel.
        banner: what it says.
        u: pixels per layout unit.
        note: a line for the person, in place of the sentence.
    """
    panel(surface, rect, u)
    bar = pill(surface, (rect.left + 14 * u, rect.centery), banner.label, 20 * u, banner.colour)
    items = list(banner.figures)
    label_size, value_size = pixels(13 * u), pixels(20 * u)
    columns = [
        max(width(name, label_size), width(value, value_size, bold=True), round(40 * u)) + round(18 * u)
        for name, value in items
    ]
    wish = min(width(note or banner.sentence, pixels(16 * u)) + 30 * u, rect.width * 0.62)
    wish = max(wish, min(_SENTENCE * u, rect.width * 0.3))
    if note:
        # It stands for a moment and says what the person asked for: it is read whole.
        wish = width(note, pixels(15 * u)) + 30 * u
    while items and sum(columns[: len(items)]) > rect.right - bar.right - 28 * u - wish:
        items.pop()
    x = float(rect.right - 6 * u)
    for (name, value), span in reversed(list(zip(items, columns, strict=False))):
        x -= span
        middle = x + span / 2 - 4 * u
        text(surface, name, (middle, rect.centery - 12 * u), label_size, MUTED, anchor="center")
        text(surface, value, (middle, rect.centery + 9 * u), value_size, TEXT, anchor="center", bold=True)
    left = bar.right + 14 * u
    room = x - left - 10 * u
    if not note:
        text(surface, banner.sentence, (left, rect.centery), 17 * u, TEXT, limit=room)
        return
    size = pixels(15 * u)
    bar = pygame.Rect(0, 0, min(width(note, size) + round(30 * u), int(room)), round(36 * u))
    bar.midleft = (round(left), rect.centery)
    box(surface, bar, bar.height / 2, PANEL_RAISED, YELLOW)
    text(surface, note, bar.center, size, TEXT, anchor="center", limit=bar.width - 18 * u)
