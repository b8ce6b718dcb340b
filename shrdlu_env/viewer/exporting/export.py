"""Episodes as files for people, made without any window: MP4, GIF, PNG, text."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from shrdlu_env.checks import check_path, shown
from shrdlu_env.viewer.drawing.images import save_png
from shrdlu_env.viewer.exporting.film import FORMATS, open_film
from shrdlu_env.viewer.exporting.notes import SMALLEST as SMALLEST_WITH_NOTES
from shrdlu_env.viewer.exporting.notes import annotate_step, annotate_story
from shrdlu_env.viewer.exporting.storyboard import draw_storyboard
from shrdlu_env.viewer.panels.layout import SMALLEST
from shrdlu_env.viewer.panels.renderer import Renderer
from shrdlu_env.viewer.recording.episode import Episode
from shrdlu_env.viewer.recording.files import replacing
from shrdlu_env.viewer.recording.frame import Frame
from shrdlu_env.viewer.scenes.registry import scene_of

SUFFIXES = (*FORMATS, ".png", ".txt")
# Seconds that the first and the last picture of a film stand still.
_LEAD = 0.6
_HOLD = 2.0
_FPS = {".mp4": 30.0, ".gif": 12.5}
_SIZES = {".mp4": (1280, 800), ".gif": (960, 600), ".png": (1280, 800)}
_NOTES_SIZE = (1280, 960)


def positions(first: int, last: int, fps: float, speed: float) -> Iterator[float]:
    """Times of the frames of a film from step `first` to step `last` at `speed` steps per second."""
    yield from [float(first)] * round(_LEAD * fps)
    steps = last - first
    count = max(1, round(steps / speed * fps))
    yield from (first + steps * k / count for k in range(count))
    yield from [float(last)] * max(1, round(_HOLD * fps))


def export(
    episode: Episode,
    path: str | os.PathLike[str],
    *,
    size: tuple[int, int] | None = None,
    fps: float | None = None,
    speed: float = 2.0,
    step: int | None = None,
    hidden: bool = False,
    links: bool = False,
    notes: bool = False,
    progress: Callable[[float], None] = lambda share: None,
) -> Path:
    """Write an episode as a film, a picture or a text, by the path's suffix.

    Args:
        episode: the episode.
        path: ".mp4" or ".gif": the film; ".png": the whole episode on one page, or with `step` the viewer's
            picture of that step; ".txt": every step in words and digits.
        size: width and height in pixels; 1280 x 800 where not given, 960 x 600 for a GIF.
        fps: frames per second of a film; 30, 12.5 for a GIF.
        speed: steps per second of a film.
        step: for a PNG, the observation to show; for a film, the one that it begins with.
        hidden: leave out what the agent cannot see.
        links: show the links in place of the memory.
        notes: for a PNG, say on it what it shows; 1280 x 960 where no size is given, at least 960 x 600.
        progress: called with the share of a film's frames that are drawn.

    Returns:
        The path.

    Raises:
        ValueError: an unknown suffix, or an argument out of range.
        ImportError: a film is wanted and the extra "video" is not installed.
    """
    if not isinstance(episode, Episode):
        raise TypeError(f"episode={shown(episode)}: must be an Episode")
    path = check_path("path", path)
    if path.suffix not in SUFFIXES:
        raise ValueError(f"path must end in one of {', '.join(SUFFIXES)}, got {str(path)!r}")
    if notes and path.suffix != ".png":
        raise ValueError(f"notes can be drawn on a .png only, got {str(path)!r}")
    if step is not None and path.suffix == ".txt":
        raise ValueError(f"a text has all steps, got step={step} for {str(path)!r}")
    if path.suffix == ".txt":
        return _write_text(episode, path)
    wide, high = size = size or (_NOTES_SIZE if notes else _SIZES[path.suffix])
    least = SMALLEST_WITH_NOTES if notes else SMALLEST
    if wide < least[0] or high < least[1]:
        wish = " with notes" if notes else ""
        raise ValueError(f"size must be at least {least[0]} x {least[1]} pixels{wish}, got {size}")
    if step is not None and not 0 <= step <= len(episode):
        raise ValueError(f"step must be from 0 to {len(episode)}, got {step}")
    fps = fps if fps is not None else _FPS.get(path.suffix, 1.0)
    if fps <= 0 or speed <= 0:
        raise ValueError(f"fps and speed must be above 0, got fps={fps}, speed={speed}")
    renderer = Renderer()

    def frame(position: float) -> Frame:
        return Frame(
            episode, position, speed=speed, hidden=hidden, sheet="link" if links else "", playing=True
        )

    if path.suffix == ".png":
        if step is None:
            page = annotate_story if notes else draw_storyboard
            return save_png(page(episode, size), path)
        if notes:
            return save_png(annotate_step(renderer, frame(float(step)), size), path)
        return save_png(renderer.draw(frame(float(step)), size), path)
    film = open_film(path, fps)
    try:
        times = list(positions(step or 0, len(episode), fps, speed))
        for count, position in enumerate(times, 1):
            film.add(renderer.draw(frame(position), size))
            progress(count / len(times))
        return film.close()
    except BaseException:
        film.discard()
        raise


def _write_text(episode: Episode, path: Path) -> Path:
    scene = scene_of(episode.view(0))
    parts = [f"# step {t}\n{scene.text(step.view)}" for t, step in enumerate(episode.steps)]
    with replacing(path) as temporary:
        temporary.write_text("\n".join(parts), "utf-8")
    return path
