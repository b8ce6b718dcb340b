"""The looks that the figures of analyses share."""

from __future__ import annotations

from typing import Any

from train.plots import COLOURS

__all__ = ["COLOURS", "SEQUENTIAL", "finish"]

#: Colour map of what goes from little to much; colour-blind people and greyscale printers tell it apart too.
SEQUENTIAL = "cividis"


def finish(axes: Any, across: str, up: str, title: str) -> None:
    """Name an axis system and let only its curves stand out."""
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.set_title(title, fontsize=10, loc="left")
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
