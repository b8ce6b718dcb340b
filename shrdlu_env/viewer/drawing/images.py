"""Surfaces as arrays and as PNG files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.recording.files import replacing


def to_array(surface: pygame.Surface) -> NDArray[np.uint8]:
    """The pixels of a surface as a new uint8[h, w, 3]."""
    return np.ascontiguousarray(pygame.surfarray.array3d(surface).swapaxes(0, 1))


def save_png(surface: pygame.Surface, path: Path) -> Path:
    """Write a surface as a PNG file."""
    with replacing(path) as temporary:
        pygame.image.save(surface, str(temporary))
    return path
