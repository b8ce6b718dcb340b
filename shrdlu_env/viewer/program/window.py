"""The one place that opens a window: for `render_mode="human"` and for the viewer's event loop.

pygame has a single display per process, so one `Window` may be open at a time; a second one says so instead
of drawing over the first.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from shrdlu_env.viewer._pygame import pygame

_BACKGROUND = (13, 17, 23)

_open: weakref.ref[Window] | None = None
_NO_DISPLAY = (
    "there is no display to open a window on; "
    'write a file instead (--export of shrdlu watch and replay; in Python render_mode="rgb_array")'
)


@contextmanager
def _quiet() -> Iterator[None]:
    """Inside, nothing reaches standard error: SDL complains there beside the error that it raises."""
    try:
        kept = os.dup(2)
    except OSError:
        # Closed already.
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def comfortable_size(reference: tuple[int, int]) -> tuple[int, int]:
    """The size of a window with the proportions of `reference` that fills most of the screen.

    Raises:
        OSError: no window can be opened on this machine.
    """
    try:
        with _quiet():
            pygame.display.init()
        wide, high = pygame.display.get_desktop_sizes()[0]
    except pygame.error as error:
        raise OSError(f"no window can be opened here: {error}") from error
    share = 0.8 * min(wide / reference[0], high / reference[1])
    share = min(max(share, 0.6), 2.5)
    return round(reference[0] * share), round(reference[1] * share)


def _seen() -> bool:
    """Whether a person could see a window: SDL draws into nowhere where it finds no display, unless told to."""
    chosen = os.environ.get("SDL_VIDEODRIVER") or os.environ.get("SDL_VIDEO_DRIVER")
    return bool(chosen) or pygame.display.get_driver() not in ("offscreen", "dummy")


def check_display() -> None:
    """Refuse where no window can be opened that a person could see, before anything is played for one.

    Raises:
        OSError: saying what to do instead.
    """
    try:
        with _quiet():
            pygame.display.init()
    except pygame.error as error:
        raise OSError(f"no window can be opened here: {error}") from error
    if not _seen():
        pygame.display.quit()
        raise OSError(_NO_DISPLAY)


class Window:
    """A resizable window that shows pictures; opens at the first one, survives being closed by the person.

    Args:
        title: text of the title bar.

    Attributes:
        dismissed: whether the person has closed it (close button or Esc); pictures are then ignored.
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self.dismissed = False
        self._screen: pygame.Surface | None = None

    @property
    def is_open(self) -> bool:
        """Whether the window is on the screen."""
        return self._screen is not None

    @property
    def is_visible(self) -> bool:
        """Whether a person could see the open window."""
        return self._screen is not None and _seen()

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height of the open window in pixels, None while it is closed."""
        return None if self._screen is None else self._screen.get_size()

    def open(self, size: tuple[int, int]) -> None:
        """Open at `size` pixels; nothing happens where it is open already.

        Raises:
            RuntimeError: another `Window` of this process is open.
            OSError: no window can be opened on this machine, or nobody could see it: there is no display.
        """
        global _open
        if self._screen is not None:
            return
        other = _open() if _open is not None else None
        if other is not None and other.is_open:
            raise RuntimeError(
                f"window {other.title!r} is open; close it before opening {self.title!r} "
                "(pygame shows one window per process)"
            )
        try:
            with _quiet():
                pygame.display.init()
                pygame.display.set_caption(self.title)
                self._screen = pygame.display.set_mode(size, pygame.RESIZABLE)
        except pygame.error as error:
            raise OSError(f"no window can be opened here: {error}") from error
        if not self.is_visible:
            self._screen = None
            pygame.display.quit()
            raise OSError(_NO_DISPLAY)
        _open = weakref.ref(self)

    def show(self, rgb: np.ndarray) -> None:
        """Show a picture, scaled to the window with its proportions kept, and answer the window's events.

        Args:
            rgb: uint8[h, w, 3].
        """
        if self.dismissed:
            return
        height, width = rgb.shape[:2]
        self.open((width, height))
        self.blit(pygame.surfarray.make_surface(rgb.swapaxes(0, 1)))
        for event in pygame.event.get():
            escape = event.type == pygame.KEYDOWN and event.key == pygame.K_ESCAPE
            if event.type == pygame.QUIT or escape:
                self.dismissed = True
        if self.dismissed:
            self.close()

    def blit(self, picture: pygame.Surface) -> None:
        """Put a surface on the open window (scaled where sizes differ) and flip."""
        screen = pygame.display.get_surface() if self._screen is not None else None
        if screen is None:
            return
        self._screen = screen
        if picture.get_size() == screen.get_size():
            screen.blit(picture, (0, 0))
        else:
            share = min(screen.get_width() / picture.get_width(), screen.get_height() / picture.get_height())
            size = (
                max(1, round(picture.get_width() * share)),
                max(1, round(picture.get_height() * share)),
            )
            screen.fill(_BACKGROUND)
            scaled = pygame.transform.smoothscale(picture, size)
            screen.blit(scaled, scaled.get_rect(center=screen.get_rect().center))
        pygame.display.flip()

    def close(self) -> None:
        """Close the window; closing twice is fine."""
        global _open
        if self._screen is None:
            return
        self._screen = None
        _open = None
        pygame.display.quit()

    def __del__(self) -> None:
        # At interpreter exit pygame may be gone already; the window dies with the process then.
        if getattr(self, "_screen", None) is not None and pygame.display is not None:
            self.close()
