"""Rendering shared by all environments: text by the world, pixels by the viewer, imported only to draw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.checks import check_choice

RENDER_MODES = ("human", "rgb_array", "ansi")
RENDER_FPS = 4
FRAME_SIZE = (640, 480)


def check_render_mode(render_mode: str | None, modes: tuple[str, ...] = RENDER_MODES) -> str | None:
    """The render mode.

    Raises:
        TypeError: it is no text.
        ValueError: it is none of `modes`.
    """
    return None if render_mode is None else check_choice("render_mode", render_mode, modes)


def frame(view: Mapping[str, Any]) -> NDArray[np.uint8]:
    """A view as a picture uint8[h, w, 3]."""
    from shrdlu_env.viewer.board import draw_frame

    return draw_frame(view, size=FRAME_SIZE)


class Screen:
    """A window for frames: opened by the first, closed with `close`. A copy of it has no window yet.

    Args:
        title: of the window.
    """

    def __init__(self, title: str) -> None:
        self._title = title
        self._window: Any = None

    def __getstate__(self) -> dict[str, Any]:
        return {"_title": self._title, "_window": None}

    def show(self, picture: NDArray[np.uint8]) -> None:
        """Show a picture uint8[h, w, 3]."""
        if self._window is None:
            from shrdlu_env.viewer.window import Window

            self._window = Window(self._title)
        self._window.show(picture)

    def close(self) -> None:
        """Close the window, if there is one."""
        if self._window is not None:
            self._window.close()
            self._window = None
