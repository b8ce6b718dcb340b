"""What the memory holds now, its links, or another table that a core tells; beside it who touches it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.fonts import pixels, text, width
from shrdlu_env.viewer.drawing.heat import diverging, picture, weights
from shrdlu_env.viewer.drawing.paint import panel
from shrdlu_env.viewer.drawing.theme import FAINT, MODES, MUTED, TEXT
from shrdlu_env.viewer.panels.contents import MEMORY, OTHERS, by_location, sheets_of, shown_sheet
from shrdlu_env.viewer.panels.layout import Layout, strip_width
from shrdlu_env.viewer.panels.strips import draw_rasters, full_weight, series
from shrdlu_env.viewer.recording.episode import Episode
from shrdlu_env.viewer.scenes.registry import scene_of

_TITLES = {MEMORY: "MEMORY", "link": "LINKS"}
_NOTES = {"link": "row written after column", OTHERS: ""}


def draw_memory(
    surface: pygame.Surface, episode: Episode, t: int, layout: Layout, sheet: str, hidden: bool
) -> None:
    """Draw the memory of step `t` or another table.

    Args:
        surface: what to draw on.
        episode: the episode.
        t: step.
        layout: where.
        sheet: name of the table, "" for the first.
        hidden: leave out what was written, which an agent could not know.
    """
    u = layout.u
    assert layout.memory is not None
    assert layout.cells is not None
    panel(surface, layout.memory, u)
    name = shown_sheet(episode, sheet)
    if name == OTHERS:
        _title(surface, layout.memory, name, (), episode, u)
        draw_rasters(surface, layout.others, episode, t, layout)
        return
    values = episode.stack(name)
    _title(surface, layout.memory, name, values.shape[1:], episode, u)
    cells = layout.cells
    if name == "link":
        rgb = weights(values[t] / full_weight(episode, name, None), np.array(MODES[2], np.float32))
    else:
        rgb = diverging(values[t], _scale(episode, name))
    surface.blit(picture(rgb, cells.size), cells)
    if not by_location(episode, name):
        return
    _columns(surface, episode, t, layout)
    if not hidden:
        _words(surface, episode, t, layout)


def _title(
    surface: pygame.Surface, rect: pygame.Rect, name: str, shape: tuple[int, ...], episode: Episode, u: float
) -> None:
    """The table's name, what its rows are, and that L shows others."""
    y = rect.top + 15 * u
    title = _TITLES.get(name, name.replace("_", " ").upper())
    word = text(surface, title, (rect.left + 12 * u, y), 13 * u, TEXT, limit=rect.width - 24 * u, bold=True)
    note = _NOTES.get(name, " x ".join(map(str, shape)))
    if len(sheets_of(episode)) > 1:
        note = f"{note}  L: more".strip()
    if width(note, pixels(12 * u)) <= rect.right - 22 * u - word.right:
        text(surface, note, (rect.right - 12 * u, y), 12 * u, FAINT, anchor="right")


@lru_cache(maxsize=16)
def _scale(episode: Episode, name: str) -> float:
    """The table's largest number, outliers aside: one for all steps, so that brightness compares."""
    return float(np.percentile(np.abs(episode.stack(name)), 99.5))


def _columns(surface: pygame.Surface, episode: Episode, t: int, layout: Layout) -> None:
    """Current weightings as one column of cells each: write, read heads, usage."""
    assert layout.strips is not None
    if not layout.strips.width:
        return
    u, left, wide = layout.u, layout.strips.left, strip_width(layout.u)
    for raster in layout.located:
        values, colours = series(episode, raster.name, raster.head)
        now: NDArray[np.float32] = values[t][:, None]
        rgb = weights(now / full_weight(episode, raster.name, raster.head), colours[t])
        size = (wide - max(1, round(2 * u)), layout.strips.height)
        surface.blit(picture(rgb, size), (left, layout.strips.top))
        label = (
            "w" if raster.name == "write_weighting" else "u" if raster.head is None else str(raster.head + 1)
        )
        text(surface, label, (left + wide / 2 - u, layout.strips.top - 8 * u), 12 * u, MUTED, anchor="center")
        left += wide


def _words(surface: pygame.Surface, episode: Episode, t: int, layout: Layout) -> None:
    """Beside every location the words with which it was last written, where rows are high enough."""
    words = layout.words
    if words is None or not words.width:
        return
    pitch = words.height / layout.locations
    room, x = words.width - 6 * layout.u, words.left + 6 * layout.u
    text(surface, "written", (x, words.top - 8 * layout.u), 12 * layout.u, MUTED, limit=room + 8 * layout.u)
    scene = scene_of(episode.view(0))
    for location in range(layout.locations):
        step = episode.last_written(location, t)
        if step is not None:
            y = words.top + (location + 0.5) * pitch
            colour = TEXT if step == t else MUTED
            text(surface, scene.caption(episode.view(step)), (x, y), 12 * layout.u, colour, limit=room)
