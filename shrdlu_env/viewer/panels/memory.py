"""What the memory holds and who touches it: weightings over time, the memory now, its links."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.fonts import text, width
from shrdlu_env.viewer.drawing.heat import diverging, edges, picture, pool, weights
from shrdlu_env.viewer.drawing.paint import box, panel
from shrdlu_env.viewer.drawing.theme import (
    BLUE,
    FAINT,
    MODE_NAMES,
    MODES,
    MUTED,
    PANEL,
    PANEL_RAISED,
    TEXT,
    USAGE,
    WELL,
    WRITE,
    YELLOW,
    Colour,
    mix,
)
from shrdlu_env.viewer.panels.layout import Layout, Raster
from shrdlu_env.viewer.recording.episode import Episode, caption

_FUTURE = 0.35


def _series(episode: Episode, raster: Raster) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """A raster's weightings [T + 1, N] and their colours [T + 1, 3]."""
    values = episode.stack(raster.name)
    steps = len(values)
    if raster.head is None:
        colour = WRITE if raster.name == "write_weighting" else USAGE
        return values, np.tile(np.array(colour, np.float32), (steps, 1))
    values = values[:, raster.head]
    if "read_modes" not in episode.known:
        return values, np.tile(np.array(BLUE, np.float32), (steps, 1))
    return values, mode_colours(episode.stack("read_modes")[:, raster.head])


