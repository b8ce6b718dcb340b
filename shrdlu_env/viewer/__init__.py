"""See an episode: what happened, and what the agent's memory did.

Names are loaded when they are first used, so that importing this package does not import pygame.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shrdlu_env.viewer.exporting.export import export
    from shrdlu_env.viewer.program.api import play, replay, watch
    from shrdlu_env.viewer.recording.episode import Episode, Step
    from shrdlu_env.viewer.recording.storage import load, save
    from shrdlu_env.viewer.recording.world import Act, record_episode
    from shrdlu_env.viewer.scenes.blocks.demo import DemoAgent

_HOMES = {
    "Act": "recording.world",
    "DemoAgent": "scenes.blocks.demo",
    "Episode": "recording.episode",
    "Step": "recording.episode",
    "export": "exporting.export",
    "load": "recording.storage",
    "play": "program.api",
    "record_episode": "recording.world",
    "replay": "program.api",
    "save": "recording.storage",
    "watch": "program.api",
}

__all__ = [
    "Act",
    "DemoAgent",
    "Episode",
    "Step",
    "export",
    "load",
    "play",
    "record_episode",
    "replay",
    "save",
    "watch",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
