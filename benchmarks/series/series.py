"""What a series is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Series:
    """Settings of one experiment that are compared.

    Attributes:
        experiment: its name.
        minutes: of training that each run gets, on one core; None: no limit of that kind.
        settings: flags of `shrdlu train`, by a name that can be part of a file's.
        shared: further flags that all share.
        evaluate: flags of `shrdlu evaluate` after each run; None: it is not evaluated.
    """

    experiment: str
    minutes: float | None
    settings: dict[str, tuple[str, ...]]
    shared: tuple[str, ...] = ()
    evaluate: tuple[str, ...] | None = None
