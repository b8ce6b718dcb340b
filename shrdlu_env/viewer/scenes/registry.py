"""Which scenes there are, and which one an observation belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shrdlu_env.viewer.scenes.scene import Scene

#: name in `view["scene"]` -> "module:class" below this package, imported when an episode needs it.
SCENES: dict[str, str] = {
    "blocks": "blocks.scene:BlocksScene",
    "graph": "graph.scene:GraphScene",
    "sequence": "sequence.scene:SequenceScene",
    "story": "story.scene:StoryScene",
}

# Views recorded before scenes had names are known by an entry that only theirs have.
_UNNAMED = {"board": "blocks", "nodes": "graph"}


def scene_name(view: Mapping[str, Any]) -> str:
    """Name of the scene that a view belongs to.

    Raises:
        ValueError: it has none that is known.
    """
    name = view.get("scene")
    if name is None:
        name = next((scene for mark, scene in _UNNAMED.items() if mark in view), None)
    if not isinstance(name, str) or name not in SCENES:
        raise ValueError(f"view['scene'] must be one of {', '.join(SCENES)}, got {name!r}")
    return name


def scene_of(view: Mapping[str, Any]) -> Scene:
    """The scene that draws a view.

    Raises:
        ValueError: it names none that is known.
    """
    return _scene(scene_name(view))


@cache
def _scene(name: str) -> Scene:
    module, _, kind = SCENES[name].partition(":")
    scene: Scene = getattr(import_module(f"{__package__}.{module}"), kind)()
    return scene
