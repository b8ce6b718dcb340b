"""What an episode has to show: which strips, which tables, how many locations."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from shrdlu_env.viewer.panels.rasters import WEIGHTINGS, Names
from shrdlu_env.viewer.recording.episode import Episode
from shrdlu_env.viewer.recording.internals import KNOWN
from shrdlu_env.viewer.scenes.registry import scene_of

MEMORY = "memory"
#: The page of all strips besides the weightings; no name of internals, which have no space.
OTHERS = "other numbers"


class Contents(NamedTuple):
    """What a layout must make room for.

    Attributes:
        known: names of the internals.
        strips: numbers over time as (name, read head), the memory's weightings first.
        sheets: names of tables, one of which is shown at a time, the memory first, the page of strips last.
        locations: N, 0 without a memory.
        columns: weightings that stand beside the memory.
        wide: whether the scene is a band.
        side: whether the scene has a panel beside it.
    """

    known: frozenset[str]
    strips: Names
    sheets: tuple[str, ...]
    locations: int
    columns: int
    wide: bool
    side: bool

    @property
    def has_insides(self) -> bool:
        """Whether there is anything to show beside the scene."""
        return bool(self.strips or self.sheets or {"probabilities", "value"} & self.known)

    @property
    def others(self) -> Names:
        """The strips besides the weightings."""
        return tuple(strip for strip in self.strips if strip[0] not in WEIGHTINGS)


def sheets_of(episode: Episode) -> tuple[str, ...]:
    """What the panel of the memory can show: the memory first, then links, other tables, the page of strips."""
    return contents_of(episode).sheets


def shown_sheet(episode: Episode, sheet: str) -> str:
    """The table on show where `sheet` is wished for."""
    names = sheets_of(episode)
    return sheet if sheet in names else names[0]


def by_location(episode: Episode, sheet: str) -> bool:
    """Whether the rows of the table on show where `sheet` is wished for are memory locations."""
    if not sheets_of(episode):
        return False
    name = shown_sheet(episode, sheet)
    return name != OTHERS and episode.stack(name).shape[1] == contents_of(episode).locations


@lru_cache(maxsize=16)
def contents_of(episode: Episode) -> Contents:
    """What an episode has to show."""
    known, view = episode.known, episode.view(0)
    locations = 0
    for name, axis in (
        (MEMORY, 1),
        ("write_weighting", 1),
        ("read_weightings", 2),
        ("usage", 1),
        ("link", 1),
    ):
        if name in known and not locations:
            locations = episode.stack(name).shape[axis]
    heads = episode.stack("read_weightings").shape[1] if "read_weightings" in known else 0
    weightings: list[tuple[str, int | None]] = []
    if "write_weighting" in known:
        weightings.append(("write_weighting", None))
    weightings += [("read_weightings", head) for head in range(heads)]
    if "usage" in known:
        weightings.append(("usage", None))
    others: list[tuple[str, int | None]] = [
        (name, None) for name in sorted(known) if name not in KNOWN and episode.stack(name).ndim <= 2
    ]
    tables = sorted(name for name in known if name not in KNOWN and episode.stack(name).ndim == 3)
    sheets = tuple(name for name in (MEMORY, "link", *tables) if name in known)
    if sheets and weightings and others:
        sheets += (OTHERS,)
    scene = scene_of(view)
    return Contents(
        known=known,
        strips=(*weightings, *others),
        sheets=sheets,
        locations=locations,
        columns=len(weightings),
        wide=scene.wide,
        side=scene.has_side(view),
    )
