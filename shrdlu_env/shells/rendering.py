"""Rendering shared by the two environments: text here, pixels by the viewer, imported only to draw."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.blocks.view import View
from shrdlu_env.blocks.viewing import ansi

if TYPE_CHECKING:
    from shrdlu_env.viewer.program.window import Window

RENDER_MODES = ("human", "rgb_array", "ansi")
RENDER_FPS = 4
FRAME_SIZE = (640, 480)


def check_render_mode(render_mode: str | None, modes: tuple[str, ...] = RENDER_MODES) -> str | None:
    """The render mode.

    Raises:
        ValueError: it is none of `modes`.
    """
    if render_mode is not None and render_mode not in modes:
        raise ValueError(f"render_mode={render_mode!r}: must be None or one of {', '.join(modes)}")
    return render_mode


def frame(view: View) -> NDArray[np.uint8]:
    """The view as a picture uint8[h, w, 3]."""
    from shrdlu_env.viewer.panels.still import draw_frame

    return draw_frame(view, size=FRAME_SIZE)


class Renderer:
    """Renders one episode in one mode; opens a window when there is something to show, closes it at the end.

    Args:
        render_mode: "human", "rgb_array", "ansi" or None.
    """

    def __init__(self, render_mode: str | None) -> None:
        self.render_mode = check_render_mode(render_mode)
        self._window: Window | None = None

    def render(self, view: View) -> NDArray[np.uint8] | str | None:
        """A picture, a text, or None where the window shows it."""
        if self.render_mode == "ansi":
            return ansi(view)
        if self.render_mode == "rgb_array":
            return frame(view)
        if self.render_mode == "human":
            from shrdlu_env.viewer.program.window import Window

            if self._window is None:
                self._window = Window("Mini-SHRDLU")
            self._window.show(frame(view))
        return None

    def close(self) -> None:
        """Close the window, if there is one."""
        if self._window is not None:
            self._window.close()
            self._window = None
