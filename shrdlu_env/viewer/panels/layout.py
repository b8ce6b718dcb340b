"""Where everything lies in a window of any size; drawing and the mouse both go by this."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.recording.episode import Episode

REFERENCE = (1280, 800)
SMALLEST = (480, 320)
# Text must stay legible in small windows: panels shrink further than what is written in them.
_SMALLEST_UNIT = 0.75
# Rows of the memory below this height in pixels have no room for words.
_SMALLEST_ROW = 8


@dataclass(frozen=True)
class Raster:
    """One strip of weightings over time.

    Attributes:
        name: name in `episode.INTERNALS`.
        head: read head, None where it is not about one.
        header: line above the strip.
        area: the strip.
    """

    name: str
    head: int | None
    header: pygame.Rect
    area: pygame.Rect


@dataclass(frozen=True)
class Layout:
    """Rectangles in pixels; those of panels that the episode has no data for are None.

    Attributes:
        size: of the window.
        u: pixels per layout unit.
        banner, board, goals, timebar: panels.
        button: the play button.
        track: the line of time inside the time bar.
        actions: action probabilities.
        value: value over time.
        weightings: panel around the rasters.
        rasters: write, read and usage strips, top to bottom.
        memory: panel of the memory.
        cells: the heat map inside it.
        strips: left of it, the current weightings.
        words: right of it, what was written; its width may be 0.
        locations: N, 0 without a memory.
        horizon: steps that the axes of time have room for.
    """

    size: tuple[int, int]
    u: float
    banner: pygame.Rect
    board: pygame.Rect
    goals: pygame.Rect | None
    timebar: pygame.Rect
    button: pygame.Rect
    track: pygame.Rect
    actions: pygame.Rect | None
    value: pygame.Rect | None
    weightings: pygame.Rect | None
    rasters: tuple[Raster, ...]
    memory: pygame.Rect | None
    cells: pygame.Rect | None
    strips: pygame.Rect | None
    words: pygame.Rect | None
    locations: int
    horizon: int

    def time_x(self, rect: pygame.Rect, position: float) -> float:
        """Pixel column of a time on an axis as wide as `rect`: the middle of the observation's cell."""
        return rect.left + (position + 0.5) * rect.width / (self.horizon + 1)

    def time_at(self, rect: pygame.Rect, x: float) -> float:
        """The reverse of `time_x`, kept within the axis."""
        return min(max((x - rect.left) * (self.horizon + 1) / rect.width - 0.5, 0.0), float(self.horizon))

    def location_at(self, position: tuple[int, int], step: int) -> tuple[int, int] | None:
        """Memory location under a pixel and the step whose past is meant; None where there is none."""
        areas = [(raster.area, True) for raster in self.rasters]
        areas += [(rect, False) for rect in (self.cells, self.strips, self.words) if rect is not None]
        for area, timed in areas:
            if area.collidepoint(position):
                row = (position[1] - area.top) * self.locations // area.height
                at = int(self.time_at(area, position[0]) + 0.5) if timed else step
                return int(row), at
        return None


def arrange(size: tuple[int, int], episode: Episode) -> Layout:
    """The layout for a window of `size` pixels and the data that an episode has.

    Smaller windows than `SMALLEST` get the smallest layout, cut off.
    """
    known = episode.known
    locations = episode.stack("memory").shape[1] if "memory" in known else 0
    if not locations and "write_weighting" in known:
        locations = episode.stack("write_weighting").shape[1]
    heads = episode.stack("read_weightings").shape[1] if "read_weightings" in known else 0
    view = episode.view(0)
    size = (max(size[0], SMALLEST[0]), max(size[1], SMALLEST[1]))
    return _arrange(size, known, locations, heads, episode.horizon, "letters" in view)


