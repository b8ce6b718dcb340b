"""Numbers over time as strips: write, read and usage weightings, and whatever else a core tells."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.fonts import pixels, text, width
from shrdlu_env.viewer.drawing.heat import brightest, diverging, edges, picture, pool, weights
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
from shrdlu_env.viewer.panels.layout import Layout
from shrdlu_env.viewer.panels.rasters import Raster
from shrdlu_env.viewer.recording.episode import Episode
from shrdlu_env.viewer.recording.internals import KNOWN

_FUTURE = 0.35
_COLOURS: dict[str, Colour] = {"write_weighting": WRITE, "usage": USAGE}


def series(episode: Episode, name: str, head: int | None) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weightings [T + 1, N] of a known name and their colours [T + 1, 3]."""
    values = episode.stack(name)
    steps = len(values)
    if head is None:
        return values, np.tile(np.array(_COLOURS.get(name, BLUE), np.float32), (steps, 1))
    values = values[:, head]
    if "read_modes" not in episode.known:
        return values, np.tile(np.array(BLUE, np.float32), (steps, 1))
    return values, mode_colours(episode.stack("read_modes")[:, head])


def mode_colours(modes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Read modes [..., 3] as a mix of the modes' colours [..., 3], sharpened to show the leading one."""
    sharp = np.square(np.clip(modes, 0, 1))
    sharp = sharp / np.maximum(sharp.sum(-1, keepdims=True), 1e-9)
    return np.asarray(sharp @ np.array(MODES, np.float32), np.float32)


@lru_cache(maxsize=32)
def full_weight(episode: Episode, name: str, head: int | None) -> float:
    """What full colour stands for: the largest weight of the episode, for usage all of a location."""
    values = episode.stack(name)
    return 1.0 if name == "usage" else brightest(values if head is None else values[:, head])


@lru_cache(maxsize=32)
def strip_picture(
    episode: Episode, name: str, head: int | None, size: tuple[int, int], horizon: int
) -> pygame.Surface:
    """A whole strip, locations downwards, time to the right; what has not happened yet is empty. Read-only."""
    if name in KNOWN:
        values, colours = series(episode, name, head)
        rows = pool(values.T, size[1])
        rgb = weights(
            rows / full_weight(episode, name, head), np.broadcast_to(colours, (len(rows), *colours.shape))
        )
    else:
        values = episode.stack(name).reshape(len(episode.steps), -1)
        rows = _peaks(values.T, size[1])
        rgb = diverging(rows, max(float(np.abs(values).max()), 1e-9))
    whole = np.empty((len(rows), horizon + 1, 3), np.uint8)
    whole[:] = WELL
    whole[:, : rgb.shape[1]] = rgb[:, : horizon + 1]
    return picture(whole, size)


def _peaks(values: NDArray[np.float32], rows: int) -> NDArray[np.float32]:
    """As `heat.pool`, for numbers of both signs: of neighbours the one farthest from 0."""
    high, low = pool(values, rows), -pool(-values, rows)
    return np.where(high >= -low, high, low)


def draw_strips(surface: pygame.Surface, episode: Episode, t: int, layout: Layout) -> None:
    """Draw the strips, bright up to step `t` and faint after it."""
    u = layout.u
    assert layout.weightings is not None
    panel(surface, layout.weightings, u)
    draw_rasters(surface, layout.rasters, episode, t, layout)
    if layout.unseen:
        names = ", ".join(name.replace("_", " ") for name in layout.unseen)
        at = (layout.weightings.left + 12 * u, layout.weightings.bottom - 12 * u)
        more = f"L shows: {names}" if layout.others else f"no room for: {names}"
        text(surface, more, at, 12 * u, FAINT, limit=layout.weightings.width - 24 * u)


def draw_rasters(
    surface: pygame.Surface, rasters: tuple[Raster, ...], episode: Episode, t: int, layout: Layout
) -> None:
    """Draw strips with what stands above them, bright up to step `t` and faint after it."""
    u, go = layout.u, episode.go_step()
    for raster in rasters:
        _header(surface, raster, episode, t, u)
        bright = strip_picture(episode, raster.name, raster.head, raster.area.size, layout.horizon)
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


def title_of(raster: Raster) -> str:
    """The strip's name as it is written above it."""
    if raster.head is not None:
        return f"READ {raster.head + 1}"
    if raster.name == "write_weighting":
        return "WRITE"
    return raster.name.replace("_", " ").upper()


def _header(surface: pygame.Surface, raster: Raster, episode: Episode, t: int, u: float) -> None:
    """The strip's name and, on the right, the gates or modes of this step."""
    y = raster.header.centery
    limit = raster.header.width
    title = text(surface, title_of(raster), (raster.header.left, y), 13 * u, TEXT, limit=limit, bold=True)
    internals = episode.steps[t].internals
    if internals is None or raster.name not in internals:
        return
    room = raster.header.right - title.right - 10 * u
    if raster.name not in KNOWN:
        now = np.atleast_1d(internals[raster.name])
        words = f"{float(now[0]):.3g}" if now.size == 1 else f"{now.size}, to {float(np.abs(now).max()):.3g}"
        if width(words, pixels(12 * u)) <= room:
            text(surface, words, (raster.header.right, y), 12 * u, MUTED, anchor="right")
        return
    _draw_gauges(surface, raster.header.right, y, _gauges(raster, internals), u, room)


class _Gauge(NamedTuple):
    """A small bar: its name at three lengths, how full it is, its colour."""

    names: tuple[str, str, str]
    share: float
    colour: Colour


_SHORT = tuple(
    (name, short, name[0].upper()) for name, short in zip(MODE_NAMES, ("back", "cont", "forw"), strict=True)
)


def _gauges(raster: Raster, internals: Mapping[str, NDArray[np.float32]]) -> list[_Gauge]:
    """Gates of the writing, modes and free gate of a read head, the mean of the usage."""
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
    return gauges


def _draw_gauges(
    surface: pygame.Surface, right: float, y: float, gauges: list[_Gauge], u: float, room: float
) -> None:
    """Bars with names, right-aligned, with the longest names that fit; the last ones go where none do."""
    size = pixels(12 * u)
    bar_wide, gap = round(20 * u), 9 * u

    def span(length: int) -> float:
        return sum(width(gauge.names[length], size) + bar_wide + 4 * u + gap for gauge in gauges)

    length = next((k for k in range(3) if span(k) <= room), 2)
    while gauges and span(length) > room:
        gauges.pop()
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
