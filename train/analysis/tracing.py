"""One episode of a trained network, step by step, with what its memory did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from dnc_agent.supervised import SupervisedLearner
from shrdlu_env.sequences import SequenceTask


@dataclass(frozen=True)
class Traced:
    """One episode of T steps."""

    labels: NDArray[np.int8]
    """[T], what each step is (`shrdlu_env.sequences.sequences.Step`)."""
    right: NDArray[np.float64]
    """[T], share of bits that are right; NaN where none is asked for."""
    internals: dict[str, NDArray[Any]]
    """[T, ...], see `RecurrentCore.trace`."""


@torch.no_grad()
def trace_episode(learner: SupervisedLearner, task: SequenceTask, seed: int) -> Traced:
    """A fresh episode of a task."""
    drawn = task.draw(np.random.default_rng([seed, 2]), 1)
    network, target = learner.network.eval(), learner.target
    state = network.initial_state(1)
    choices, steps = [], []
    for inputs in torch.from_numpy(drawn.inputs):
        logits, state, internals = network.trace(inputs, state)
        choices.append(target.choose(logits)[0].numpy())
        steps.append({name: part[0].numpy() for name, part in internals.items()})
    right = (np.stack(choices) == drawn.targets[:, 0]).mean(-1)
    right[~drawn.answer[:, 0]] = np.nan
    return Traced(drawn.labels, right, {name: np.stack([s[name] for s in steps]) for name in steps[0]})
