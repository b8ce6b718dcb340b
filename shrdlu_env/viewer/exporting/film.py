"""Moving pictures: MP4 through imageio's ffmpeg, GIF through Pillow, both of the optional extra "video"."""

from __future__ import annotations

import contextlib
import os
import subprocess
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing import theme
from shrdlu_env.viewer.drawing.images import to_array
from shrdlu_env.viewer.recording.files import replacing, temporary_name

FORMATS = (".mp4", ".gif")
_MISSING = 'video needs the extra "video": pip install "shrdlu-dnc[video]"'


class Film(Protocol):
    """Something that takes frames."""

    def add(self, surface: pygame.Surface) -> None:
        """Append a frame; all frames take the first one's size."""

    def close(self) -> Path:
        """Finish the file and tell its path."""

    def discard(self) -> None:
        """Give up; no file remains."""


class _Mp4:
    """Raw frames through a pipe to ffmpeg, which is begun with the first frame: that decides the size."""

    def __init__(self, path: Path, fps: float) -> None:
        try:
            self._ffmpeg: str = import_module("imageio_ffmpeg").get_ffmpeg_exe()
        except ImportError as error:
            raise ImportError(_MISSING) from error
        self._path, self._temporary, self._fps = path, temporary_name(path), fps
        self._process: subprocess.Popen[bytes] | None = None
        self._size: tuple[int, int] | None = None

    def add(self, surface: pygame.Surface) -> None:
        rgb = _fitted(surface, self._size)
        self._size = rgb.shape[1], rgb.shape[0]
        # Colour is stored for squares of 2 x 2 pixels: sides must be even.
        high, wide = rgb.shape[0] // 2 * 2, rgb.shape[1] // 2 * 2
        if self._process is None:
            self._process = self._start(wide, high)
        assert self._process.stdin is not None
        self._process.stdin.write(np.ascontiguousarray(rgb[:high, :wide]).data)

    def _start(self, wide: int, high: int) -> subprocess.Popen[bytes]:
        source = [
            "-f",
            "rawvideo",
            "-pix_fmt",
            "rgb24",
            "-s",
            f"{wide}x{high}",
            "-r",
            f"{self._fps:g}",
            "-i",
            "-",
        ]
        coding = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-pix_fmt", "yuv420p"]
        # The index in front lets a browser play the film while it loads.
        command = [self._ffmpeg, "-y", "-loglevel", "error", *source, *coding, "-movflags", "+faststart"]
        return subprocess.Popen(
            [*command, str(self._temporary)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def close(self) -> Path:
        status = self._finish()
        if status != 0:
            self._temporary.unlink(missing_ok=True)
            raise OSError(f"ffmpeg could not write {self._path} (exit status {status})")
        os.replace(self._temporary, self._path)
        return self._path

    def discard(self) -> None:
        self._finish()
        self._temporary.unlink(missing_ok=True)

    def _finish(self) -> int | None:
        """Let ffmpeg end; its exit status, None where it was never begun."""
        process, self._process = self._process, None
        if process is None:
            return None
        assert process.stdin is not None
        with contextlib.suppress(OSError):
            process.stdin.close()
        return process.wait()


class _Gif:
    def __init__(self, path: Path, fps: float) -> None:
        try:
            import PIL.Image
        except ImportError as error:
            raise ImportError(_MISSING) from error
        self._path, self._fps = path, fps
        self._image = PIL.Image
        self._frames: list[Any] = []
        self._size: tuple[int, int] | None = None

    def add(self, surface: pygame.Surface) -> None:
        rgb = _fitted(surface, self._size)
        self._size = rgb.shape[1], rgb.shape[0]
        self._frames.append(self._image.fromarray(rgb))

    def close(self) -> Path:
        if not self._frames:
            raise ValueError("a film needs at least one frame, got none")
        # One palette for all frames: colours do not flicker, and still regions cost nothing.
        palette = self._palette()
        frames = [frame.quantize(palette=palette, dither=0) for frame in self._frames]
        with replacing(self._path) as temporary:
            frames[0].save(
                temporary,
                format="GIF",
                save_all=True,
                append_images=frames[1:],
                duration=round(1000 / self._fps),
                loop=0,
                optimize=False,
            )
        return self._path

    def discard(self) -> None:
        self._frames.clear()

    def _palette(self) -> Any:
        """The theme's own colours, which may cover few pixels but mean something, and the commonest."""
        fixed = [channel for colour in theme.MEANINGFUL for channel in colour]
        common = self._sample().quantize(256 - len(theme.MEANINGFUL)).getpalette() or []
        palette = self._image.new("P", (1, 1))
        palette.putpalette((fixed + common)[: 3 * 256])
        return palette

    def _sample(self) -> Any:
        """Some frames below each other, to choose colours from."""
        count = len(self._frames)
        chosen = [self._frames[k * (count - 1) // 7] for k in range(8)] if count > 8 else self._frames
        wide, high = chosen[0].size
        sheet = self._image.new("RGB", (wide, high * len(chosen)))
        for k, frame in enumerate(chosen):
            sheet.paste(frame, (0, k * high))
        return sheet


def open_film(path: Path, fps: float) -> Film:
    """Begin a film.

    Args:
        path: ends in ".mp4" or ".gif".
        fps: frames per second.

    Raises:
        ValueError: another suffix.
        ImportError: the packages of the extra "video" are missing.
    """
    if path.suffix == ".mp4":
        return _Mp4(path, fps)
    if path.suffix == ".gif":
        return _Gif(path, fps)
    raise ValueError(f"path must end in one of {', '.join(FORMATS)}, got {str(path)!r}")


def _fitted(surface: pygame.Surface, size: tuple[int, int] | None) -> NDArray[np.uint8]:
    """The pixels uint8[h, w, 3], scaled where the window has changed since the first frame."""
    if size is not None and surface.get_size() != size:
        surface = pygame.transform.smoothscale(surface, size)
    return to_array(surface)
