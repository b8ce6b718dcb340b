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
from shrdlu_env.viewer.panels.memory import draw_memory, draw_weightings
from shrdlu_env.viewer.panels.overlays import draw_help, draw_location, location_note
from shrdlu_env.viewer.panels.timebar import draw_handle, draw_timebar
from shrdlu_env.viewer.recording.frame import Frame
from shrdlu_env.viewer.scenes.blocks.board import draw_board
from shrdlu_env.viewer.scenes.blocks.goals import draw_goals
from shrdlu_env.viewer.scenes.blocks.moves import shown_move
from shrdlu_env.viewer.scenes.graph.picture import draw_graph, draw_graph_banner


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
        if "board" in frame.episode.view(frame.step):
            self._board(canvas, frame, layout, key)
        else:
            self._graph(canvas, frame, layout, key)
        self._agent(canvas, frame, layout, key)
        bar_key = (*key, frame.playing, frame.speed, frame.control, frame.hidden, frame.recording, frame.fork)
        self._layer(canvas, "timebar", bar_key, layout.timebar, lambda s: draw_timebar(s, frame, layout))
        draw_handle(canvas, frame, layout)
        draw_location(canvas, frame, layout)
        if frame.help:
            draw_help(canvas, layout)
        return canvas

    def _board(self, canvas: pygame.Surface, frame: Frame, layout: Layout, key: tuple[Any, ...]) -> None:
        episode, t, u = frame.episode, frame.step, layout.u
        view = episode.view(t)
        hidden, note = frame.hidden, frame.message or location_note(frame)
        self._layer(
            canvas,
            "banner",
            (*key, hidden, note),
            layout.banner,
            lambda s: draw_banner(s, layout.banner, view, u, hidden=hidden, note=note),
        )
        move = shown_move(view, episode.steps[t].action, frame.progress)

        def draw(surface: pygame.Surface) -> None:
            panel(surface, layout.board, u)
            inside = layout.board.inflate(-round(24 * u), -round(16 * u))
            draw_board(surface, inside, view["board"], u, move=move, marks=frame.marks)

        self._layer(canvas, "board", (*key, move, frame.marks), layout.board, draw)
        goals = layout.goals
        if goals is not None:
            last = episode.steps[-1].view["goals"]
            sizes = {letter: len(told) for letter, told in last.items()}
            self._layer(
                canvas,
                "goals",
                (*key, hidden),
                goals,
                lambda s: draw_goals(s, goals, view, u, hidden=hidden, sizes=sizes),
            )

    def _graph(self, canvas: pygame.Surface, frame: Frame, layout: Layout, key: tuple[Any, ...]) -> None:
        view, u = frame.episode.view(frame.step), layout.u
        note = frame.message or location_note(frame)
        self._layer(
            canvas,
            "banner",
            (*key, note),
            layout.banner,
            lambda s: draw_graph_banner(s, layout.banner, view, u, note=note),
        )
        self._layer(
            canvas,
            "board",
            (*key, frame.hidden),
            layout.board,
            lambda s: draw_graph(s, layout.board, view, u, hidden=frame.hidden),
        )

    def _agent(self, canvas: pygame.Surface, frame: Frame, layout: Layout, key: tuple[Any, ...]) -> None:
        episode, u = frame.episode, layout.u
        # The last observation has no agent's look: its panels keep showing the one before.
        t = frame.step
        if not episode.has_internals(t) and t == len(episode) and t > 0:
            t -= 1
        actions, value = layout.actions, layout.value
        if actions is not None:
            self._layer(canvas, "actions", key, actions, lambda s: draw_actions(s, actions, episode, t, u))
        if value is not None:
            value_key = (episode, layout.size)
            self._layer(canvas, "value", value_key, value, lambda s: draw_value(s, value, episode, layout))
            draw_value_cursor(canvas, value, episode, t, layout)
        if layout.weightings is not None:
            self._layer(
                canvas, "weightings", key, layout.weightings, lambda s: draw_weightings(s, episode, t, layout)
            )
        if layout.memory is not None:
            links, hidden = frame.links, frame.hidden
            self._layer(
                canvas,
                "memory",
                (*key, links, hidden),
                layout.memory,
                lambda s: draw_memory(s, episode, t, layout, links, hidden),
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
