"""A whole episode on one page: the scene in pictures, and below them what was written and read when.

What is asked for, and the locations that keep it, are marked: one sees whether the agent went back to them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.fonts import pixels, text, width
from shrdlu_env.viewer.drawing.heat import edges
from shrdlu_env.viewer.drawing.paint import dot, panel
from shrdlu_env.viewer.drawing.theme import (
    BACKGROUND,
    BLUE,
    EDGE,
    FAINT,
    MODE_NAMES,
    MODES,
    MUTED,
    TEXT,
    WRITE,
    YELLOW,
    Colour,
    unit,
)
from shrdlu_env.viewer.panels.strips import strip_picture
from shrdlu_env.viewer.recording.episode import Episode
from shrdlu_env.viewer.scenes.registry import scene_of
from shrdlu_env.viewer.scenes.scene import Scene

REFERENCE = (1280, 800)
# A read head is at a location where its weighting is at least this, and at marked ones together where this share
# of it lies there: it is then at each that has half an equal part of that.
_READ_FROM, _READ_TOGETHER = 0.3, 0.5


@dataclass(frozen=True)
class Page:
    """Where everything lies.

    Attributes:
        u: pixels per layout unit.
        title, film: the line above, the pictures.
        memory: panel of the strips, None without a memory.
        strips: the write strip, then one for each read head.
        columns: left edges of the steps in the strips, and the right edge of the last.
    """

    u: float
    title: pygame.Rect
    film: pygame.Rect
    memory: pygame.Rect | None
    strips: tuple[pygame.Rect, ...]
    columns: tuple[int, ...]

    def cell(self, strip: int, t: int, location: int, locations: int) -> pygame.Rect:
        """The cell of a location at a step, made high enough to be seen."""
        area = self.strips[strip]
        high = max(area.height / locations, 7 * self.u)
        middle = area.top + (location + 0.5) * area.height / locations
        left, right = self.columns[t], self.columns[t + 1]
        cell = pygame.Rect(left, round(middle - high / 2), right - left, round(high))
        return cell.inflate(2, 2).clip(area.inflate(4, 4))


def arrange_page(episode: Episode, size: tuple[int, int]) -> Page:
    """The layout of the page in a picture of `size` pixels."""
    u = unit(size, REFERENCE)
    margin, gap = round(14 * u), round(10 * u)
    page = pygame.Rect(0, 0, *size).inflate(-2 * margin, -2 * margin)
    title = pygame.Rect(page.left, page.top, page.width, round(40 * u))
    below = page.bottom - title.bottom - gap
    film = pygame.Rect(page.left, title.bottom + gap, page.width, below)
    if "write_weighting" not in episode.known or not len(episode):
        return Page(u, title, film, None, (), ())
    film.height = round(scene_of(episode.view(0)).film_share * below)
    memory = pygame.Rect(page.left, film.bottom + gap, page.width, page.bottom - film.bottom - gap)
    heads = episode.stack("read_weightings").shape[1] if "read_weightings" in episode.known else 0
    inner = pygame.Rect(memory.left + round(110 * u), memory.top + round(56 * u), 0, 0)
    inner.width = memory.right - round(16 * u) - inner.left
    inner.height = memory.bottom - round(44 * u) - inner.top
    pitch = (inner.height + round(8 * u)) / (1 + heads)
    strips = tuple(
        pygame.Rect(inner.left, inner.top + round(k * pitch), inner.width, round(pitch) - round(8 * u))
        for k in range(1 + heads)
    )
    return Page(u, title, film, memory, strips, tuple(edges(len(episode), inner.left, inner.width)))


def draw_storyboard(episode: Episode, size: tuple[int, int] = REFERENCE) -> pygame.Surface:
    """Draw a finished (or any) episode.

    Args:
        episode: the episode.
        size: width and height in pixels.

    Returns:
        A new surface.
    """
    surface = pygame.Surface(size, 0, 32)
    surface.fill(BACKGROUND)
    page = arrange_page(episode, size)
    scene = scene_of(episode.view(0))
    _title(surface, page.title, episode, scene, page.u)
    panel(surface, page.film, page.u)
    scene.draw_film(surface, page.film, episode, page.u)
    if page.memory is not None:
        _memory(surface, page.memory, episode, scene, page)
    return surface


def _title(surface: pygame.Surface, rect: pygame.Rect, episode: Episode, scene: Scene, u: float) -> None:
    summary = scene.summary(episode)
    facts = list(summary.facts)
    if episode.seed is not None:
        facts.append(f"seed {episode.seed}")
    at = (rect.left + 4 * u, rect.centery)
    name = episode.agent or "episode"
    word = text(surface, name, at, 23 * u, TEXT, bold=True, limit=0.4 * rect.width)
    word = text(
        surface, summary.result, (word.right + 16 * u, rect.centery + 1), 19 * u, summary.colour, bold=True
    )
    left = word.right + 18 * u
    said = "  ·  ".join(facts)
    text(surface, said, (left, rect.centery + 1), 16 * u, MUTED, limit=rect.right - left)


def _memory(surface: pygame.Surface, rect: pygame.Rect, episode: Episode, scene: Scene, page: Page) -> None:
    """Write and read strips under an axis that names what each step told."""
    u, columns = page.u, page.columns
    panel(surface, rect, u)
    go, kept = episode.go_step(), scene.kept(episode)
    _axis(surface, page, episode, scene)
    locations = episode.stack("write_weighting").shape[1]
    for k, area in enumerate(page.strips):
        source = ("write_weighting", None) if k == 0 else ("read_weightings", k - 1)
        surface.blit(strip_picture(episode, *source, area.size, len(episode) - 1), area)
        name, colour = ("WRITE", WRITE) if k == 0 else (f"READ {k}", TEXT)
        text(surface, name, (rect.left + 14 * u, area.centery - 8 * u), 15 * u, colour, bold=True)
        note = f"{locations} locations"
        text(surface, note, (rect.left + 14 * u, area.centery + 9 * u), 11 * u, FAINT, limit=100 * u)
        for location in kept:
            middle = area.top + (location + 0.5) * area.height / locations
            dot(surface, (area.left - 7 * u, middle), 3 * u, YELLOW)
        for cell in marked_cells(episode, page, k):
            pygame.draw.rect(surface, YELLOW, cell, max(1, round(1.5 * u)), border_radius=round(3 * u))
        pygame.draw.rect(surface, EDGE, area.inflate(2, 2), 1)
        if go is not None and go < len(episode):
            x = columns[go]
            pygame.draw.line(surface, YELLOW, (x, area.top), (x, area.bottom - 1), max(1, round(u)))
    reads = [(f"read {name}", colour) for name, colour in zip(MODE_NAMES, MODES, strict=True)]
    if "read_modes" not in episode.known:
        reads = [("read", BLUE)]
    _legend(surface, rect, reads if len(page.strips) > 1 else [], scene.kept_note(episode) if kept else "", u)


def marked_cells(episode: Episode, page: Page, strip: int) -> list[pygame.Rect]:
    """Cells of a strip that are framed: where what is asked for was written, or is read from the cue on."""
    kept, locations = scene_of(episode.view(0)).kept(episode), episode.stack("write_weighting").shape[1]
    found = list(kept.items()) if strip == 0 else _reads(episode, strip - 1, sorted(kept))
    return [page.cell(strip, t, location, locations) for location, t in found]


def _reads(episode: Episode, head: int, places: list[int]) -> list[tuple[int, int]]:
    """(location, step) from the cue on where a read head is at one of these locations."""
    go = episode.go_step()
    if go is None or not places:
        return []
    weights = episode.stack("read_weightings")[: len(episode), head][:, places]
    together = weights.sum(1, keepdims=True)
    least = np.where(together >= _READ_TOGETHER, 0.5 * together / len(places), _READ_FROM)
    return [(places[k], int(t)) for t, k in np.argwhere(weights >= np.minimum(least, _READ_FROM)) if t >= go]


def _axis(surface: pygame.Surface, page: Page, episode: Episode, scene: Scene) -> None:
    """Name every step, and every group of steps by a line over them."""
    u, columns, top = page.u, page.columns, page.strips[0].top
    pitch = columns[1] - columns[0]
    ticks = [scene.tick(episode, t) for t in range(len(episode))]
    # Words are kept apart: where they are too long for their columns, in two rows, of the even steps and of the odd.
    size = pixels(min(14 * u, 0.46 * pitch))
    crowded = any(pitch - 3 * u < width(tick.word, size) <= 2 * pitch - 3 * u for tick in ticks)
    room, rows = pitch - 3 * u, (12 * u, 12 * u)
    if crowded:
        room, rows = room + pitch, (9 * u, 9 * u + max(11 * u, size))
    for t, tick in enumerate(ticks):
        middle = (columns[t] + columns[t + 1]) / 2
        if width(tick.word, size) <= room:
            at = (middle, top - rows[t % 2])
            text(surface, tick.word, at, size, tick.colour, anchor="center")
    first, free_from = 0, float(columns[0])
    for t in range(1, len(ticks) + 1):
        tick = ticks[first]
        if t < len(ticks) and ticks[t].group == tick.group:
            continue
        if tick.group:
            left, right = columns[first] + 2, columns[t] - 3
            y = top - round(rows[1] + (10 if crowded else 14) * u)
            pygame.draw.line(surface, tick.group_colour, (left, y), (right, y), max(2, round(3 * u)))
            wide = width(tick.group, pixels(15 * u))
            # A short stretch at the end of its group may carry a longer name to the right.
            free = t == len(ticks) or not ticks[t].group
            if wide <= right - left + (4 * pitch if free else 6 * u):
                # It stays on the page, and off the name before it.
                middle = min(max((left + right) / 2, left + wide / 2), columns[-1] - wide / 2)
                if middle - wide / 2 >= free_from:
                    at = (middle, y - (11 if crowded else 12) * u)
                    said = text(surface, tick.group, at, 15 * u, tick.group_colour, anchor="center")
                    free_from = said.right + 4 * u
        first = t


def _legend(
    surface: pygame.Surface, rect: pygame.Rect, reads: list[tuple[str, Colour]], note: str, u: float
) -> None:
    """What the colours of writes and reads mean, and the note on what is framed."""
    y = rect.bottom - 20 * u
    x = rect.left + 110 * u
    for name, colour in (("written", WRITE), *reads):
        dot(surface, (x, y), 5 * u, colour)
        x = text(surface, name, (x + 11 * u, y), 14 * u, MUTED).right + 22 * u
    if note:
        sample = pygame.Rect(round(x - 6 * u), round(y - 6 * u), round(18 * u), round(12 * u))
        pygame.draw.rect(surface, YELLOW, sample, max(1, round(1.5 * u)), border_radius=round(3 * u))
        text(surface, note, (x + 20 * u, y), 14 * u, YELLOW, limit=rect.right - x - 34 * u)
