"""The whole picture: a pure function of a frame and a size, panels drawn anew only when they change."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.paint import panel
from shrdlu_env.viewer.drawing.theme import BACKGROUND
from shrdlu_env.viewer.panels.banner import draw_banner
from shrdlu_env.viewer.panels.decision import draw_actions, draw_value, draw_value_cursor
from shrdlu_env.viewer.panels.layout import Layout, arrange
from shrdlu_env.viewer.panels.memory import draw_memory
from shrdlu_env.viewer.panels.overlays import draw_help, draw_location, draw_welcome, location_note
from shrdlu_env.viewer.panels.strips import draw_strips
from shrdlu_env.viewer.panels.timebar import draw_handle, draw_timebar
from shrdlu_env.viewer.recording.frame import Frame
from shrdlu_env.viewer.scenes.registry import scene_of


class Renderer:
    """Draws frames; every viewer has its own, and the surface it returns is good until the next call."""

    def __init__(self) -> None:
        self._canvas: pygame.Surface | None = None
        self._layers: dict[str, tuple[Hashable, pygame.Surface]] = {}

    def draw(self, frame: Frame, size: tuple[int, int]) -> pygame.Surface:
        """Draw a frame.

        Args:
            frame: what to show.
            size: width and height in pixels.

        Returns:
            A surface of that size; the next call draws over it.
        """
        if self._canvas is None or self._canvas.get_size() != tuple(size):
            self._canvas = pygame.Surface(size, 0, 32)
            self._layers.clear()
        canvas = self._canvas
        # Overlays of the frame before reached over the gaps between the panels.
        canvas.fill(BACKGROUND)
        layout = arrange(size, frame.episode)
        key = (frame.episode, frame.step, layout.size)
        self._scene(canvas, frame, layout, key)
        self._agent(canvas, frame, layout, key)
        bar_key = (*key, frame.playing, frame.speed, frame.control, frame.hidden, frame.recording, frame.fork)
        self._layer(canvas, "timebar", bar_key, layout.timebar, lambda s: draw_timebar(s, frame, layout))
        draw_handle(canvas, frame, layout)
        draw_location(canvas, frame, layout)
        if frame.welcome and not frame.help:
            low = scene_of(frame.episode.view(0)).wide
            draw_welcome(canvas, layout.scene, frame.welcome, layout.u, low=low)
        if frame.help:
            draw_help(canvas, layout, scene_of(frame.episode.view(0)))
        return canvas

    def _scene(self, canvas: pygame.Surface, frame: Frame, layout: Layout, key: tuple[Any, ...]) -> None:
        view, u = frame.episode.view(frame.step), layout.u
        scene = scene_of(view)
        hidden, note = frame.hidden, frame.message or location_note(frame, layout)
        self._layer(
            canvas,
            "banner",
            (*key, hidden, note),
            layout.banner,
            lambda s: draw_banner(s, layout.banner, scene.banner(view, hidden), u, note),
        )

        def draw(surface: pygame.Surface) -> None:
            panel(surface, layout.scene, u)
            scene.draw(surface, layout.scene, frame, u)

        self._layer(canvas, "scene", (*key, hidden, scene.key(frame)), layout.scene, draw)
        side = layout.side
        if side is not None:
            self._layer(canvas, "side", (*key, hidden), side, lambda s: scene.draw_side(s, side, frame, u))

    def _agent(self, canvas: pygame.Surface, frame: Frame, layout: Layout, key: tuple[Any, ...]) -> None:
        episode, u = frame.episode, layout.u
        t = frame.looked
        actions, value = layout.actions, layout.value
        if actions is not None:
            self._layer(canvas, "actions", key, actions, lambda s: draw_actions(s, actions, episode, t, u))
        if value is not None:
            value_key = (episode, layout.size)
            self._layer(canvas, "value", value_key, value, lambda s: draw_value(s, value, episode, layout))
            draw_value_cursor(canvas, value, episode, t, layout)
        if layout.weightings is not None:
            self._layer(
                canvas, "weightings", key, layout.weightings, lambda s: draw_strips(s, episode, t, layout)
            )
        if layout.memory is not None:
            sheet, hidden = frame.sheet, frame.hidden
            self._layer(
                canvas,
                "memory",
                (*key, sheet, hidden),
                layout.memory,
                lambda s: draw_memory(s, episode, t, layout, sheet, hidden),
            )

    def _layer(
        self,
        canvas: pygame.Surface,
        name: str,
        key: Hashable,
        rect: pygame.Rect,
        draw: Callable[[pygame.Surface], None],
    ) -> None:
        """Put a panel on the canvas, from the last time it was drawn where nothing it depends on has changed.

        `draw` gets a surface in the canvas's coordinates.
        """
        kept = self._layers.get(name)
        if kept is None or kept[0] != key:
            canvas.fill(BACKGROUND, rect)
            clip = canvas.get_clip()
            canvas.set_clip(rect)
            draw(canvas)
            canvas.set_clip(clip)
            inside = rect.clip(canvas.get_rect())
            kept = (key, canvas.subsurface(inside).copy())
            self._layers[name] = kept
            return
        canvas.blit(kept[1], rect)
