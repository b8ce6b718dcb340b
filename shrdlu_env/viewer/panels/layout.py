"""Where everything lies in a window of any size; drawing and the mouse both go by this."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.panels.contents import Contents, contents_of
from shrdlu_env.viewer.panels.rasters import WEIGHTINGS, Raster, stack
from shrdlu_env.viewer.recording.episode import Episode

REFERENCE = (1280, 800)
SMALLEST = (480, 320)
# Smaller windows show the scene without the agent's insides.
_ROOMY = (700, 450)
# Text must stay legible in small windows: panels shrink further than what is written in them.
_SMALLEST_UNIT = 0.75
# Rows of the memory below this height in pixels have no room for words.
_SMALLEST_ROW = 11
# Panels narrower than this many pixels are left out and leave their room to a neighbour.
_NARROW = 136


@dataclass(frozen=True)
class Layout:
    """Rectangles in pixels; those of panels that there is no data or no room for are None.

    Attributes:
        size: of the window.
        u: pixels per layout unit.
        banner, scene, side, timebar: panels.
        button: the play button.
        track: the line of time inside the time bar.
        actions: action probabilities.
        value: value over time.
        weightings: panel around the rasters.
        rasters: write, read and usage strips, then those of other names, top to bottom.
        unseen: names of strips that found no room.
        memory: panel of the memory and of other tables.
        cells: the heat map inside it.
        strips: left of it, the current weightings.
        words: right of it, what was written; its width may be 0.
        others: in the panel of the memory, the strips of the page that shows no table.
        locations: N, 0 without a memory.
        horizon: steps that the axes of time have room for.
    """

    size: tuple[int, int]
    u: float
    banner: pygame.Rect
    scene: pygame.Rect
    side: pygame.Rect | None
    timebar: pygame.Rect
    button: pygame.Rect
    track: pygame.Rect
    actions: pygame.Rect | None
    value: pygame.Rect | None
    weightings: pygame.Rect | None
    rasters: tuple[Raster, ...]
    unseen: tuple[str, ...]
    memory: pygame.Rect | None
    cells: pygame.Rect | None
    strips: pygame.Rect | None
    words: pygame.Rect | None
    others: tuple[Raster, ...]
    locations: int
    horizon: int

    def time_x(self, rect: pygame.Rect, position: float) -> float:
        """Pixel column of a time on an axis as wide as `rect`: the middle of the observation's cell."""
        return rect.left + (position + 0.5) * rect.width / (self.horizon + 1)

    def time_at(self, rect: pygame.Rect, x: float) -> float:
        """The reverse of `time_x`, kept within the axis."""
        return min(max((x - rect.left) * (self.horizon + 1) / rect.width - 0.5, 0.0), float(self.horizon))

    def location_at(self, position: tuple[int, int], table: bool = True) -> int | None:
        """Memory location under a pixel, None where there is none; `table` is whether the memory's panel shows them."""
        areas = [raster.area for raster in self.located]
        areas += [rect for rect in (self.cells, self.strips, self.words) if table and rect is not None]
        for area in areas:
            if area.collidepoint(position):
                return int((position[1] - area.top) * self.locations // area.height)
        return None

    @property
    def located(self) -> tuple[Raster, ...]:
        """The rasters whose rows are memory locations."""
        return tuple(r for r in self.rasters if r.name in WEIGHTINGS) if self.locations else ()


class _Insides(NamedTuple):
    """The part of a layout that shows an agent's insides."""

    actions: pygame.Rect | None = None
    value: pygame.Rect | None = None
    weightings: pygame.Rect | None = None
    rasters: tuple[Raster, ...] = ()
    unseen: tuple[str, ...] = ()
    memory: pygame.Rect | None = None
    cells: pygame.Rect | None = None
    strips: pygame.Rect | None = None
    words: pygame.Rect | None = None
    others: tuple[Raster, ...] = ()


def arrange(size: tuple[int, int], episode: Episode) -> Layout:
    """The layout for a window of `size` pixels and the data that an episode has.

    Smaller windows than `SMALLEST` get the smallest layout, cut off.
    """
    size = (max(size[0], SMALLEST[0]), max(size[1], SMALLEST[1]))
    return _arrange(size, contents_of(episode), max(1, episode.horizon))


@lru_cache(maxsize=32)
def _arrange(size: tuple[int, int], contents: Contents, horizon: int) -> Layout:
    u = max(_SMALLEST_UNIT, min(size[0] / REFERENCE[0], size[1] / REFERENCE[1]))
    margin, gap = round(12 * u), round(10 * u)
    window = pygame.Rect(0, 0, *size).inflate(-2 * margin, -2 * margin)
    banner = pygame.Rect(window.left, window.top, window.width, round(58 * u))
    timebar = pygame.Rect(window.left, 0, window.width, round(66 * u))
    timebar.bottom = window.bottom
    button = pygame.Rect(0, 0, round(38 * u), round(38 * u))
    button.center = (timebar.left + round(34 * u), timebar.centery)
    left = button.right + round(18 * u)
    track = pygame.Rect(left, 0, timebar.right - left - round(118 * u), round(12 * u))
    track.centery = timebar.centery + round(9 * u)
    body = pygame.Rect(window.left, banner.bottom + gap, window.width, 0)
    body.height = timebar.top - gap - body.top
    roomy = size[0] >= _ROOMY[0] and size[1] >= _ROOMY[1]
    shown = contents.has_insides and roomy
    scene, side, rest = _split(body, gap, contents, shown)
    insides = _Insides()
    if shown and contents.wide:
        scene, insides = _below(scene, rest, u, gap, contents)
    elif shown:
        insides = _beside(rest, u, gap, contents)
    return Layout(
        size=size,
        u=u,
        banner=banner,
        scene=scene,
        side=side,
        timebar=timebar,
        button=button,
        track=track,
        locations=contents.locations if shown else 0,
        horizon=horizon,
        **insides._asdict(),
    )


def _split(
    body: pygame.Rect, gap: int, contents: Contents, shown: bool
) -> tuple[pygame.Rect, pygame.Rect | None, pygame.Rect]:
    """The scene, the panel beside it and what is left for the agent's insides."""
    if shown and contents.wide:
        scene = pygame.Rect(body.topleft, (body.width, round(0.42 * body.height)))
        return (
            scene,
            None,
            pygame.Rect(body.left, scene.bottom + gap, body.width, body.bottom - scene.bottom - gap),
        )
    if shown:
        # A scene without a panel beside it has its words within itself.
        share, most = (0.325, 0.75) if contents.side else (0.42, 1.0)
        wide = round(min(share * body.width, most * body.height))
        beside = round(0.19 * body.width)
    else:
        beside = round(0.34 * body.width)
        wide = body.width - (beside + gap if contents.side else 0)
    scene = pygame.Rect(body.left, body.top, wide, body.height)
    side = pygame.Rect(scene.right + gap, body.top, beside, body.height) if contents.side else None
    left = (side or scene).right + gap
    return scene, side, pygame.Rect(left, body.top, body.right - left, body.height)


def _below(
    scene: pygame.Rect, rest: pygame.Rect, u: float, gap: int, contents: Contents
) -> tuple[pygame.Rect, _Insides]:
    """Insides below a wide scene; actions and value stand at its right end."""
    actions = value = None
    if "probabilities" in contents.known or "value" in contents.known:
        scene = pygame.Rect(scene.topleft, (round(0.72 * scene.width), scene.height))
        column = pygame.Rect(scene.right + gap, scene.top, rest.right - scene.right - gap, scene.height)
        actions, value = _decision(column, gap, contents, stacked=True)
    return scene, _memory(rest, u, gap, contents)._replace(actions=actions, value=value)


def _beside(rest: pygame.Rect, u: float, gap: int, contents: Contents) -> _Insides:
    """Insides right of the scene; actions and value above the memory."""
    lower = bool(contents.strips or contents.sheets)
    top = pygame.Rect(rest.topleft, (rest.width, rest.height))
    if lower:
        top.height = round(min(158 * u, 0.32 * rest.height))
    actions, value = _decision(top, gap, contents, stacked=not lower)
    below = rest.copy()
    if actions is not None or value is not None:
        below.top, below.height = top.bottom + gap, rest.bottom - top.bottom - gap
    insides = _memory(below, u, gap, contents) if lower else _Insides()
    return insides._replace(actions=actions, value=value)


def _decision(
    area: pygame.Rect, gap: int, contents: Contents, *, stacked: bool
) -> tuple[pygame.Rect | None, pygame.Rect | None]:
    """Actions and value in `area`, side by side or one below the other; the value gives way."""
    has_actions, has_value = "probabilities" in contents.known, "value" in contents.known
    if has_actions and has_value:
        if stacked:
            actions = pygame.Rect(area.topleft, (area.width, (area.height - gap) // 2))
            value = pygame.Rect(
                area.left, actions.bottom + gap, area.width, area.bottom - actions.bottom - gap
            )
        else:
            actions = pygame.Rect(area.topleft, ((area.width - gap) // 2, area.height))
            value = pygame.Rect(actions.right + gap, area.top, area.right - actions.right - gap, area.height)
        if value.width >= _NARROW and value.height >= 70:
            return actions, value
        return area, None
    return (area if has_actions else None), (area if has_value else None)


def _memory(area: pygame.Rect, u: float, gap: int, contents: Contents) -> _Insides:
    """Strips over time, and the memory or another table right of them."""
    weightings = memory = cells = strips = words = None
    others: tuple[Raster, ...] = ()
    tables = bool(contents.sheets)
    if contents.strips and tables and round(0.42 * area.width) - gap < _NARROW:
        tables = False
    share = 0.58 if tables else 1.0
    if contents.strips:
        weightings = pygame.Rect(area.topleft, (round(area.width * share), area.height))
    if tables:
        if weightings is not None:
            weightings.width -= gap // 2
        left = weightings.right + gap if weightings is not None else area.left
        memory = pygame.Rect(left, area.top, area.right - left, area.height)
        cells, strips, words = _memory_parts(memory, u, contents)
        page = pygame.Rect(
            memory.left, memory.top + round(24 * u), memory.width, memory.height - round(24 * u)
        )
        others = stack(page, u, contents.others)[0] if contents.others else ()
    rasters, unseen = stack(weightings, u, contents.strips) if weightings is not None else ((), ())
    return _Insides(None, None, weightings, rasters, unseen, memory, cells, strips, words, others)


def _memory_parts(
    panel: pygame.Rect, u: float, contents: Contents
) -> tuple[pygame.Rect, pygame.Rect, pygame.Rect]:
    """Heat map, current weightings to its left, what was written to its right."""
    inner = panel.inflate(-round(24 * u), 0)
    inner.top = panel.top + round(42 * u)
    inner.height = panel.bottom - round(12 * u) - inner.top
    wide = strip_width(u)
    count = contents.columns if inner.width > 12 * wide else 0
    strips = pygame.Rect(inner.left, inner.top, wide * count, inner.height)
    legible = contents.locations and inner.height / contents.locations >= _SMALLEST_ROW
    words_wide = 0
    if legible and inner.width > 190 * u and "write_weighting" in contents.known:
        words_wide = max(48, round(56 * u))
    left = strips.right + (round(5 * u) if count else 0)
    cells = pygame.Rect(left, inner.top, inner.right - words_wide - left, inner.height)
    words = pygame.Rect(cells.right, inner.top, words_wide, inner.height)
    return cells, strips, words


def strip_width(u: float) -> int:
    """Width in pixels of one column of current weightings."""
    return max(11, round(12 * u))
