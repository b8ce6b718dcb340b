"""Pictures that explain themselves: numbered captions, and call-outs at what the memory did.

Everything a note says is taken from the episode; nothing is claimed that its numbers do not show.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.heat import edges
from shrdlu_env.viewer.drawing.theme import BACKGROUND, WRITE, YELLOW, unit
from shrdlu_env.viewer.exporting.callouts import TIED, Note, draw_strip, place, point
from shrdlu_env.viewer.exporting.storyboard import Page, arrange_page, draw_storyboard, marked_cells
from shrdlu_env.viewer.panels.layout import Layout, arrange
from shrdlu_env.viewer.panels.rasters import Raster
from shrdlu_env.viewer.panels.renderer import Renderer
from shrdlu_env.viewer.recording.episode import Episode, Step
from shrdlu_env.viewer.recording.frame import Frame
from shrdlu_env.viewer.scenes.registry import scene_of
from shrdlu_env.viewer.scenes.scene import Scene

# Below this size the captions cannot be read.
SMALLEST = (960, 600)
_REFERENCE = (1280, 800)
# What a frame counts for where a call-out seeks a place, beside 1 for a cell in full colour.
_FRAMED = 20.0
# A read head is said to be at a location where its weighting is at least this.
_READ_FROM = 0.1

Notes = Callable[[tuple[int, int]], list[Note]]


def annotate_step(renderer: Renderer, frame: Frame, size: tuple[int, int]) -> pygame.Surface:
    """The viewer's picture of one step with notes.

    Args:
        renderer: draws the picture.
        frame: what to show.
        size: width and height in pixels of the whole, captions included.

    Returns:
        A new surface.
    """

    def notes(inner: tuple[int, int]) -> list[Note]:
        return step_notes(frame, arrange(inner, frame.episode))

    surface, inner = _with_strip(size, notes, lambda inner: renderer.draw(frame, inner))
    _point_in_rasters(surface, frame, arrange(inner, frame.episode), unit(size, _REFERENCE))
    return surface


def annotate_story(episode: Episode, size: tuple[int, int]) -> pygame.Surface:
    """The page of a whole episode with notes; arguments as for `storyboard.draw_storyboard`."""

    def notes(inner: tuple[int, int]) -> list[Note]:
        scene = scene_of(episode.view(0))
        return story_notes(arrange_page(episode, inner), scene, bool(scene.kept(episode)))

    surface, inner = _with_strip(size, notes, lambda inner: draw_storyboard(episode, inner))
    _point_in_story(surface, episode, arrange_page(episode, inner), unit(size, _REFERENCE))
    return surface


def _with_strip(
    size: tuple[int, int], notes: Notes, draw: Callable[[tuple[int, int]], pygame.Surface]
) -> tuple[pygame.Surface, tuple[int, int]]:
    """A picture above its captions, and the size that was left for the picture."""
    u = unit(size, _REFERENCE)
    margin = round(12 * u)
    wide = size[0] - 2 * margin
    # What there is to say depends on the room left for the picture, and that on how much is said.
    _, high = place(notes(size), wide, u)
    inner = (size[0], size[1] - high - margin)
    _, lower = place(notes(inner), wide, u)
    larger = (size[0], size[1] - lower - margin)
    if place(notes(larger), wide, u)[1] <= lower:
        inner = larger
    surface = pygame.Surface(size, 0, 32)
    surface.fill(BACKGROUND)
    surface.blit(draw(inner), (0, 0))
    final = notes(inner)
    captions, high = place(final, wide, u)
    draw_strip(surface, pygame.Rect(margin, size[1] - margin - high, wide, high), final, captions, u)
    return surface, inner


def step_notes(frame: Frame, layout: Layout) -> list[Note]:
    """A caption for every panel of the viewer."""
    episode, t = frame.episode, frame.step
    view = episode.view(t)
    scene = scene_of(view)
    notes = [Note("Phase", scene.phase_words(view), _corner(layout.banner))]
    notes.append(Note(*scene.picture, _corner(layout.scene)))
    if layout.side is not None:
        title, words = scene.side
        words += ", as far as the agent sees them." if frame.hidden else "."
        notes.append(Note(title, words, _corner(layout.side)))
    internals = episode.steps[t].internals or {}
    if layout.actions is not None:
        words = action_words(scene, episode.steps[t])
        notes.append(Note("Actions", words, _corner(layout.actions)))
    if layout.value is not None:
        now = f", {float(internals['value']):.1f} here" if "value" in internals else ""
        notes.append(
            Note("Value", f"The return the agent expects{now}; bars are rewards.", _corner(layout.value))
        )
    notes += [_raster_note(raster, layout) for raster in _first_rasters(layout)]
    if layout.memory is not None:
        words = (
            "One row a location; left of it w, the read heads and u now, right of it what was last written."
        )
        if layout.strips is None or not layout.locations:
            words = "The numbers of this step: blue below 0, orange above."
        notes.append(Note("Memory", words, _corner(layout.memory)))
    words = f"Step {t} of {len(episode)}: what was told, what is asked, what was done."
    notes.append(Note("Time", words, _corner(layout.timebar)))
    return notes


def action_words(scene: Scene, step: Step) -> str:
    """What the panel of actions shows at a step."""
    if step.internals is None or "probabilities" not in step.internals:
        return "The policy's percentages."
    choices = scene.choices(step, step.internals["probabilities"])
    taken = sum(choice.taken for choice in choices)
    parts = ["The policy's percentages"]
    if taken:
        parts.append("yellow the one taken" if taken == 1 else "yellow what was taken")
    if any(choice.planned for choice in choices):
        parts.append("green dot the planner's")
    if not all(choice.legal for choice in choices):
        parts.append("grey illegal")
    return (": ".join((parts[0], ", ".join(parts[1:]))) if parts[1:] else parts[0]) + "."


def _corner(rect: pygame.Rect) -> tuple[float, float]:
    return (float(rect.left), float(rect.top))


def _first_rasters(layout: Layout) -> list[Raster]:
    """The write strip, the first read head's, usage, the first of other names."""
    others = [raster for raster in layout.rasters if raster not in layout.located]
    return [raster for raster in layout.located if not raster.head] + others[:1]


