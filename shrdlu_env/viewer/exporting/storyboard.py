"""A whole episode on one page: the boards in a row, and below them what was written and read when.

The chosen goal's steps and locations are marked: one sees whether the agent went back to them at the cue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
    GREEN,
    MODE_NAMES,
    MODES,
    MUTED,
    TEXT,
    WRITE,
    YELLOW,
    Colour,
    mix,
    unit,
)
from shrdlu_env.viewer.panels.layout import Raster
from shrdlu_env.viewer.panels.memory import raster_picture
from shrdlu_env.viewer.recording.episode import Episode, caption
from shrdlu_env.viewer.scenes.blocks.board import draw_board
from shrdlu_env.viewer.scenes.blocks.findings import chosen_locations

REFERENCE = (1280, 800)
_MOST_BOARDS = 9
# A read head is at a location where its weighting is at least this.
_READ_FROM = 0.3


@dataclass(frozen=True)
class Page:
    """Where everything lies.

    Attributes:
        u: pixels per layout unit.
        title, film: the line above, the boards.
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
    film.height = round(0.36 * below)
    memory = pygame.Rect(page.left, film.bottom + gap, page.width, page.bottom - film.bottom - gap)
    heads = episode.stack("read_weightings").shape[1] if "read_weightings" in episode.known else 0
    inner = pygame.Rect(memory.left + round(96 * u), memory.top + round(56 * u), 0, 0)
    inner.width = memory.right - round(16 * u) - inner.left
    inner.height = memory.bottom - round(44 * u) - inner.top
    pitch = (inner.height + round(8 * u)) / (1 + heads)
    strips = tuple(
        pygame.Rect(inner.left, inner.top + round(k * pitch), inner.width, round(pitch) - round(8 * u))
        for k in range(1 + heads)
    )
    return Page(u, title, film, memory, strips, tuple(edges(len(episode), inner.left, inner.width)))


def draw_storyboard(episode: Episode, size: tuple[int, int] = REFERENCE) -> pygame.Surface:
    """Draw a finished (or any) episode of a board.

    Args:
        episode: the episode.
        size: width and height in pixels.

    Returns:
        A new surface.
    """
    surface = pygame.Surface(size, 0, 32)
    surface.fill(BACKGROUND)
    page = arrange_page(episode, size)
    _title(surface, page.title, episode, page.u)
    _boards(surface, page.film, episode, page.u)
    if page.memory is not None:
        _memory(surface, page.memory, episode, page)
    return surface


def _title(surface: pygame.Surface, rect: pygame.Rect, episode: Episode, u: float) -> None:
    end = episode.steps[-1].view
    result = "perfect" if end.get("perfect") else "success" if end.get("success") else "incomplete"
    colour = GREEN if end.get("success") else YELLOW
    name = episode.agent or "episode"
    word = text(surface, name, (rect.left + 4 * u, rect.centery), 24 * u, TEXT)
    facts = [f"goal {end.get('cued_goal')}", f"{end.get('moves')} moves, fewest {end.get('min_moves')}"]
    if end.get("lesson"):
        facts.insert(0, f"lesson {end['lesson']}")
    if episode.seed is not None:
        facts.append(f"seed {episode.seed}")
    word = text(surface, result, (word.right + 16 * u, rect.centery + 2 * u), 20 * u, colour)
    text(surface, "  ·  ".join(facts), (word.right + 18 * u, rect.centery + 2 * u), 16 * u, MUTED)


def _scenes(episode: Episode) -> list[tuple[Mapping[str, Any], str]]:
    """Views worth a picture with their captions: the start, and every change of the board."""
    scenes: list[tuple[Mapping[str, Any], str]] = [(episode.view(0), "start")]
    for before, step in zip(episode.steps, episode.steps[1:], strict=False):
        if step.view["board"] != before.view["board"]:
            scenes.append((step.view, str(step.view["last_action"])))
    if len(scenes) > _MOST_BOARDS:
        scenes = [*scenes[: _MOST_BOARDS - 1], scenes[-1]]
    return scenes


def _boards(surface: pygame.Surface, rect: pygame.Rect, episode: Episode, u: float) -> None:
    panel(surface, rect, u)
    scenes = _scenes(episode)
    marks = edges(max(len(scenes), 4), rect.left + round(8 * u), rect.width - round(16 * u))
    shift = (rect.right - round(8 * u) - marks[len(scenes)]) // 2
    for k, (view, label) in enumerate(scenes):
        cell = pygame.Rect(marks[k] + shift, rect.top, marks[k + 1] - marks[k], rect.height)
        inside = cell.inflate(-round(20 * u), 0)
        inside.height -= round(40 * u)
        draw_board(surface, inside, view["board"], u)
        held = sum(1 for _, holds in view["constraints"] if holds)
        y = cell.bottom - 22 * u
        word = text(surface, label, (cell.centerx - (18 * u if k else 0), y), 17 * u, TEXT, anchor="center")
        if k:
            done = held == len(view["constraints"])
            score = f"{held}/{len(view['constraints'])} hold"
            text(surface, score, (word.right + 10 * u, y), 14 * u, GREEN if done else MUTED)
        if k:
            x = cell.left
            points = [
                (x - 5 * u, cell.centery - 10 * u),
                (x + 5 * u, cell.centery),
                (x - 5 * u, cell.centery + 10 * u),
            ]
            pygame.draw.lines(surface, FAINT, False, points, max(2, round(3 * u)))


