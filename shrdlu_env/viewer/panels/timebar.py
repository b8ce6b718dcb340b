"""The time bar: play button, phases and goals along the track, the handle to drag."""

from __future__ import annotations

from functools import lru_cache

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.fonts import pixels, text, width
from shrdlu_env.viewer.drawing.paint import box, dot, panel, supersampled
from shrdlu_env.viewer.drawing.theme import (
    BLUE,
    CONTROL,
    EDGE,
    GREEN,
    INK,
    MUTED,
    PANEL_RAISED,
    RED,
    TEXT,
    YELLOW,
    Colour,
    mix,
)
from shrdlu_env.viewer.panels.layout import Layout
from shrdlu_env.viewer.recording.frame import Frame
from shrdlu_env.viewer.recording.episode import Episode

PHASES: dict[str, Colour] = {"query": YELLOW, "plan": MUTED, "answer": GREEN}
_WHO = {"agent": "agent", "person": "you", "file": "file"}


def _spans(episode: Episode) -> list[tuple[int, int, str, Colour]]:
    """Stretches of the track as (first, past the last, label, colour): each goal told, the cue, acting."""
    spans: list[tuple[int, int, str, Colour]] = []
    for t, step in enumerate(episode.steps):
        view = step.view
        if view.get("phase") == "act":
            cue = view.get("shown_goal") is not None
            label, colour = ("go", YELLOW) if cue else ("act", GREEN)
        else:
            phase = str(view.get("phase", ""))
            label, colour = str(view.get("shown_goal") or phase), PHASES.get(phase, BLUE)
        if spans and spans[-1][2] == label and label != "go":
            spans[-1] = (spans[-1][0], t + 1, label, colour)
        else:
            spans.append((t, t + 1, label, colour))
    return spans


def draw_timebar(surface: pygame.Surface, frame: Frame, layout: Layout) -> None:
    """Draw everything of the time bar but the handle."""
    u, track, episode = layout.u, layout.track, frame.episode
    panel(surface, layout.timebar, u)
    _button(surface, layout.button, frame.playing, u)
    box(surface, track, track.height / 2, PANEL_RAISED)
    cell = track.width / (layout.horizon + 1)
    for k, (first, end, label, colour) in enumerate(_spans(episode)):
        left, right = track.left + round(first * cell), track.left + round(end * cell)
        rect = pygame.Rect(left, track.top, max(2, right - left - 1), track.height)
        shade = 0.55 if k % 2 and label not in ("go", "act") else 0.3
        if label == "go":
            shade = 0.0
        box(surface, rect, 3 * u, mix(colour, INK, shade))
        size = pixels(13 * u)
        hidden = frame.hidden and label not in ("go", "act")
        name = "?" if hidden else label
        if width(name, size) <= rect.width + 6 * u:
            middle = (rect.centerx, track.top - 12 * u)
            text(surface, name, middle, size, mix(colour, TEXT, 0.35), anchor="center")
    for t, step in enumerate(episode.steps[:-1]):
        acting = step.view.get("phase") != "describe"
        if acting and step.control in ("person", "planner") and cell >= 3:
            x = layout.time_x(track, t)
            dot(surface, (x, track.bottom + 6 * u), 2.5 * u, CONTROL["person"])
    if frame.fork is not None:
        x = track.left + round((frame.fork + 1) * cell)
        pygame.draw.line(
            surface, RED, (x, track.top - 5 * u), (x, track.bottom + 8 * u), max(2, round(2 * u))
        )
    _clock(surface, frame, layout)


def _clock(surface: pygame.Surface, frame: Frame, layout: Layout) -> None:
    """Step, who plays and speed at the right end."""
    u, middle = layout.u, layout.timebar.centery
    right = layout.timebar.right - 14 * u
    clock = f"{frame.step}/{layout.horizon}"
    text(surface, clock, (right, middle - 13 * u), 16 * u, TEXT, anchor="right")
    word = text(surface, f"{frame.speed:g}x", (right, middle + 8 * u), 14 * u, MUTED, anchor="right")
    who = (word.left - 10 * u, middle + 8 * u)
    text(surface, _WHO[frame.control], who, 14 * u, CONTROL[frame.control], anchor="right")
    if frame.recording:
        dot(surface, (right - 78 * u, middle - 13 * u), 5 * u, RED)


def draw_handle(surface: pygame.Surface, frame: Frame, layout: Layout) -> None:
    """Draw the handle at the frame's time."""
    u, track = layout.u, layout.track
    x = layout.time_x(track, frame.position)
    size = round(20 * u)
    picture = _handle(size, BLUE if frame.control != "person" else YELLOW)
    surface.blit(picture, picture.get_rect(center=(round(x), track.centery)))


@lru_cache(maxsize=16)
def _handle(size: int, colour: Colour) -> pygame.Surface:
    def draw(large: pygame.Surface, factor: int) -> None:
        middle = (size * factor / 2, size * factor / 2)
        pygame.draw.circle(large, INK, middle, size * factor / 2)
        pygame.draw.circle(large, TEXT, middle, size * factor * 0.42)
        pygame.draw.circle(large, colour, middle, size * factor * 0.24)

    return supersampled((size, size), INK, draw)


def _button(surface: pygame.Surface, rect: pygame.Rect, playing: bool, u: float) -> None:
    box(surface, rect, rect.height / 2, mix(BLUE, INK, 0.1), EDGE)
    x, y = rect.center
    s = rect.width * 0.2
    if playing:
        for side in (-1, 1):
            bar = pygame.Rect(0, 0, max(3, round(s * 0.6)), round(2 * s))
            bar.center = (round(x + side * s * 0.6), y)
            pygame.draw.rect(surface, INK, bar, border_radius=round(2 * u))
    else:
        points = [(x - s * 0.7, y - s), (x - s * 0.7, y + s), (x + s * 1.1, y)]
        pygame.draw.polygon(surface, INK, points)
        pygame.draw.aalines(surface, INK, True, points)
