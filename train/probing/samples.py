"""From traces to what a probe learns from: a vector and a label for every step looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.task import Phase
from train.errors import UsageError, shown
from train.probing.traces import Trace

#: The most values of a label that is asked about by default.
MOST_VALUES = 64
#: Which steps are looked at, by name.
WHEN: dict[str, Callable[[Trace], NDArray[np.bool_]]] = {
    "any": lambda trace: np.ones(len(trace), bool),
    **{
        phase.word: lambda trace, phase=phase: trace.labels["phase"] == phase  # type: ignore[misc]
        for phase in Phase
    },
    "cue": lambda trace: np.arange(len(trace)) == cue_step(trace),
}


@dataclass(frozen=True)
class Samples:
    """n vectors with their labels."""

    vectors: NDArray[np.float32]
    """[n, F]."""
    labels: NDArray[np.int64]
    """[n], from 0 on."""
    groups: NDArray[np.int64]
    """[n], the episode of each; one that is learnt from is not tested on."""


def cue_step(trace: Trace) -> int:
    """The first step at which nothing is described any more; -1: there is none."""
    later = np.flatnonzero(trace.labels["phase"] != Phase.DESCRIBE)
    return int(later[0]) if len(later) else -1


def check_names(trace: Trace, inside: str, label: str, when: str) -> None:
    """Refuse names that mean nothing in the episodes of an agent, of which `trace` is one; see `gather`.

    Raises:
        UsageError: naming it, and those that there are.
    """
    for name, value, known in (
        ("inside", inside, trace.inside),
        ("label", label, trace.labels),
        ("when", when, WHEN),
    ):
        if value not in known:
            raise UsageError(f"{name}={value!r}; allowed are {', '.join(sorted(known))}")


def check_count(name: str, value: Any, least: int) -> None:
    """Refuse what is no whole number of at least so much.

    Raises:
        UsageError: naming it.
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise UsageError(f"{name}={shown(value)}; it must be a whole number of at least {least}")


def _first(traces: Sequence[Trace]) -> Trace:
    if not len(traces):
        raise UsageError("traces=[]; there must be at least one episode")
    return traces[0]


def _labels(trace: Trace, name: str) -> NDArray[np.int64]:
    """A label of every step, [T].

    Raises:
        UsageError: if it is something else.
    """
    values = np.asarray(trace.labels[name])
    if values.dtype.kind not in "biu" or values.shape != (len(trace),):
        raise UsageError(
            f"label={name!r} is {values.dtype} of shape {values.shape}; it must be a whole number for each of the "
            f"{len(trace)} steps"
        )
    return values.astype(np.int64)


def gather(
    traces: Sequence[Trace],
    *,
    inside: str,
    label: str,
    when: str = "any",
    ahead: int = 0,
    most: int | None = None,
    seed: int = 0,
) -> Samples:
    """A vector for every step looked at, with the label that is to be read off it; steps without one are left out.

    Args:
        traces: of one agent.
        inside: name of what is looked into, such as `features` or `memory`; tables are laid out as one vector.
        label: a name of `Trace.labels`.
        when: a key of `WHEN`: any step, those of a phase, or the cue.
        ahead: the label is that of so many steps later, at least 0.
        most: keep so many of them, at least 1, drawn at random; None: all.
        seed: of that draw.

    Raises:
        UsageError: if there are no traces, a name is unknown, a number is out of range, a label is not a whole number
            for every step, or no step has the label.
    """
    _first(traces)
    check_count("ahead", ahead, 0)
    if most is not None:
        check_count("most", most, 1)
    check_count("seed", seed, 0)
    vectors, labels, groups = [], [], []
    for episode, trace in enumerate(traces):
        check_names(trace, inside, label, when)
        steps = np.flatnonzero(WHEN[when](trace))
        steps = steps[steps + ahead < len(trace)]
        values = _labels(trace, label)[steps + ahead]
        steps, values = steps[values >= 0], values[values >= 0]
        held = trace.inside[inside]
        vectors.append(held[steps].reshape(len(steps), held[0].size))
        labels.append(values)
        groups.append(np.full(len(steps), episode))
    if not sum(map(len, labels)):
        raise UsageError(_nothing(traces, label, when, ahead))
    found = Samples(np.concatenate(vectors), np.concatenate(labels), np.concatenate(groups))
    if most is None or most >= len(found.labels):
        return found
    kept = np.sort(np.random.default_rng(seed).permutation(len(found.labels))[:most])
    return Samples(found.vectors[kept], found.labels[kept], found.groups[kept])


def _nothing(traces: Sequence[Trace], label: str, when: str, ahead: int) -> str:
    """Why there is nothing to learn from: no such steps, none that far on, or none with that label."""
    asked = f"when={when!r}" + (f" with ahead={ahead}" if ahead else "")
    played = f"in the episodes played ({len(traces)})"
    looked_at = [np.flatnonzero(WHEN[when](trace)) for trace in traces]
    if not any(map(len, looked_at)):
        there = ", ".join(word for word, has in WHEN.items() if any(has(trace).any() for trace in traces))
        return f"{asked}: there is no such step {played}; allowed are {there}"
    most = max(
        len(trace) - 1 - steps[0] for trace, steps in zip(traces, looked_at, strict=True) if len(steps)
    )
    if ahead > most:
        return f"{asked}: there is no step so much later {played}; at most {most} are possible"
    return f"label={label!r} with {asked}: no such step has that label {played}"


def labels_worth_asking(traces: Sequence[Trace], when: str = "any") -> list[str]:
    """Labels with at least two values, and no more than `MOST_VALUES`, at the steps looked at.

    Raises:
        UsageError: if there are no traces.
    """
    found = []
    for name in _first(traces).labels:
        values = np.concatenate([trace.labels[name][WHEN[when](trace)] for trace in traces])
        if 2 <= len(np.unique(values[values >= 0])) <= MOST_VALUES:
            found.append(name)
    return found