@lru_cache(maxsize=32)
def _arrange(
    size: tuple[int, int], known: frozenset[str], locations: int, heads: int, horizon: int, goals: bool
) -> Layout:
    u = max(_SMALLEST_UNIT, min(size[0] / REFERENCE[0], size[1] / REFERENCE[1]))
    margin, gap = round(12 * u), round(10 * u)
    window = pygame.Rect(0, 0, *size).inflate(-2 * margin, -2 * margin)
    banner = pygame.Rect(window.left, window.top, window.width, round(58 * u))
    timebar = pygame.Rect(window.left, 0, window.width, round(66 * u))
    timebar.bottom = window.bottom
    button = pygame.Rect(0, 0, round(38 * u), round(38 * u))
    button.center = (timebar.left + round(34 * u), timebar.centery)
    left = button.right + round(18 * u)
    track = pygame.Rect(left, 0, timebar.right - left - round(104 * u), round(12 * u))
    track.centery = timebar.centery + round(9 * u)
    body = pygame.Rect(window.left, banner.bottom + gap, window.width, 0)
    body.height = timebar.top - gap - body.top
    has_agent = bool(known)
    wide = body.width
    if has_agent:
        board_wide = round(min(0.325 * wide, body.height * 0.75))
        goals_wide = round(0.19 * wide) if goals else 0
    else:
        goals_wide = round(0.34 * wide) if goals else 0
        board_wide = wide - goals_wide - (gap if goals else 0)
    board = pygame.Rect(body.left, body.top, board_wide, body.height)
    goal_panel = pygame.Rect(board.right + gap, body.top, goals_wide, body.height) if goals else None
    actions = value = weightings = memory = cells = strips = words = None
    rasters: tuple[Raster, ...] = ()
    if has_agent:
        left = (goal_panel or board).right + gap
        panel = pygame.Rect(left, body.top, body.right - left, body.height)
        top = pygame.Rect(panel.topleft, (panel.width, round(min(158 * u, 0.3 * panel.height))))
        if not locations:
            top.height = panel.height
        both = "probabilities" in known and "value" in known
        if both:
            actions = pygame.Rect(top.topleft, (round(top.width * 0.5) - gap // 2, top.height))
            value = pygame.Rect(actions.right + gap, top.top, top.right - actions.right - gap, top.height)
        elif "probabilities" in known:
            actions = top
        elif "value" in known:
            value = top
        else:
            top.height = -gap
        lower = pygame.Rect(panel.left, top.bottom + gap, panel.width, panel.bottom - top.bottom - gap)
        if locations:
            share = 0.58 if "memory" in known else 1.0
            weightings = pygame.Rect(lower.topleft, (round(lower.width * share), lower.height))
            if "memory" in known:
                weightings.width -= gap // 2
                left = weightings.right + gap
                memory = pygame.Rect(left, lower.top, lower.right - left, lower.height)
                cells, strips, words = _memory_parts(memory, u, heads, locations, known)
            rasters = _rasters(weightings, u, heads, known)
    return Layout(
        size=size,
        u=u,
        banner=banner,
        board=board,
        goals=goal_panel,
        timebar=timebar,
        button=button,
        track=track,
        actions=actions,
        value=value,
        weightings=weightings,
        rasters=rasters,
        memory=memory,
        cells=cells,
        strips=strips,
        words=words,
        locations=locations,
        horizon=max(1, horizon),
    )


def _rasters(panel: pygame.Rect, u: float, heads: int, known: frozenset[str]) -> tuple[Raster, ...]:
    """Strips of equal height that fill the panel."""
    names: list[tuple[str, int | None]] = []
    if "write_weighting" in known:
        names.append(("write_weighting", None))
    names += [("read_weightings", head) for head in range(heads)]
    if "usage" in known:
        names.append(("usage", None))
    inner = panel.inflate(-round(24 * u), -round(14 * u))
    if not names:
        return ()
    pitch = (inner.height + round(3 * u)) / len(names)
    header = round(20 * u)
    strips = []
    for k, (name, head) in enumerate(names):
        top = inner.top + round(k * pitch)
        area = pygame.Rect(
            inner.left, top + header, inner.width, max(4, round(pitch) - header - round(5 * u))
        )
        strips.append(Raster(name, head, pygame.Rect(inner.left, top, inner.width, header), area))
    return tuple(strips)


def _memory_parts(
    panel: pygame.Rect, u: float, heads: int, locations: int, known: frozenset[str]
) -> tuple[pygame.Rect, pygame.Rect, pygame.Rect]:
    """Heat map, current weightings to its left, what was written to its right."""
    inner = panel.inflate(-round(24 * u), 0)
    inner.top = panel.top + round(42 * u)
    inner.height = panel.bottom - round(12 * u) - inner.top
    count = ("write_weighting" in known) + heads + ("usage" in known)
    strips = pygame.Rect(inner.left, inner.top, round(11 * u) * count, inner.height)
    legible = inner.width > 190 * u and inner.height / locations >= _SMALLEST_ROW
    words_wide = round(44 * u) if legible and "write_weighting" in known else 0
    left = strips.right + (round(5 * u) if count else 0)
    cells = pygame.Rect(left, inner.top, inner.right - words_wide - left, inner.height)
    words = pygame.Rect(cells.right, inner.top, words_wide, inner.height)
    return cells, strips, words
