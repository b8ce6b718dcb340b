"""Numbers as pictures: memory contents in two hues, weightings in one, scaled to their place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.theme import NEGATIVE, POSITIVE, WELL, Colour

_STEPS = 256
# Weightings are mostly small; a power below 1 lets them be seen.
_GAMMA = 0.6


def _ramp(colour: Colour) -> NDArray[np.float32]:
    share = np.linspace(0, 1, _STEPS, dtype=np.float32)[:, None]
    return np.asarray(WELL + (np.array(colour, np.float32) - WELL) * share, np.float32)


_DIVERGING = np.concatenate([_ramp(NEGATIVE)[::-1], _ramp(POSITIVE)[1:]]).astype(np.uint8)


def diverging(values: NDArray[np.float32], scale: float) -> NDArray[np.uint8]:
    """Numbers from -scale (blue) over 0 (dark) to scale (orange): [h, w] -> uint8[h, w, 3]."""
    share = np.clip(np.nan_to_num(values) / max(scale, 1e-9), -1, 1)
    index = np.rint((share + 1) * (_STEPS - 1)).astype(np.int64)
    return np.asarray(_DIVERGING[index], np.uint8)


def weights(values: NDArray[np.float32], colours: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Shares from 0 (dark) to 1 (full colour): [h, w] and colours [h, w, 3] or [3] -> uint8[h, w, 3]."""
    share = np.clip(np.nan_to_num(values), 0, 1)[..., None] ** _GAMMA
    return np.asarray(WELL + (colours - np.array(WELL, np.float32)) * share, np.uint8)


def brightest(values: NDArray[np.float32]) -> float:
    """What full colour stands for: the largest weight, so that a spread weighting is seen as well."""
    return max(float(values.max(initial=0.0)), 1e-3)


def pool(values: NDArray[np.float32], rows: int) -> NDArray[np.float32]:
    """At most `rows` rows: neighbouring ones become their maximum, so that no peak gets lost."""
    if len(values) <= rows:
        return values
    edges = np.linspace(0, len(values), rows + 1).astype(np.int64)[:-1]
    return np.asarray(np.maximum.reduceat(values, edges, axis=0), np.float32)


def picture(rgb: NDArray[np.uint8], size: tuple[int, int]) -> pygame.Surface:
    """Pixels uint8[h, w, 3] as a surface, scaled to `size` without blurring cells that grow."""
    surface = pygame.Surface((rgb.shape[1], rgb.shape[0]), 0, 32)
    pygame.surfarray.blit_array(surface, rgb.swapaxes(0, 1))
    size = (max(1, size[0]), max(1, size[1]))
    if size[0] < rgb.shape[1] or size[1] < rgb.shape[0]:
        return pygame.transform.smoothscale(surface, size)
    return pygame.transform.scale(surface, size)


def edges(count: int, start: int, length: int) -> list[int]:
    """Pixel boundaries of `count` cells that share `length` pixels from `start` on: count + 1 numbers."""
    return [start + round(length * k / count) for k in range(count + 1)]