def _raster_note(raster: Raster, layout: Layout) -> Note:
    assert layout.weightings is not None
    at = (layout.weightings.left - 4.0 * layout.u, float(raster.area.centery))
    if raster.name == "write_weighting":
        return Note("Writes over time", "Locations downwards, time to the right; bars: the gates.", at)
    if raster.name == "usage":
        return Note("Usage", "How far each location is in use, over time.", at)
    if raster.head is None:
        return Note("Other numbers", "As the network tells them: blue below 0, orange above.", at)
    heads = sum(other.head is not None for other in layout.rasters)
    title = "Read head" if heads == 1 else f"{heads} read heads"
    return Note(title, "Coloured by mode: pink backward, blue content, yellow forward in time.", at)


def written_words(frame: Frame) -> str:
    """What the step's writing did, for a call-out; "" where it wrote to no one place."""
    episode, t = frame.episode, frame.step
    weights = episode.stack("write_weighting")[t]
    location = int(weights.argmax())
    if not episode.has_internals(t) or weights[location] < 0.5:
        return ""
    word = "" if frame.hidden else scene_of(episode.view(t)).caption(episode.view(t)) + " "
    return f"writes {word}to location {location + 1}, {100 * weights[location]:.0f} %"


def read_words(frame: Frame, head: int) -> tuple[str, list[int]]:
    """What a head reads at the step, for a call-out, and the locations; "" where it reads nothing much."""
    episode, t = frame.episode, frame.step
    weights = episode.stack("read_weightings")[t, head]
    order = [int(k) for k in np.argsort(-weights, kind="stable")[:2] if weights[k] >= _READ_FROM]
    if not episode.has_internals(t) or weights[order].sum() < 0.5:
        return "", []
    parts = []
    for location in order:
        step = episode.last_written(location, t)
        name = f"location {location + 1}"
        if step is not None and not frame.hidden:
            name = scene_of(episode.view(step)).caption(episode.view(step))
        parts.append(f"{name} {100 * weights[location]:.0f} %".replace(" ", TIED))
    return "reads " + ", ".join(parts), order


