"""Room in a memory: where episodes take more locations than a core has, it gets more; no weight depends on them."""

from __future__ import annotations

#: Locations beyond one for each thing to remember, where a memory grows: cores also write at marks and answers.
SPARE = 8


def grown(locations: int | None, needed: int) -> int | None:
    """Locations for what needs so many: as many as there are, or more; None: there is no memory."""
    return locations if locations is None or needed <= locations else needed + SPARE
