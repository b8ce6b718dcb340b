"""The goal panel: every goal told so far, a card each, the chosen one on top with its ticks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.fonts import text
from shrdlu_env.viewer.drawing.paint import box, panel
from shrdlu_env.viewer.drawing.theme import EDGE, FAINT, INK, MUTED, PANEL_RAISED, TEXT, YELLOW, Colour, mix
from shrdlu_env.viewer.scenes.blocks.chip import chip_size, draw_chip

# In pixels: the smallest disc a letter can be read on, the smallest chip whose blocks can be told apart.
_BADGE = 15
_SMALLEST_CHIP = 15


class _Card(NamedTuple):
    """What one card shows."""

    letter: str | None
    constraints: list[str | None]
    holds: list[bool | None]
    current: int
    cued: bool
    room: int


def _cards(view: Mapping[str, Any], hidden: bool, sizes: Mapping[str, int]) -> list[_Card]:
    """Cards in the order told, the cued one first; `sizes` is constraints by letter where they are known."""
    cued = view["cued_goal"]
    cards = []
    for letter in view["letters"]:
        told = list(view["goals"].get(letter, []))
        here = view["shown_goal"] == letter and view["phase"] == "describe"
        current = len(told) - 1 if here else -1
        name: str | None = letter
        shown: list[str | None] = list(told)
        holds: list[bool | None] = [None] * len(told)
        if letter == cued and not hidden:
            now = dict(view["constraints"])
            holds = [now.get(constraint) for constraint in told]
        if hidden:
            name = letter if view["shown_goal"] == letter else None
            shown = [c if k == current else None for k, c in enumerate(told)]
        is_cued = letter == cued and (not hidden or view["shown_goal"] == letter)
        cards.append(_Card(name, shown, holds, current, is_cued, max(len(told), sizes.get(letter, 0), 1)))
    return sorted(cards, key=lambda card: not card.cued)


class _Fit(NamedTuple):
    """How the chips of a card are drawn: height in pixels, and whether text stands beside the pictures."""

    chip: int
    words: bool


def _per_row(wide: int, u: float, fit: _Fit) -> int:
    """Chips side by side on a card `wide` pixels wide."""
    gap = round(4 * u)
    return max(1, int((wide - _lead(fit.chip) - 8 * u + gap) // (chip_size(*fit)[0] + gap)))


def _height(room: int, wide: int, u: float, fit: _Fit) -> int:
    """Height in pixels of a card with room for `room` chips."""
    return -(-room // _per_row(wide, u, fit)) * (fit.chip + round(4 * u)) + round(8 * u)


def _lead(chip: int) -> int:
    """Pixels kept for the goal's letter."""
    return max(_BADGE + 5, round(chip * 0.95))


def draw_goals(
    surface: pygame.Surface,
    rect: pygame.Rect,
    view: Mapping[str, Any],
    u: float,
    *,
    hidden: bool = False,
    sizes: Mapping[str, int] | None = None,
) -> None:
    """Draw the goal panel into `rect`.

    Chips are as large as lets all goals fit; where they would be too small for text, only pictures stay.

    Args:
        surface: what to draw on.
        rect: the panel.
        view: a `shrdlu_env.blocks.view.View`.
        u: pixels per layout unit.
        hidden: show only what this very observation shows.
        sizes: constraints by letter, to keep room for what is still to be told.
    """
    panel(surface, rect, u)
    margin = round(12 * u)
    inner = rect.inflate(-2 * margin, -2 * margin)
    title = text(surface, "GOALS", (inner.left, inner.top + 7 * u), 13 * u, TEXT, bold=True)
    note = "as the agent sees it" if hidden else f"{len(view['goals'])} of {len(view['letters'])} told"
    room = inner.right - title.right - 8 * u
    text(surface, note, (inner.right, inner.top + 7 * u), 12 * u, FAINT, anchor="right", limit=room)
    inner.top += round(24 * u)
    inner.height -= round(24 * u)
    cards = _cards(view, hidden, sizes or {})
    gap = round(6 * u)
    top = inner.top
    first, other = _fit(tuple((card.room, card.cued) for card in cards), inner.size, u, gap)
    heights = [_height(card.room, inner.width, u, first if card.cued else other) for card in cards]
    if sum(heights) + gap * (len(cards) - 1) > inner.height:
        # No room for all: the cards that matter now come first, the last ones go.
        cards.sort(key=lambda card: not (card.cued or card.current >= 0))
    for card in cards:
        fit = first if card.cued else other
        height = _height(card.room, inner.width, u, fit)
        if top + height > inner.bottom:
            break
        _draw_card(surface, pygame.Rect(inner.left, top, inner.width, height), card, u, fit)
        top += height + gap


@lru_cache(maxsize=64)
def _fit(cards: tuple[tuple[int, bool], ...], size: tuple[int, int], u: float, gap: int) -> tuple[_Fit, _Fit]:
    """The largest chips with which all cards fit, with words for all, for the cued goal only, or for none.

    Args:
        cards: chips there is room for, and whether the goal is the cued one, by card.
        size: room for all cards in pixels.
        u: pixels per layout unit.
        gap: pixels between cards.

    Returns:
        Chips of the cued goal, chips of the others.
    """
    first = other = _Fit(_SMALLEST_CHIP, False)
    for cued_words, words, smallest in ((True, True, 27), (True, False, 18), (False, False, 8)):
        for chip in range(round(50 * u), max(_SMALLEST_CHIP, round(smallest * u)) - 1, -1):
            first, other = _Fit(chip, cued_words or words), _Fit(chip, words)
            fits = [first if cued else other for _, cued in cards]
            widest = max(chip_size(fit.chip, fit.words)[0] + _lead(fit.chip) for fit in fits) + 8 * u
            total = sum(_height(room, size[0], u, fit) for (room, _), fit in zip(cards, fits, strict=True))
            if widest <= size[0] and total + gap * (len(cards) - 1) <= size[1]:
                return first, other
    return first, other


def _draw_card(surface: pygame.Surface, rect: pygame.Rect, card: _Card, u: float, fit: _Fit) -> None:
    chip, words = fit
    active = card.cued or card.current >= 0
    fill: Colour = mix(PANEL_RAISED, YELLOW, 0.1) if card.cued else PANEL_RAISED
    box(surface, rect, 7 * u, mix(fill, (0, 0, 0), 0.25), YELLOW if card.cued else EDGE)
    lead = _lead(chip)
    badge = pygame.Rect(0, 0, max(_BADGE, round(chip * 0.62)), max(_BADGE, round(chip * 0.62)))
    badge.center = (
        rect.left + round(4 * u) + lead // 2,
        rect.top + round(4 * u) + (chip + round(4 * u)) // 2,
    )
    box(surface, badge, badge.width / 2, YELLOW if card.cued else (TEXT if active else EDGE))
    ink = INK if active else MUTED
    text(surface, card.letter or "?", badge.center, badge.height * 0.7, ink, anchor="center")
    span, gap = chip_size(chip, words)[0], round(4 * u)
    row = _per_row(rect.width, u, fit)
    for k, constraint in enumerate(card.constraints):
        position = (
            rect.left + round(4 * u) + lead + (k % row) * (span + gap),
            rect.top + round(6 * u) + (k // row) * (chip + gap),
        )
        draw_chip(
            surface,
            position,
            chip,
            constraint,
            holds=card.holds[k],
            current=k == card.current,
            dim=not active,
            words=words,
        )
