"""What lies over the panels: the pointed-at memory location, a line for the person, the page of keys."""

from __future__ import annotations

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.fonts import pixels, text, width
from shrdlu_env.viewer.drawing.paint import box, ring
from shrdlu_env.viewer.drawing.theme import EDGE, MUTED, PANEL, PANEL_RAISED, TEXT, YELLOW
from shrdlu_env.viewer.panels.layout import Layout
from shrdlu_env.viewer.program.commands import KEYS, MOUSE
from shrdlu_env.viewer.recording.frame import Frame
from shrdlu_env.viewer.recording.episode import caption


def location_note(frame: Frame) -> str:
    """When and with what the pointed-at location was last written."""
    if frame.location is None:
        return ""
    at = min(frame.at, len(frame.episode))
    step = frame.episode.last_written(frame.location, at)
    if step is None:
        return f"location {frame.location + 1}: not written up to step {at}"
    if frame.hidden:
        return f"location {frame.location + 1}: last written at step {step}"
    return f"location {frame.location + 1}: last written at step {step}, {caption(frame.episode.view(step))}"


def draw_location(surface: pygame.Surface, frame: Frame, layout: Layout) -> None:
    """Mark the pointed-at location in every strip and in the memory, and say when it was written."""
    if frame.location is None or not layout.locations:
        return
    areas = [raster.area for raster in layout.rasters]
    if layout.cells is not None and layout.strips is not None and layout.words is not None:
        whole = layout.strips.unionall([layout.cells, layout.words])
        areas.append(whole)
    for area in areas:
        top = area.top + frame.location * area.height / layout.locations
        high = max(3.0, area.height / layout.locations)
        row = pygame.Rect(area.left - 2, round(top) - 1, area.width + 3, round(high) + 2)
        pygame.draw.rect(surface, TEXT, row, 1)
    step = frame.episode.last_written(frame.location, min(frame.at, len(frame.episode)))
    if step is not None:
        for raster in layout.rasters[:1]:
            x = layout.time_x(raster.area, step)
            y = raster.area.top + (frame.location + 0.5) * raster.area.height / layout.locations
            ring(surface, (x, y), 7 * layout.u, 2 * layout.u, YELLOW)


def draw_help(surface: pygame.Surface, layout: Layout) -> None:
    """Draw the table of keys and what the mouse does over everything."""
    u = layout.u
    shade = pygame.Surface(surface.get_size(), pygame.SRCALPHA, 32)
    shade.fill((6, 8, 12, 190))
    surface.blit(shade, (0, 0))
    rows = [(key.label, str(key.command)) for key in KEYS]
    half = -(-len(rows) // 2)
    lines = half + 2 + len(MOUSE)
    high = min(layout.size[1] - round(24 * u), round((lines + 2.2) * 24 * u))
    page = pygame.Rect(0, 0, min(layout.size[0] - round(24 * u), round(860 * u)), high)
    page.center = (layout.size[0] // 2, layout.size[1] // 2)
    box(surface, page, 12 * u, PANEL, EDGE)
    pitch = (page.height - 28 * u) / (lines + 1)
    size = min(16 * u, pitch * 0.8)
    left, top = page.left + round(28 * u), page.top + 14 * u + pitch / 2
    text(surface, "KEYS", (left, top), size, YELLOW)
    span = (page.width - round(56 * u)) // 2
    for k, (label, meaning) in enumerate(rows):
        x, y = left + (k // half) * span, top + (k % half + 1) * pitch
        _key(surface, (x, y), label, size, u)
        text(surface, meaning, (x + 112 * u, y), size, TEXT, limit=span - 120 * u)
    y = top + (half + 1.4) * pitch
    text(surface, "MOUSE", (left, y), size, YELLOW)
    for k, (what, meaning) in enumerate(MOUSE):
        row = y + (k + 1) * pitch
        text(surface, what, (left, row), size, MUTED)
        text(surface, meaning, (left + span * 0.72, row), size, TEXT, limit=span * 1.2)


def _key(surface: pygame.Surface, position: tuple[float, float], label: str, size: float, u: float) -> None:
    line = pixels(size * 0.9)
    cap = pygame.Rect(0, 0, width(label, line) + round(14 * u), round(line * 1.5))
    cap.midleft = (round(position[0]), round(position[1]))
    box(surface, cap, 5 * u, PANEL_RAISED, EDGE)
    text(surface, label, cap.center, line, TEXT, anchor="center")
