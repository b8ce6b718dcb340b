"""Which series there are."""

from __future__ import annotations

from benchmarks.series.reference import FIELDS, reference
from benchmarks.series.series import Series

#: What was put into the helped agent of Mini-SHRDLU by hand, each taken away.
_HELP = {
    "no-copies": ("--no-name-keys",),
    "no-conjunctions": ("--no-conjunctions",),
    "no-graph-network": ("--relational-width", "0"),
    "no-held-cue": ("--no-hold-cue",),
    "core-sees-board": ("--core-sees-board",),
    "core-as-fast": ("--core-lr-scale", "1"),
}

#: What the field added to the DNC for question answering since, each alone beside the paper's own.
_LEVERS = {
    "masked-lookup": ("--masked-lookup",),
    "wiping": ("--erase-on-deallocation",),
    "layer-norm": ("--interface-norm",),
    "dropout": ("--dropout", "0.1"),
    "no-links": ("--no-temporal-links",),
    "idle-steps": ("--idle-steps", "2"),
    "forget-bias": ("--forget-bias", "1"),
    "re-emission": ("--reemit-share", "0.1"),
}

SERIES = {
    "ladder": Series(
        "mini-shrdlu",
        20.0,
        {"helped": (), **_HELP, "no-help": tuple(flag for flags in _HELP.values() for flag in flags)},
    ),
    "levers": Series(
        "babi",
        None,
        {
            "plain": ("--preset", "plain"),
            **{name: ("--preset", "plain", *flags) for name, flags in _LEVERS.items()},
            "together": ("--preset", "default"),
            "together-re-emission": ("--preset", "default", *_LEVERS["re-emission"]),
            "lstm": ("--preset", "lstm"),
            "ntm": ("--preset", "ntm"),
        },
        shared=("--updates", "3000", "--max-episodes", "54000"),
        evaluate=("--questions", "400"),
    ),
    **{f"reference-{experiment}": reference(experiment) for experiment in FIELDS},
}
