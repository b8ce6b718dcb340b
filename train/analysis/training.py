"""Networks trained on copy for an analysis, and their curves."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dnc_agent.supervised import Score, SupervisedLearner, score
from shrdlu_env.sequences import SequenceTask
from train.analysis.analysis import TrainingSettings
from train.experiments.copying.copy import CopyConfig, CopyTask
from train.experiments.copying.settings import CoreConfig
from train.experiments.copying.wiring import TaskSource, build, make_task

#: Points of a curve.
POINTS = 50


@dataclass(frozen=True)
class Trained:
    """A network after its training on copy."""

    learner: SupervisedLearner
    config: CopyConfig
    curve: list[dict[str, float]]
    """Means over the batches since the last point, each scored before it was learnt from: `episodes` so far, `wrong`
    bits per episode, `accuracy` and `exact` (share of episodes without a wrong bit)."""

    def task(self, **changed: Any) -> SequenceTask:
        """The task as in training, with some arguments changed."""
        return make_task("copy", self.config, **changed)

    def score(self, episodes: int, seed: int, **changed: Any) -> Score:
        """The score on fresh episodes of `task`, in one batch; networks tested with one seed see the same ones."""
        batch = TaskSource(self.task(**changed)).draw(np.random.default_rng([seed, 1]), episodes)
        return score(self.learner.network, self.learner.target, [batch])


def copy_config(settings: TrainingSettings, *, seed: int, copies: int = 1, **core: Any) -> CopyConfig:
    """A configuration of copy as an analysis asks for it.

    Args:
        settings: of the analysis.
        seed: of weights and episodes.
        copies: sequences in one episode.
        **core: options of the core, by the names of `CoreConfig`.
    """
    default = CopyConfig()
    sizes = {name: getattr(settings, name) for name in ("hidden_size", "memory_size", "word_size")}
    return replace(
        default,
        task=CopyTask(settings.width, settings.lengths, copies),
        core=replace(CoreConfig(**sizes), **core),
        learn=replace(default.learn, learning_rate=settings.learning_rate, batch_size=settings.batch_size),
        seed=seed,
    )


def train_copy(
    config: CopyConfig, episodes: int, seconds: float | None, progress: Callable[[float], None]
) -> Trained:
    """Train a fresh network.

    Args:
        config: of the run.
        episodes: to train on.
        seconds: stop after so many; None: no limit.
        progress: told the share done.

    Raises:
        ValueError: naming the setting that is out of range.
        TrainingError: if loss or weights are not finite any more.
    """
    learner = build("copy", config)
    started = time.monotonic()
    curve: list[dict[str, float]] = []
    recent: list[dict[str, float]] = []
    done = 0.0
    while done < 1:
        recent.append(learner.update())
        done = learner.episodes / episodes
        if seconds is not None:
            done = max(done, (time.monotonic() - started) / seconds)
        if learner.episodes * POINTS >= (len(curve) + 1) * episodes or done >= 1:
            means = {
                name: float(np.mean([f[name] for f in recent])) for name in ("wrong", "accuracy", "exact")
            }
            curve.append({"episodes": learner.episodes, **means})
            recent = []
        progress(min(done, 1.0))
    return Trained(learner, config, curve)
