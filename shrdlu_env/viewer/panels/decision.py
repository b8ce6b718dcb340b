"""What the agent is about to do and expects: action probabilities and the value over time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.fonts import pixels, text, width
from shrdlu_env.viewer.drawing.paint import box, dot, panel, stroke
from shrdlu_env.viewer.drawing.theme import (
    BLUE,
    EDGE,
    FAINT,
    GREEN,
    MUTED,
    ORANGE,
    PANEL,
    PANEL_RAISED,
    TEXT,
    YELLOW,
    mix,
)
from shrdlu_env.viewer.panels.layout import Layout
from shrdlu_env.viewer.recording.episode import Episode
from shrdlu_env.viewer.scenes.registry import scene_of
from shrdlu_env.viewer.scenes.scene import Choice

_SMALLEST_ROW = 13


def _rows(labels: int, high: float) -> tuple[int, int]:
    """Columns and rows of a list in `high` pixels; fewer rows than labels need where three columns are too few."""
    most = max(1, int(high // _SMALLEST_ROW))
    columns = next((k for k in (1, 2, 3) if -(-labels // k) <= most), 3)
    if labels > 8:
        columns = max(columns, 2 if labels <= 14 else 3)
    return columns, min(most, -(-labels // columns))


def draw_actions(surface: pygame.Surface, rect: pygame.Rect, episode: Episode, t: int, u: float) -> None:
    """Draw the action probabilities of step `t` into `rect`.

    Illegal actions are grey and struck; the action taken has a frame, the planner's a dot.
    """
    panel(surface, rect, u)
    step, scene = episode.steps[t], scene_of(episode.view(t))
    title = (rect.left + 12 * u, rect.top + 15 * u)
    heard = scene.heard(step.view)
    named = text(surface, "ACTION", title, 13 * u, TEXT, bold=True)
    if not heard:
        room = rect.right - named.right - 20 * u
        named = text(surface, "no effect yet", (named.right + 8 * u, title[1]), 12 * u, MUTED, limit=room)
    if step.internals is None or "probabilities" not in step.internals:
        room = rect.width - 20 * u
        text(surface, "no agent at this step", rect.center, 14 * u, FAINT, anchor="center", limit=room)
        return
    choices = scene.choices(step, np.clip(step.internals["probabilities"], 0, 1))
    _legend(surface, rect, named.right, choices, u)
    inner = pygame.Rect(rect.left + round(12 * u), rect.top + round(28 * u), rect.width - round(24 * u), 0)
    inner.height = rect.bottom - round(8 * u) - inner.top
    columns, rows = _rows(len(choices), inner.height)
    # Where there is no room for all, the most probable are shown.
    by_share = sorted(range(len(choices)), key=lambda k: -choices[k].share)
    shown = [choices[k] for k in sorted(by_share[: columns * rows])]
    pitch = min(inner.height / rows, 34 * u)
    span = inner.width // columns
    line = pixels(min(13 * u, pitch * 0.95))
    lead = min(max(width(choice.label, line) for choice in shown) + round(8 * u), round(0.5 * span))
    for place, choice in enumerate(shown):
        x = inner.left + (place // rows) * span
        y = inner.top + (place % rows + 0.5) * pitch
        _choice(surface, choice, (x, y), (lead, span), pitch, line, u)


def _choice(
    surface: pygame.Surface,
    choice: Choice,
    at: tuple[float, float],
    room: tuple[int, int],
    pitch: float,
    line: int,
    u: float,
) -> None:
    """One row: name, bar and, where there is room, the number; `room` is that of the name and that of all."""
    (x, y), (lead, span) = at, room
    colour = TEXT if choice.legal else FAINT
    text(surface, choice.label, (x + lead - 6 * u, y), line, colour, anchor="right", limit=lead - 6 * u)
    # Many actions leave room for a bar or a number, and bars can be compared.
    percent = width("100", line) + round(4 * u) if span > lead + 90 * u else 0
    bar = pygame.Rect(x + lead, 0, max(8, span - lead - percent - round(26 * u)), 0)
    bar.height = max(3, round(pitch * 0.62))
    bar.centery = round(y)
    box(surface, bar, 3 * u, PANEL_RAISED)
    fill = bar.copy()
    fill.width = round(bar.width * choice.share)
    if fill.width > 1:
        box(surface, fill, 3 * u, (YELLOW if choice.taken else BLUE) if choice.legal else FAINT)
    if not choice.legal:
        pygame.draw.line(surface, FAINT, (x + 2 * u, y), (x + lead - 4 * u, y))
    if choice.taken:
        pygame.draw.rect(surface, YELLOW, bar.inflate(2, 2), 1, border_radius=round(3 * u))
    if choice.planned:
        dot(surface, (bar.right + 7 * u, bar.centery), 3.5 * u, GREEN)
    if percent:
        number = (x + span - 14 * u, y)
        text(surface, f"{round(100 * choice.share)}", number, line, colour, anchor="right")


def _legend(
    surface: pygame.Surface, rect: pygame.Rect, left: float, choices: Sequence[Choice], u: float
) -> None:
    """What the colours that are there mean, at the right end of the title line, with room right of `left`."""
    x, y, size = float(rect.right - 12 * u), rect.top + 15 * u, pixels(12 * u)
    parts = [("planner", GREEN, any(choice.planned for choice in choices))]
    parts.append(("taken", YELLOW, any(choice.taken for choice in choices)))
    for label, colour, there in parts:
        if not there:
            continue
        if x - width(label, size) - 20 * u < left:
            return
        word = text(surface, label, (x, y), size, MUTED, anchor="right")
        dot(surface, (word.left - 7 * u, y), 3.5 * u, colour)
        x = word.left - 20 * u


def draw_value(surface: pygame.Surface, rect: pygame.Rect, episode: Episode, layout: Layout) -> None:
    """Draw the value over the episode with the rewards below; the time cursor is drawn apart."""
    u = layout.u
    panel(surface, rect, u)
    text(surface, "VALUE", (rect.left + 12 * u, rect.top + 15 * u), 13 * u, TEXT, bold=True)
    plot = value_plot(rect, u)
    values = episode.stack("value")
    looked = [t for t in range(len(episode.steps)) if episode.has_internals(t)]
    rewards = [step.reward for step in episode.steps[:-1]]
    low = min([0.0, *(float(values[t]) for t in looked), *rewards])
    high = max([0.0, *(float(values[t]) for t in looked), *rewards])
    span = (high - low) or 1.0

    def y_of(value: float) -> float:
        return plot.bottom - (value - low) / span * plot.height

    zero = round(y_of(0.0))
    pygame.draw.line(surface, EDGE, (plot.left, zero), (plot.right, zero))
    room = plot.left - 5 * u - rect.left - 2
    top = (plot.left - 5 * u, plot.top + 2)
    text(surface, f"{high:.1f}", top, 11 * u, FAINT, anchor="right", limit=room)
    if zero < plot.bottom - 12 * u or low == 0:
        text(surface, "0", (plot.left - 5 * u, zero), 11 * u, FAINT, anchor="right")
    go = episode.go_step()
    if go is not None:
        x = layout.time_x(plot, go)
        pygame.draw.line(surface, mix(PANEL, YELLOW, 0.5), (x, plot.top), (x, plot.bottom))
    wide = max(2, round(plot.width / (layout.horizon + 1) * 0.5))
    for t, reward in enumerate(rewards):
        if reward:
            bar = pygame.Rect(0, 0, wide, max(1, round(abs(y_of(reward) - zero))))
            bar.centerx = round(layout.time_x(plot, t))
            bar.top = zero - bar.height if reward > 0 else zero
            pygame.draw.rect(surface, mix(PANEL, ORANGE, 0.55), bar)
    points = [(layout.time_x(plot, t), y_of(float(values[t]))) for t in looked]
    if len(points) > 1:
        stroke(surface, points, max(1.6, 2 * u), BLUE)


def value_plot(rect: pygame.Rect, u: float) -> pygame.Rect:
    """The plot's area inside the value panel."""
    # Numbers of up to 999.9 stand left of it, in letters that do not shrink with a small window.
    room = max(round(36 * u), width("000.0", pixels(11 * u)) + round(9 * u))
    left, top = rect.left + room, rect.top + round(32 * u)
    return pygame.Rect(left, top, rect.right - round(12 * u) - left, rect.bottom - round(12 * u) - top)


def draw_value_cursor(
    surface: pygame.Surface, rect: pygame.Rect, episode: Episode, t: int, layout: Layout
) -> None:
    """Draw the time cursor and the value at step `t` over the value panel."""
    u = layout.u
    plot = value_plot(rect, u)
    x = round(layout.time_x(plot, t))
    pygame.draw.line(surface, TEXT, (x, plot.top), (x, plot.bottom))
    position = (rect.right - 12 * u, rect.top + 15 * u)
    left = rect.left + 24 * u + width("VALUE", pixels(13 * u), bold=True)
    if episode.has_internals(t):
        now = f"{float(episode.stack('value')[t]):.2f}"
        word = text(surface, now, position, 15 * u, BLUE, anchor="right", limit=position[0] - left)
        position = (word.left - 10 * u, position[1])
    reward = episode.steps[t].reward
    said = f"reward {reward:+.1f}"
    if t < len(episode) and width(said, pixels(12 * u)) <= position[0] - left:
        text(surface, said, position, 12 * u, ORANGE, anchor="right")
