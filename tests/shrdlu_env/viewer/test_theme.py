"""Colours that colour-blind readers can tell apart."""

import itertools

import numpy as np
import pytest

from shrdlu_env.viewer.drawing import theme

# Linear RGB as seen with each form of colour blindness (Machado, Oliveira and Fernandes 2009, severity 1).
SIGHTS = {
    "full": np.eye(3),
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.01182, 0.04294, 0.968881],
    ],
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.3039],
    ],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = np.array([0.9505, 1.0, 1.089])


def lab(colour, sight) -> np.ndarray:
    """CIE L*a*b* of a colour as seen."""
    share = np.array(colour) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    x, y, z = np.cbrt(np.clip(TO_XYZ @ np.clip(np.array(sight) @ linear, 0, 1) / WHITE, 1e-6, None))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def nearest(colours, sight) -> float:
    seen = [lab(colour, sight) for colour in colours]
    return min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(seen, 2))


@pytest.mark.parametrize("sight", SIGHTS)
def test_blocks_and_read_modes_stay_apart(sight):
    """A difference of 2 can just be seen; numbers and shapes help besides."""
    assert nearest(theme.NUMBERED, SIGHTS[sight]) > 13
    assert nearest(theme.MODES, SIGHTS[sight]) > 30


@pytest.mark.parametrize("colour", [theme.TEXT, theme.MUTED, *theme.NUMBERED, *theme.MODES, theme.WRITE])
def test_everything_stands_out_from_the_background(colour):
    assert lab(colour, SIGHTS["full"])[0] - lab(theme.PANEL, SIGHTS["full"])[0] > 30


def test_mixing():
    assert theme.mix((0, 0, 0), (200, 100, 50), 0.5) == (100, 50, 25)
    assert theme.mix(theme.RED, theme.GREEN, 0.0) == theme.RED
    assert theme.unit((1280, 800), (1280, 800)) == 1.0
    assert theme.unit((1, 1), (1280, 800)) == 0.5
