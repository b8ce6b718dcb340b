"""The time bar: play button, phases along the track, the handle to drag."""

from __future__ import annotations

from functools import lru_cache

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.fonts import pixels, text, width
from shrdlu_env.viewer.drawing.paint import box, dot, panel, supersampled
from shrdlu_env.viewer.drawing.theme import (
    BLUE,
    CONTROL,
    EDGE,
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
from shrdlu_env.viewer.recording.episode import Episode
from shrdlu_env.viewer.recording.frame import Frame
from shrdlu_env.viewer.scenes.registry import scene_of
from shrdlu_env.viewer.scenes.scene import Span

_WHO = {"agent": "agent", "person": "you", "file": "file"}


def _spans(episode: Episode) -> list[tuple[int, int, Span]]:
    """Stretches of the track as (first, past the last, what they are)."""
    scene = scene_of(episode.view(0))
    spans: list[tuple[int, int, Span]] = []
    for t, step in enumerate(episode.steps):
        span = scene.span(step.view)
        if spans and spans[-1][2].label == span.label and not span.bright:
            spans[-1] = (spans[-1][0], t + 1, span)
        else:
            spans.append((t, t + 1, span))
    return spans


def draw_timebar(surface: pygame.Surface, frame: Frame, layout: Layout) -> None:
    """Draw everything of the time bar but the handle."""
    u, track, episode = layout.u, layout.track, frame.episode
    panel(surface, layout.timebar, u)
    _button(surface, layout.button, frame.playing, u)
    box(surface, track, track.height / 2, PANEL_RAISED)
    cell = track.width / (layout.horizon + 1)
    spans = _spans(episode)
    for k, (first, end, span) in enumerate(spans):
        colour = span.colour
        left, right = track.left + round(first * cell), track.left + round(end * cell)
        rect = pygame.Rect(left, track.top, max(2, right - left - 1), track.height)
        shade = 0.0 if span.bright else 0.55 if k % 2 and span.secret else 0.3
        box(surface, rect, 3 * u, mix(colour, INK, shade))
        size = pixels(13 * u)
        name = "?" if frame.hidden and span.secret else span.label
        if width(name, size) <= rect.width + 4 * u:
            middle = (rect.centerx, track.top - 12 * u)
            text(surface, name, middle, size, mix(colour, TEXT, 0.35), anchor="center")
    heard = scene_of(episode.view(0)).heard
    for t, step in enumerate(episode.steps[:-1]):
        if heard(step.view) and step.control in ("person", "planner") and cell >= 3:
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
    text(surface, clock, (right, middle - 12 * u), 16 * u, TEXT, anchor="right", limit=96 * u)
    word = text(surface, f"{frame.speed:g}x", (right, middle + 9 * u), 13 * u, MUTED, anchor="right")
    who = (word.left - 8 * u, middle + 9 * u)
    text(surface, _WHO[frame.control], who, 13 * u, CONTROL[frame.control], anchor="right")
    if frame.recording:
        dot(surface, (right - 92 * u, middle - 13 * u), 5 * u, RED)


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
