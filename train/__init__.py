"""Where worlds and learner meet: experiments, run directories, training, evaluation, the command line.

    import train

    agent = train.run(until_lesson=1)  # of the first experiment in `train.experiments`

Names are loaded when they are first used, so that the command line's help need not import PyTorch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from train.api import make_agent, run

__all__ = ["make_agent", "run"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("train.api"), name)