def mode_colours(modes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Read modes [..., 3] as a mix of the modes' colours [..., 3], sharpened to show the leading one."""
    sharp = modes**2
    sharp = sharp / np.maximum(sharp.sum(-1, keepdims=True), 1e-9)
    return np.asarray(sharp @ np.array(MODES, np.float32), np.float32)


def raster_picture(episode: Episode, raster: Raster, horizon: int) -> pygame.Surface:
    """A whole strip, locations downwards, time to the right; what has not happened yet is empty."""
    values, colours = _series(episode, raster)
    rows = pool(values.T, raster.area.height)
    rgb = weights(rows, np.broadcast_to(colours, (len(rows), *colours.shape)))
    whole = np.empty((len(rows), horizon + 1, 3), np.uint8)
    whole[:] = WELL
    whole[:, : rgb.shape[1]] = rgb[:, : horizon + 1]
    return picture(whole, raster.area.size)


def draw_weightings(surface: pygame.Surface, episode: Episode, t: int, layout: Layout) -> None:
    """Draw the strips of write, read and usage weightings, bright up to step `t` and faint after it."""
    u = layout.u
    assert layout.weightings is not None
    panel(surface, layout.weightings, u)
    go = episode.go_step()
    for raster in layout.rasters:
        _raster_header(surface, raster, episode, t, u)
        bright = raster_picture(episode, raster, layout.horizon)
        area = raster.area
        now = edges(layout.horizon + 1, 0, area.width)[t + 1]
        surface.blit(bright, area, (0, 0, now, area.height))
        future = bright.subsurface((now, 0, area.width - now, area.height)).copy()
        share = round(255 * _FUTURE)
        future.fill((share, share, share), special_flags=pygame.BLEND_RGB_MULT)
        surface.blit(future, (area.left + now, area.top))
        if go is not None:
            x = edges(layout.horizon + 1, area.left, area.width)[go]
            pygame.draw.line(surface, mix(PANEL, YELLOW, 0.6), (x, area.top), (x, area.bottom - 1))
        x0, x1 = edges(layout.horizon + 1, area.left, area.width)[t : t + 2]
        pygame.draw.rect(surface, MUTED, (x0 - 1, area.top - 1, x1 - x0 + 2, area.height + 2), 1)


def _raster_header(surface: pygame.Surface, raster: Raster, episode: Episode, t: int, u: float) -> None:
    """The strip's name and, on the right, the gates or modes of this step."""
    y = raster.header.centery
    titles = {"write_weighting": "WRITE", "usage": "USAGE"}
    title = titles.get(raster.name) or f"READ {(raster.head or 0) + 1}"
    written = text(surface, title, (raster.header.left, y), 14 * u, MUTED)
    internals = episode.steps[t].internals
    if internals is None:
        return
    gauges: list[_Gauge] = []
    if raster.name == "write_weighting":
        for names, key in (
            (("write gate", "gate", "gate"), "write_gate"),
            (("allocation", "alloc", "alloc"), "allocation_gate"),
        ):
            if key in internals:
                gauges.append(_Gauge(names, float(internals[key]), WRITE))
    elif raster.head is not None:
        if "read_modes" in internals:
            modes = internals["read_modes"][raster.head]
            gauges += [_Gauge(_SHORT[k], float(modes[k]), MODES[k]) for k in range(3)]
        if "free_gates" in internals:
            free = float(internals["free_gates"][raster.head])
            gauges.append(_Gauge(("free", "free", "free"), free, USAGE))
    else:
        gauges.append(_Gauge(("in use", "in use", "in use"), float(internals["usage"].mean()), USAGE))
    _draw_gauges(surface, raster.header.right, y, gauges, u, raster.header.right - written.right - 10 * u)


class _Gauge(NamedTuple):
    """A small bar: its name at three lengths, how full it is, its colour."""

    names: tuple[str, str, str]
    share: float
    colour: Colour


_SHORT = tuple(
    (name, short, name[0].upper()) for name, short in zip(MODE_NAMES, ("back", "cont", "forw"), strict=True)
)


def _draw_gauges(
    surface: pygame.Surface, right: float, y: float, gauges: list[_Gauge], u: float, room: float
) -> None:
    """Bars with names, right-aligned, with the longest names that fit."""
    size = max(9, round(12 * u))
    bar_wide, gap = round(20 * u), 9 * u
    length = 2
    for length in range(3):
        if sum(width(gauge.names[length], size) + bar_wide + 4 * u + gap for gauge in gauges) <= room:
            break
    for gauge in reversed(gauges):
        bar = pygame.Rect(round(right - bar_wide), round(y - 4 * u), bar_wide, max(4, round(8 * u)))
        box(surface, bar, 3 * u, PANEL_RAISED)
        fill = bar.copy()
        fill.width = round(bar.width * min(1.0, max(0.0, gauge.share)))
        if fill.width > 1:
            box(surface, fill, 3 * u, gauge.colour)
        ink = mix(MUTED, gauge.colour, 0.6)
        word = text(surface, gauge.names[length], (bar.left - 4 * u, y), size, ink, anchor="right")
        right = word.left - gap


def draw_memory(
    surface: pygame.Surface, episode: Episode, t: int, layout: Layout, links: bool, hidden: bool
) -> None:
    """Draw the memory of step `t` or its links, with weightings and, unless `hidden`, what was written."""
    u = layout.u
    assert layout.memory is not None
    assert layout.cells is not None
    panel(surface, layout.memory, u)
    title = (layout.memory.left + 12 * u, layout.memory.top + 15 * u)
    show_links = links and "link" in episode.known
    values = episode.stack("link" if show_links else "memory")
    _, rows, columns = values.shape
    text(surface, "LINKS" if show_links else "MEMORY", title, 14 * u, MUTED)
    note = "row written after column" if show_links else f"{rows} x {columns}"
    position = (layout.memory.right - 12 * u, title[1])
    text(surface, note, position, 12 * u, FAINT, anchor="right", limit=layout.memory.width - 90 * u)
    cells = layout.cells
    if show_links:
        rgb = weights(values[t], np.array(MODES[2], np.float32))
    else:
        rgb = diverging(values[t], _scale(episode))
    surface.blit(picture(rgb, cells.size), cells)
    _strips(surface, episode, t, layout)
    if not hidden:
        _words(surface, episode, t, layout)


@lru_cache(maxsize=8)
def _scale(episode: Episode) -> float:
    """The memory's largest number, outliers aside: one for all steps, so that brightness compares."""
    return float(np.percentile(np.abs(episode.stack("memory")), 99.5))


def _strips(surface: pygame.Surface, episode: Episode, t: int, layout: Layout) -> None:
    """Current weightings as one column of cells each: write, read heads, usage."""
    assert layout.strips is not None
    u, left = layout.u, layout.strips.left
    for raster in layout.rasters:
        values, colours = _series(episode, raster)
        rgb = weights(values[t][:, None], colours[t])
        wide = round(11 * u)
        surface.blit(
            picture(rgb, (wide - max(1, round(2 * u)), layout.strips.height)), (left, layout.strips.top)
        )
        label = (
            "w" if raster.name == "write_weighting" else "u" if raster.head is None else str(raster.head + 1)
        )
        middle = (left + wide / 2 - u, layout.strips.top - 8 * u)
        text(surface, label, middle, 11 * u, MUTED, anchor="center")
        left += wide


def _words(surface: pygame.Surface, episode: Episode, t: int, layout: Layout) -> None:
    """Beside every location the constraint with which it was last written, where rows are high enough."""
    words = layout.words
    if words is None or not words.width:
        return
    pitch = words.height / layout.locations
    text(surface, "written", (words.left + 6 * layout.u, words.top - 8 * layout.u), 11 * layout.u, MUTED)
    for location in range(layout.locations):
        step = episode.last_written(location, t)
        if step is not None:
            y = words.top + (location + 0.5) * pitch
            colour = TEXT if step == t else MUTED
            size = min(12 * layout.u, pitch)
            text(surface, caption(episode.view(step)), (words.left + 6 * layout.u, y), size, colour)