def _point_in_rasters(surface: pygame.Surface, frame: Frame, layout: Layout, u: float) -> None:
    """Say in the write strip and the read strips what happens at this step."""
    episode, t = frame.episode, frame.step
    for raster in layout.located:
        if raster.name == "usage":
            continue
        weights = episode.stack(raster.name)
        series = weights if raster.head is None else weights[:, raster.head]
        if raster.head is None:
            words, places = written_words(frame), [int(series[t].argmax())]
        else:
            words, places = read_words(frame, raster.head)
        if not words:
            continue
        area, rows = raster.area, layout.locations
        columns = edges(layout.horizon + 1, area.left, area.width)
        lines = edges(rows, area.top, area.height)
        cells = [
            pygame.Rect(columns[t], lines[k], columns[t + 1] - columns[t], lines[k + 1] - lines[k])
            for k in places
        ]
        target = cells[0].unionall(cells[1:]).inflate(round(4 * u), round(4 * u))
        ink = np.zeros((rows, layout.horizon + 1))
        ink[:, : len(series)] = series[: layout.horizon + 1].T
        # The present must stay in sight.
        ink[:, t] += 1.0
        point(surface, ink, area, words, target, WRITE if raster.head is None else YELLOW, u)


def _covered(cell: pygame.Rect, area: pygame.Rect, shape: tuple[int, int]) -> tuple[slice, slice]:
    """Rows and columns of `shape` over an area that a cell lies on."""
    rows, columns = shape
    top, bottom = ((y - area.top) * rows / area.height for y in (cell.top, cell.bottom))
    left, right = ((x - area.left) * columns / area.width for x in (cell.left, cell.right))
    return slice(max(0, int(top)), max(1, -int(-bottom // 1))), slice(max(0, int(left)), -int(-right // 1))


def story_notes(page: Page, scene: Scene, framed: bool) -> list[Note]:
    """Captions of the page of a whole episode; `framed` is whether cells are framed on it."""
    notes = [Note(*scene.film_note(), _corner(page.film))]
    if page.memory is None:
        return notes
    left, strips = float(page.memory.left), page.strips
    axis = (left, strips[0].top - 24 * page.u)
    words = "What each step told, asked or did; yellow belongs to what is asked for."
    notes.append(Note("Steps", words, axis))
    words = "Locations downwards, time to the right: bright where something is written."
    notes.append(Note("Writes", words, (left, float(strips[0].centery))))
    if len(strips) > 1:
        words = "The same for reading."
        if framed:
            words += " Frames: locations of what is asked for, when written and when read."
        notes.append(Note("Reads", words, (left, float(strips[1].centery))))
    return notes


def _point_in_story(surface: pygame.Surface, episode: Episode, page: Page, u: float) -> None:
    """Point at the cells that show what the scene has to remark."""
    if page.memory is None:
        return
    steps, go = len(episode), episode.go_step()
    locations = episode.stack("write_weighting").shape[1]
    # The cue must stay in sight.
    cue = np.zeros((locations, steps))
    if go is not None and go < steps:
        cue[:, go] = 1.0
    for remark in scene_of(episode.view(0)).remarks(episode):
        strip = 0 if remark.head is None else 1 + remark.head
        if remark.head is None:
            shown = episode.stack("write_weighting")[:steps]
        else:
            shown = episode.stack("read_weightings")[:steps, remark.head]
        cells = [page.cell(strip, t, location, locations) for t, location in remark.cells]
        target = cells[0].unionall(cells[1:]).inflate(round(4 * u), round(4 * u))
        colour = WRITE if remark.head is None else YELLOW
        ink = shown.T + cue
        for cell in marked_cells(episode, page, strip):
            ink[_covered(cell, page.strips[strip], ink.shape)] += _FRAMED
        point(surface, ink, page.strips[strip], remark.text, target, colour, u)
