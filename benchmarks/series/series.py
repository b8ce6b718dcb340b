"""What a series is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Series:
    """Settings of one experiment that are compared.

    Attributes:
        experiment: its name.
        budget: flags of `shrdlu train` that say how long each run lasts, and that all share; each has one core.
        settings: flags of `shrdlu train`, by a name that can be part of a file's.
        evaluate: flags of `shrdlu evaluate` after each run; None: it is not evaluated.
    """

    experiment: str
    budget: tuple[str, ...]
    settings: dict[str, tuple[str, ...]]
    evaluate: tuple[str, ...] | None = None
