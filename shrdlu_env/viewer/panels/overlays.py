"""What lies over the panels: the pointed-at memory location, the first screen, the page of keys."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.fonts import pixels, text, width, wrap
from shrdlu_env.viewer.drawing.paint import box, ring
from shrdlu_env.viewer.drawing.theme import EDGE, MUTED, PANEL, PANEL_RAISED, TEXT, YELLOW
from shrdlu_env.viewer.panels.contents import by_location
from shrdlu_env.viewer.panels.keys import KEYS, MOUSE
from shrdlu_env.viewer.panels.layout import Layout
from shrdlu_env.viewer.recording.episode import Episode
from shrdlu_env.viewer.recording.frame import Frame
from shrdlu_env.viewer.scenes.registry import scene_of
from shrdlu_env.viewer.scenes.scene import Scene

_HELP = "H shows all keys and the rules."


def location_note(frame: Frame, layout: Layout) -> str:
    """What holds of the pointed-at location at the step shown: weights now, when and with what it was written."""
    if frame.location is None:
        return ""
    strips = tuple((raster.name, raster.head) for raster in layout.located)
    return _note(frame.episode, frame.looked, frame.location, strips, frame.hidden)


@lru_cache(maxsize=64)
def _note(
    episode: Episode, t: int, location: int, strips: tuple[tuple[str, int | None], ...], hidden: bool
) -> str:
    parts = []
    step = episode.last_written(location, t)
    if step is not None:
        words = "" if hidden else f" ({scene_of(episode.view(step)).caption(episode.view(step))})"
        parts.append(f"written at step {step}{words}")
    elif "write_weighting" in episode.known:
        parts.append("not written yet")
    if episode.has_internals(t):
        for name, head in strips:
            values = episode.stack(name)[t]
            weight = float((values if head is None else values[head])[location])
            short = f"read {head + 1}" if head is not None else name.removesuffix("_weighting")
            parts.append(f"{short} {weight:.2f}")
    return f"location {location + 1} at step {t}: {', '.join(parts)}"


def draw_location(surface: pygame.Surface, frame: Frame, layout: Layout) -> None:
    """Mark the pointed-at location in every strip and in the memory, and when it was written."""
    if frame.location is None or not layout.locations:
        return
    areas = [raster.area for raster in layout.located]
    table = by_location(frame.episode, frame.sheet)
    if table and layout.cells is not None and layout.strips is not None and layout.words is not None:
        areas.append(layout.strips.unionall([layout.cells, layout.words]))
    for area in areas:
        top = area.top + frame.location * area.height / layout.locations
        high = max(3.0, area.height / layout.locations)
        row = pygame.Rect(area.left - 2, round(top) - 1, area.width + 3, round(high) + 2)
        pygame.draw.rect(surface, TEXT, row, 1)
    step = frame.episode.last_written(frame.location, frame.looked)
    if step is not None:
        for raster in layout.located[:1]:
            x = layout.time_x(raster.area, step)
            y = raster.area.top + (frame.location + 0.5) * raster.area.height / layout.locations
            ring(surface, (x, y), 7 * layout.u, 2 * layout.u, YELLOW)


def draw_welcome(
    surface: pygame.Surface, rect: pygame.Rect, lines: Sequence[str], u: float, *, low: bool
) -> None:
    """Draw the first screen: a card in the scene that says how to begin and where help is.

    It lies at the lower end where `low`, else at the upper one.
    """
    size = pixels(15 * u)
    wide = min(rect.width - round(16 * u), round(620 * u))
    pad = round(14 * u)
    wrapped = [line for string in (*lines, _HELP) for line in wrap(string, size, wide - 2 * pad)]
    pitch = round(size * 1.45)
    card = pygame.Rect(0, 0, wide, len(wrapped) * pitch + 2 * pad)
    card.midtop = (rect.centerx, rect.top + round(8 * u))
    if low and card.height < rect.height:
        card.bottom = rect.bottom - round(8 * u)
    box(surface, card, 10 * u, PANEL_RAISED, YELLOW)
    for k, line in enumerate(wrapped):
        at = (card.left + pad, card.top + pad + (k + 0.5) * pitch)
        text(surface, line, at, size, TEXT, limit=card.width - 2 * pad)


def draw_help(surface: pygame.Surface, layout: Layout, scene: Scene) -> None:
    """Draw the rules of the world, the table of keys and what the mouse does over everything."""
    u = layout.u
    shade = pygame.Surface(surface.get_size(), pygame.SRCALPHA, 32)
    shade.fill((6, 8, 12, 205))
    surface.blit(shade, (0, 0))
    page = pygame.Rect(0, 0, min(layout.size[0] - 16, round(1000 * u)), layout.size[1] - 16)
    inner = page.inflate(-round(48 * u), -round(20 * u))
    keys = [(key.label, str(key.command)) for key in KEYS]
    mouse = [*scene.mouse, *MOUSE]
    # As large as everything fits; headings count as lines.
    for size in range(pixels(16 * u), pixels(1) - 1, -1):
        rules = [line for rule in scene.rules for line in wrap(rule, size, inner.width)]
        half = -(-len(keys) // 2)
        lines = len(rules) + half + len(mouse) + 3
        if lines * size * 1.45 <= inner.height:
            break
    pitch = min(size * 1.62, inner.height / lines)
    page.height = min(page.height, round(pitch * lines + 36 * u))
    page.center = (layout.size[0] // 2, layout.size[1] // 2)
    box(surface, page, 12 * u, PANEL, EDGE)
    left, room = page.left + round(24 * u), page.width - round(48 * u)
    y = page.top + (page.height - pitch * lines) / 2 + pitch / 2
    text(surface, scene.title.upper(), (left, y), size, YELLOW, bold=True)
    for line in rules:
        y += pitch
        text(surface, line, (left, y), size, TEXT, limit=room)
    y += pitch
    text(surface, "KEYS", (left, y), size, YELLOW, bold=True)
    span = room // 2
    lead = max(width(label, pixels(size * 0.9)) for label, _ in keys) + round(26 * u)
    for k, (label, meaning) in enumerate(keys):
        x, row = left + (k // half) * span, y + (k % half + 1) * pitch
        _key(surface, (x, row), label, size, pitch, u)
        text(surface, meaning, (x + lead, row), size, TEXT, limit=span - lead - 8 * u)
    y += (half + 1) * pitch
    text(surface, "MOUSE", (left, y), size, YELLOW, bold=True)
    lead = max(width(what, size) for what, _ in mouse) + round(24 * u)
    for what, meaning in mouse:
        y += pitch
        text(surface, what, (left, y), size, MUTED)
        text(surface, meaning, (left + lead, y), size, TEXT, limit=room - lead)


def _key(
    surface: pygame.Surface, position: tuple[float, float], label: str, size: float, pitch: float, u: float
) -> None:
    line = pixels(size * 0.9)
    cap = pygame.Rect(0, 0, width(label, line) + round(14 * u), min(round(line * 1.5), round(pitch) - 2))
    cap.midleft = (round(position[0]), round(position[1]))
    box(surface, cap, 5 * u, PANEL_RAISED, EDGE)
    text(surface, label, cap.center, line, TEXT, anchor="center")
