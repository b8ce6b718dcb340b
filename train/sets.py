"""Fixed sets of evaluation episodes: drawn from a seed, checked by a digest, so that scores of others compare."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from train.errors import UsageError, shown
from train.experiment import DrawnSet, Experiment, Progress, Report


def digest_of(arrays: Iterable[NDArray[Any]]) -> str:
    """SHA-256 of arrays in their order: type, shape and little-endian numbers of each, whatever machine has them."""
    found = hashlib.sha256()
    for array in arrays:
        plain = np.ascontiguousarray(array)
        plain = plain.astype(plain.dtype.newbyteorder("<"), copy=False)
        found.update(f"{plain.dtype.str}{plain.shape}".encode())
        found.update(plain.tobytes())
    return found.hexdigest()


def draw_checked(experiment: Experiment, name: str) -> DrawnSet:
    """The episodes of a set.

    Raises:
        UsageError: if there is no such set, or what is drawn is not what its digest says.
    """
    if name not in experiment.sets:
        raise UsageError(
            f"set={shown(name)}; {experiment.name} has {', '.join(experiment.sets) or 'no sets'}"
        )
    drawn = experiment.draw_set(name)
    arrays = list(drawn.arrays)
    wanted, found = experiment.sets[name].digest, digest_of(arrays)
    if found != wanted:
        raise UsageError(
            f"set={name!r}: its episodes have the digest {found[:16]}, not {wanted[:16]}: the generator has changed, "
            "and scores do not compare"
        )
    return drawn._replace(arrays=arrays)


def check_alone(experiment: Experiment, name: str, flags: Any) -> None:
    """Refuse flags of an evaluation that say which episodes beside a set, which has its own.

    Raises:
        UsageError: naming the first.
    """
    usual = experiment.Evaluation()
    allowed = experiment.beside_sets
    for part in fields(flags):
        if part.name not in allowed and getattr(flags, part.name) != getattr(usual, part.name):
            beside = f"; allowed beside it are {', '.join(allowed)}" if allowed else ""
            raise UsageError(
                f"set={name!r} with {part.name}={shown(getattr(flags, part.name))}: a set has its own episodes"
                f"{beside}"
            )


def evaluate_set(
    experiment: Experiment, name: str, agent: Any, config: Any, flags: Any, progress: Progress, *, title: str
) -> Report:
    """Score an agent on a set.

    Args:
        experiment: of the agent.
        name: of the set.
        agent: to score.
        config: of the agent.
        flags: an instance of the experiment's `Evaluation`, of which `Experiment.beside_sets` matter.
        progress: called with a word and the share done.
        title: of the report.

    Returns:
        The report, whose JSON names the set and its digest.

    Raises:
        UsageError: if the set is not what its digest says, or the agent does not fit it.
    """
    progress("drawing", 0.0)
    drawn = draw_checked(experiment, name)
    fixed = experiment.sets[name]
    report = drawn.score(agent, config, flags, progress, f"{title}, {name}")
    named = {"set": name, "digest": fixed.digest, "about": fixed.about}
    markdown = f"{report.markdown}\n{name}: {fixed.about}; digest {fixed.digest}.\n"
    return replace(report, json=named | report.json, markdown=markdown)