def _memory(surface: pygame.Surface, rect: pygame.Rect, episode: Episode, page: Page) -> None:
    """Write and read strips under an axis that names what each step told."""
    u, columns = page.u, page.columns
    panel(surface, rect, u)
    go = episode.go_step()
    goal = episode.view(len(episode)).get("cued_goal")
    chosen = chosen_locations(episode)
    _axis(surface, page, episode, goal)
    locations = episode.stack("write_weighting").shape[1]
    for k, area in enumerate(page.strips):
        raster = Raster("write_weighting" if k == 0 else "read_weightings", k - 1 if k else None, area, area)
        surface.blit(raster_picture(episode, raster, len(episode) - 1), area)
        name = "WRITE" if k == 0 else f"READ {k}"
        text(surface, name, (rect.left + 14 * u, area.centery - 8 * u), 16 * u, WRITE if k == 0 else TEXT)
        note = f"{locations} locations"
        text(surface, note, (rect.left + 14 * u, area.centery + 9 * u), 11 * u, FAINT)
        for location, step in chosen.items():
            middle = area.top + (location + 0.5) * area.height / locations
            dot(surface, (area.left - 7 * u, middle), 3 * u, YELLOW)
            marked = [step] if k == 0 else _reads(episode, k - 1, location, go)
            for t in marked:
                cell = page.cell(k, t, location, locations)
                pygame.draw.rect(surface, YELLOW, cell, max(1, round(1.5 * u)), border_radius=round(3 * u))
        pygame.draw.rect(surface, EDGE, area.inflate(2, 2), 1)
        if go is not None and go < len(episode):
            x = columns[go]
            pygame.draw.line(surface, YELLOW, (x, area.top), (x, area.bottom - 1), max(1, round(u)))
    _legend(surface, rect, chosen, goal, u)


def _reads(episode: Episode, head: int, location: int, go: int | None) -> list[int]:
    """Steps from the cue on at which a read head is at a location."""
    weights = episode.stack("read_weightings")[: len(episode), head, location]
    return [int(t) for t in np.flatnonzero(weights >= _READ_FROM) if go is not None and t >= go]


def _axis(surface: pygame.Surface, page: Page, episode: Episode, goal: str | None) -> None:
    """Name what every step told, goal by goal, and shade the chosen goal's steps."""
    u, columns, top = page.u, page.columns, page.strips[0].top
    pitch = columns[1] - columns[0]
    size = pixels(min(14 * u, 0.46 * pitch))
    for t in range(len(episode)):
        view = episode.view(t)
        told = view.get("shown_constraint")
        mine = told is not None and view["shown_goal"] == goal
        middle = (columns[t] + columns[t + 1]) / 2
        word = told if told is not None else str(episode.view(t + 1).get("last_action") or "")
        colour: Colour = YELLOW if mine else (MUTED if told else GREEN)
        if width(word, size) > pitch - 3 and word == "pass":
            word = "-"
        if width(word, size) <= pitch:
            text(surface, word, (middle, top - 12 * u), size, colour, anchor="center")
        if told is None and view.get("shown_goal") is not None:
            text(surface, caption(view), (columns[t] + 2 * u, top - 38 * u), 16 * u, YELLOW)
    first = 0
    for t in range(1, len(episode) + 1):
        shown = episode.view(first).get("shown_goal")
        if (
            t == len(episode)
            or episode.view(t).get("shown_goal") != shown
            or episode.view(t)["phase"] == "act"
        ):
            if shown is not None and episode.view(first)["phase"] == "describe":
                colour = YELLOW if shown == goal else mix(BLUE, EDGE, 0.35)
                left, right = columns[first] + 2, columns[t] - 3
                y = top - round(26 * u)
                pygame.draw.line(surface, colour, (left, y), (right, y), max(2, round(3 * u)))
                text(surface, f"{shown}", ((left + right) / 2, y - 12 * u), 16 * u, colour, anchor="center")
            first = t


def _legend(
    surface: pygame.Surface, rect: pygame.Rect, chosen: dict[int, int], goal: str | None, u: float
) -> None:
    y = rect.bottom - 20 * u
    x = rect.left + 96 * u
    for name, colour in (
        ("written", WRITE),
        *zip((f"read {name}" for name in MODE_NAMES), MODES, strict=True),
    ):
        dot(surface, (x, y), 5 * u, colour)
        x = text(surface, name, (x + 11 * u, y), 14 * u, MUTED).right + 22 * u
    if chosen:
        names = ", ".join(str(location + 1) for location in sorted(chosen))
        sample = pygame.Rect(round(x - 6 * u), round(y - 6 * u), round(18 * u), round(12 * u))
        pygame.draw.rect(surface, YELLOW, sample, max(1, round(1.5 * u)), border_radius=round(3 * u))
        note = f"goal {goal}, location {names}: where it was written, and read from the cue on"
        text(surface, note, (x + 20 * u, y), 14 * u, YELLOW, limit=rect.right - x - 34 * u)
