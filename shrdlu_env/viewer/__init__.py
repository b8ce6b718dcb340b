"""See an episode: boards, goals, and what the agent's memory did.

Names are loaded when they are first used, so that importing this package does not import pygame.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shrdlu_env.viewer.api import play, replay, watch
    from shrdlu_env.viewer.demo import DemoAgent
    from shrdlu_env.viewer.episode import Episode, Step
    from shrdlu_env.viewer.exporting import export
    from shrdlu_env.viewer.storage import load, save
    from shrdlu_env.viewer.world import Act, record_episode

_HOMES = {
    "Act": "world",
    "DemoAgent": "demo",
    "Episode": "episode",
    "Step": "episode",
    "export": "exporting",
    "load": "storage",
    "play": "api",
    "record_episode": "world",
    "replay": "api",
    "save": "storage",
    "watch": "api",
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
