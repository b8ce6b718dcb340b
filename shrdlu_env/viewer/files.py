"""Writing what the viewer saves: complete files or none, and names that are still free."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shrdlu_env.viewer._pygame import pygame


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary name beside `path`; it becomes `path` when the block ends well, and goes otherwise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}.", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def free_name(folder: Path, stem: str, suffix: str) -> Path:
    """The first of stem-001, stem-002, ... that does not exist in `folder`."""
    number = 1
    while (path := folder / f"{stem}-{number:03d}{suffix}").exists():
        number += 1
    return path


def save_png(surface: pygame.Surface, path: Path) -> Path:
    """Write a surface as a PNG file."""
    with replacing(path) as temporary:
        pygame.image.save(surface, str(temporary))
    return path
