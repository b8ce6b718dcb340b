"""Reference scores: every core on every experiment, as many weights and as long each, scored on the fixed sets."""

from __future__ import annotations

from typing import NamedTuple

from benchmarks.series.series import Series

#: What each run gets, on one core.
MINUTES = 5.0


class Field(NamedTuple):
    """Who is compared on an experiment.

    Attributes:
        fixed: name of the set.
        plain: preset of the plain DNC.
        sizes: units of lstm, gru and ntm that give as many weights as it has.
        helped: preset of the helped agent; None: there is none.
    """

    fixed: str
    plain: str
    sizes: tuple[int, int, int]
    helped: str | None


FIELDS = {
    "mini-shrdlu": Field("mini-shrdlu-v1", "plain", (235, 273, 85), "default"),
    "navigation": Field("navigation-v1", "plain", (191, 237, 128), "helped"),
    "traversal": Field("traversal-v1", "plain", (239, 280, 128), "helped"),
    "shortest-path": Field("shortest-path-v1", "plain", (239, 280, 128), "helped"),
    "inference": Field("inference-v1", "plain", (239, 280, 128), "helped"),
    "copy": Field("copy-v1", "default", (78, 90, 64), None),
    "repeat-copy": Field("repeat-copy-v1", "default", (78, 90, 64), None),
    "associative-recall": Field("associative-recall-v1", "default", (78, 91, 64), None),
    "babi": Field("babi-v1", "plain", (185, 220, 128), "default"),
}


def reference(experiment: str) -> Series:
    """The series of an experiment."""
    field = FIELDS[experiment]
    settings: dict[str, tuple[str, ...]] = {"dnc": ("--preset", field.plain)}
    for core, size in zip(("lstm", "gru", "ntm"), field.sizes, strict=True):
        settings[core] = ("--preset", field.plain, "--core", core, "--hidden-size", str(size))
    if field.helped is not None:
        settings["helped"] = ("--preset", field.helped)
    return Series(experiment, MINUTES, settings, evaluate=("--set", field.fixed))
