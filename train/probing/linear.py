"""A linear probe with its controls: logistic regression, tested on episodes that it did not learn from."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from train.errors import UsageError, shown
from train.experiment import Progress
from train.probing.requiring import sklearn
from train.probing.samples import Samples, check_count

MOST_ITERATIONS = 2_000


@dataclass(frozen=True)
class Probed:
    """Shares of right labels on what was held out, [splits] each."""

    accuracy: NDArray[np.float64]
    """Of the probe."""
    shuffled: NDArray[np.float64]
    """Of a probe learnt from the same vectors with the labels in random order: what so many columns give by chance."""
    commonest: NDArray[np.float64]
    """Of always saying the label that is commonest among those learnt from."""
    frequencies: NDArray[np.float64]
    """Of saying labels as often as they come among those learnt from, and looking at nothing."""
    samples: int
    """n."""
    values: int
    """Labels that there are."""

    def rows(self) -> Iterator[dict[str, Any]]:
        """A row for every split."""
        for split in range(len(self.accuracy)):
            yield {
                "split": split,
                **{
                    name: float(getattr(self, name)[split])
                    for name in ("accuracy", "shuffled", "commonest", "frequencies")
                },
            }


def probe(
    samples: Samples,
    *,
    splits: int = 20,
    test_share: float = 0.2,
    l2: float = 1.0,
    scale: bool = True,
    seed: int = 0,
    progress: Progress = lambda word, share: None,
) -> Probed:
    """Learn from a random part of the episodes, test on the rest, again and again.

    Args:
        samples: vectors and labels.
        splits: how often, at least 1.
        test_share: share of the episodes that is held out each time, above 0 and below 1; at least one is held out, and
            at least one is not.
        l2: coefficient of half the squared weights, beside the summed losses; above 0.
        scale: give every column mean 0 and deviation 1, as measured on what is learnt from.
        seed: of the splits and of the shuffled labels.
        progress: told how far it is.

    Raises:
        UsageError: if scikit-learn is not installed, a number is out of range, samples are not what `Samples` says, or
            there are too few episodes or labels to tell apart.
    """
    check_count("splits", splits, 1)
    check_count("seed", seed, 0)
    for name, value, below, allowed in (
        ("test_share", test_share, 1.0, "a number above 0 and below 1"),
        ("l2", l2, math.inf, "a finite number above 0"),
    ):
        if isinstance(value, bool) or not isinstance(value, Real) or not 0 < value < below:
            raise UsageError(f"{name}={shown(value)}; it must be {allowed}")
    _check_samples(samples)
    labels, groups = samples.labels, np.unique(samples.groups)
    values = np.unique(labels)
    if len(values) < 2 or len(groups) < 2:
        raise UsageError(
            f"{len(values)} labels in {len(groups)} episodes; a probe needs at least two of each: take more episodes"
        )
    limits = _one_thread()
    rng = np.random.default_rng(seed)
    held_out = min(max(1, round(test_share * len(groups))), len(groups) - 1)
    found = np.empty((4, splits))
    with limits:
        for split in range(splits):
            progress("probing", split / splits)
            tested = np.isin(samples.groups, rng.permutation(groups)[:held_out])
            learn, test = ~tested, tested
            mixed = rng.permutation(labels)
            share = np.array([(labels[learn] == value).mean() for value in values])
            found[:, split] = (
                _right(samples.vectors, labels, learn, test, l2, scale),
                _right(samples.vectors, mixed, learn, test, l2, scale),
                (labels[test] == values[share.argmax()]).mean(),
                share[np.searchsorted(values, labels[test])].mean(),
            )
    return Probed(found[0], found[1], found[2], found[3], len(labels), len(values))


def _check_samples(samples: Samples) -> None:
    vectors, labels, groups = samples.vectors, samples.labels, samples.groups
    if labels.dtype.kind not in "biu":
        raise UsageError(f"labels are {labels.dtype}; they must be whole numbers")
    if not len(vectors) == len(labels) == len(groups):
        raise UsageError(
            f"{len(vectors)} vectors, {len(labels)} labels, {len(groups)} groups; there must be as many of each"
        )
    if not np.isfinite(vectors).all():
        raise UsageError("vectors hold a number that is not finite; all must be finite")


def _one_thread() -> Any:
    """Problems as small as these only get slower on several threads, and other people's work with them."""
    sklearn("linear_model")
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1)


def _right(
    vectors: NDArray[np.float32],
    labels: NDArray[np.int64],
    learn: NDArray[np.bool_],
    test: NDArray[np.bool_],
    l2: float,
    scale: bool,
) -> float:
    """The share of right labels where `test` is true, learnt from where `learn` is."""
    if len(np.unique(labels[learn])) == 1:
        return float((labels[test] == labels[learn][0]).mean())
    columns = vectors.astype(np.float64)
    if scale:
        middle, spread = columns[learn].mean(0), columns[learn].std(0)
        # A column that never changes tells nothing; by its own spread it would be noise blown up.
        columns = (columns - middle) / np.where(spread > 1e-6, spread, 1.0)
    model = sklearn("linear_model").LogisticRegression(C=1 / l2, max_iter=MOST_ITERATIONS)
    model.fit(columns[learn], labels[learn])
    return float((model.predict(columns[test]) == labels[test]).mean())
