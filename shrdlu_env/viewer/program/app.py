"""The program: turns the window's events into commands, lets time pass, shows pictures, writes files."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.images import save_png
from shrdlu_env.viewer.exporting.film import Film, open_film
from shrdlu_env.viewer.panels.contents import by_location
from shrdlu_env.viewer.panels.keys import Command, command_for, digit_of
from shrdlu_env.viewer.panels.layout import REFERENCE, SMALLEST, Layout, arrange
from shrdlu_env.viewer.panels.renderer import Renderer
from shrdlu_env.viewer.program.player import Player
from shrdlu_env.viewer.program.window import Window, comfortable_size
from shrdlu_env.viewer.recording.files import free_name
from shrdlu_env.viewer.recording.frame import Frame
from shrdlu_env.viewer.recording.storage import save

FRAMES_PER_SECOND = 60
_VIDEO_FPS = 30.0
# A machine that slept, or a window that was dragged, must not make the episode jump.
_LONGEST_TICK = 0.1
_REDRAW = frozenset(
    {
        pygame.VIDEOEXPOSE,
        pygame.VIDEORESIZE,
        pygame.WINDOWEXPOSED,
        pygame.WINDOWSIZECHANGED,
        pygame.WINDOWRESTORED,
    }
)

# Keys that are pressed with others, or by a window manager, ask for nothing.
_SILENT = frozenset(
    {
        *(pygame.K_LSHIFT, pygame.K_RSHIFT, pygame.K_LCTRL, pygame.K_RCTRL, pygame.K_LALT, pygame.K_RALT),
        *(pygame.K_LMETA, pygame.K_RMETA, pygame.K_MODE, pygame.K_CAPSLOCK, pygame.K_NUMLOCKCLEAR),
        *(pygame.K_TAB, pygame.K_PRINTSCREEN, pygame.K_UNKNOWN),
    }
)


class App:
    """The viewer in a window.

    Args:
        player: what is watched or played.
        title: text of the title bar.
        folder: where pictures, videos and episodes are saved.
        size: width and height of the window in pixels; most of the screen where not given.

    Attributes:
        running: false once the person has quit.
    """

    def __init__(
        self,
        player: Player,
        title: str = "Mini-SHRDLU",
        folder: Path | None = None,
        size: tuple[int, int] | None = None,
    ) -> None:
        self.player = player
        self.running = True
        self._folder = folder if folder is not None else Path.cwd()
        self._first_size = size
        self._window = Window(title)
        self._renderer = Renderer()
        self._shown: tuple[Frame, tuple[int, int]] | None = None
        self._dragging = False
        self._film: Film | None = None
        self._film_owes = 0.0

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture in pixels."""
        wide, high = self._window.size or self._first_size or REFERENCE
        return max(wide, SMALLEST[0]), max(high, SMALLEST[1])

    def run(self) -> None:
        """Show the window until the person quits.

        Raises:
            OSError: there is no display, so nobody could see it or quit.
        """
        clock = pygame.time.Clock()
        try:
            self._open()
            while self.running:
                self.step(min(clock.tick(FRAMES_PER_SECOND) / 1000, _LONGEST_TICK))
        finally:
            self.close()

    def step(self, seconds: float) -> None:
        """One turn of the loop: events, time, picture.

        Args:
            seconds: how much time passes.
        """
        self._open()
        for event in pygame.event.get():
            self.handle(event)
        if not self.running:
            return
        self.player.tick(seconds)
        frame = self.player.frame()
        if self._shown != (frame, self.size) or self._film is not None:
            self._shown = (frame, self.size)
            picture = self._renderer.draw(frame, self.size)
            self._window.blit(picture)
            self._shoot(picture, seconds)

    def _open(self) -> None:
        if not self._window.is_open:
            self._window.open(self._first_size or comfortable_size(REFERENCE))

    def close(self) -> None:
        """Finish a video under way and close the window; closing twice is fine."""
        self.running = False
        if self._film is not None:
            self._stop_film()
        self._window.close()

    # Events.

    def handle(self, event: pygame.event.Event) -> None:
        """Answer one event."""
        if event.type == pygame.QUIT:
            self.running = False
        elif event.type in _REDRAW:
            self._shown = None
        elif event.type == pygame.KEYDOWN:
            self._key(event)
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
            self._press(event.pos)
        elif event.type == pygame.MOUSEBUTTONUP and event.button == 1:
            self._dragging = False
        elif event.type == pygame.MOUSEMOTION:
            self._hover(event.pos)
        elif event.type == pygame.WINDOWLEAVE:
            self.player.hover = self.player.hover_location = None

    def _key(self, event: pygame.event.Event) -> None:
        command = command_for(event.key, event.mod)
        digit = digit_of(event.key)
        if command is Command.QUIT and self.player.help:
            self.player.do(Command.HELP)
        elif command is Command.QUIT:
            self.running = False
        elif command is Command.SCREENSHOT:
            self._screenshot()
        elif command is Command.RECORD:
            self._stop_film() if self._film is not None else self._start_film()
        elif command is Command.SAVE:
            self._save()
        elif command is not None:
            self.player.do(command)
        elif digit is not None:
            self.player.digit(digit)
        elif event.key not in _SILENT:
            name = pygame.key.name(event.key)
            self.player.say(f"{name.upper() if len(name) == 1 else name} does nothing here; H shows the keys")

    def _layout(self) -> Layout:
        return arrange(self.size, self.player.episode)

    def _press(self, position: tuple[int, int]) -> None:
        layout = self._layout()
        if self.player.help:
            self.player.do(Command.HELP)
            return
        self.player.begun()
        if layout.button.collidepoint(position):
            self.player.do(Command.PLAY)
        elif layout.timebar.collidepoint(position):
            self._dragging = True
            self._drag(position)
        elif (target := self._target_at(position, layout)) is not None:
            self.player.press(target)
        elif self.player.hand is None and layout.scene.collidepoint(position):
            self.player.press(None)
        elif (location := self._location_at(position, layout)) is not None:
            self._jump(location)

    def _drag(self, position: tuple[int, int]) -> None:
        layout = self._layout()
        self.player.pause()
        self.player.seek(layout.time_at(layout.track, position[0]))

    def _jump(self, location: int) -> None:
        step = self.player.episode.last_written(location, self.player.step)
        if step is None:
            self.player.say(f"Location {location + 1} has not been written up to this step")
        else:
            self.player.pause()
            self.player.seek(float(step))

    def _hover(self, position: tuple[int, int]) -> None:
        if self._dragging:
            self._drag(position)
            return
        layout = self._layout()
        self.player.hover = self._target_at(position, layout)
        self.player.hover_location = self._location_at(position, layout)

    def _location_at(self, position: tuple[int, int], layout: Layout) -> int | None:
        return layout.location_at(position, by_location(self.player.episode, self.player.sheet))

    def _target_at(self, position: tuple[int, int], layout: Layout) -> Hashable | None:
        hand, view = self.player.hand, self.player.episode.view(self.player.step)
        return hand.target_at(position, layout.scene, view, layout.u) if hand is not None else None

    # Files.

    def _name(self, suffix: str) -> Path:
        seed = self.player.episode.seed
        return free_name(self._folder, "shrdlu" if seed is None else f"shrdlu-seed{seed}", suffix)

    def _screenshot(self) -> None:
        try:
            path = save_png(self._renderer.draw(self.player.frame(), self.size), self._name(".png"))
            self.player.say(f"Saved {path.name}")
        except (OSError, pygame.error) as error:
            self.player.say(f"Could not save: {error}")

    def _save(self) -> None:
        try:
            self.player.say(f"Saved {save(self.player.episode, self._name('.npz')).name}")
        except (OSError, ValueError) as error:
            self.player.say(f"Could not save: {error}")

    def _start_film(self) -> None:
        try:
            self._film = open_film(self._name(".mp4"), _VIDEO_FPS)
        except (OSError, ImportError) as error:
            self.player.say(f"Could not record: {error}")
            return
        self._film_owes = 1.0
        self.player.recording = True

    def _stop_film(self) -> None:
        film, self._film = self._film, None
        self.player.recording = False
        if film is not None:
            try:
                self.player.say(f"Saved {film.close().name}")
            except OSError as error:
                self.player.say(f"Could not save: {error}")

    def _shoot(self, picture: pygame.Surface, seconds: float) -> None:
        """Give the film as many frames as the time that passed is worth."""
        if self._film is None:
            return
        self._film_owes += seconds * _VIDEO_FPS
        try:
            while self._film_owes >= 1:
                self._film.add(picture)
                self._film_owes -= 1
        except OSError as error:
            self._film.discard()
            self._film, self.player.recording = None, False
            self.player.say(f"Could not record: {error}")
