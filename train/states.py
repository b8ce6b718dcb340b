"""What a run keeps in its checkpoints about itself beside the learner, and whether what is read there is possible."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

from train.errors import UsageError, shown
from train.settings import Within, from_json

Count = Annotated[int, Within(0, 2**63 - 1)]
Seconds = Annotated[float, Within(0, math.inf)]
Lesson = Annotated[int, Within(1, 1000)]
#: All are there, or none: checkpoints from before experiments had names have only `run`.
NAMED = ("experiment", "config", "lineage")


@dataclass
class RunState:
    """What a run carries from session to session beside the learner itself."""

    lesson: Lesson
    updates_in_lesson: Count = 0
    episodes_in_lesson: Count = 0
    seconds: Seconds = 0.0
    completed: Count = 0
    """Highest lesson completed so far."""
    checked_at: Count = 0
    """Updates at the last check of the gate; a session that begins there does not repeat it."""
    sessions: Count = 0


@dataclass
class Origin:
    """Where another run stood when this one, or one before it, branched off."""

    path: str
    episodes: Count
    steps: Count
    updates: Count
    seconds: Seconds
    lesson: Lesson
    settings: dict[str, Any]
    """In the names of the release that trained it."""


class Standing(NamedTuple):
    """Where a run stands and what it branched off, the oldest first."""

    state: RunState
    lineage: list[dict[str, Any]]


def read_standing(extra: dict[str, Any], lessons: int) -> Standing | None:
    """Where the run of a checkpoint stands; None: it was saved outside of any run.

    Args:
        extra: what was kept beside the learner.
        lessons: how many its experiment has.

    Raises:
        UsageError: naming the part that is missing or impossible.
    """
    named = [name for name in NAMED if name in extra]
    missing = sorted({*NAMED, "run"} - extra.keys()) if named else []
    if missing:
        raise UsageError(f"its description lacks {missing[0]}")
    if "run" not in extra:
        return None
    state: RunState = from_json(RunState, extra["run"], "run.")
    for name, most in (("lesson", lessons), ("completed", state.lesson)):
        if getattr(state, name) > most:
            raise UsageError(f"run.{name}={getattr(state, name)}; at most {most} is possible")
    lineage = extra.get("lineage", [])
    if not isinstance(lineage, list):
        raise UsageError(f"lineage: expected a list, got {shown(lineage)}")
    for number, origin in enumerate(lineage):
        from_json(Origin, origin, f"lineage[{number}].")
    return Standing(state, list(lineage))
