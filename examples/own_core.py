"""A core of one's own, fast weights, trained on copy. Run: python examples/own_core.py [UPDATES]"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

import train
from dnc_agent.cores import CORES
from dnc_agent.cores.contract import RecurrentCore
from dnc_agent.cores.controller import uniform_linear
from dnc_agent.cores.options import check_sizes


@dataclass(frozen=True)
class FastWeightsOptions:
    """Options: `hidden_size`, width H of keys, queries and contents."""

    hidden_size: int = 32

    def __post_init__(self) -> None:
        check_sizes(hidden_size=self.hidden_size)


class FastWeightsState(NamedTuple):
    """What is carried from step to step; a state is a NamedTuple of tensors [B, ...]."""

    weights: Tensor  #: [B, H, H], sum of all outer products of content and key so far


class FastWeights(RecurrentCore[FastWeightsState]):
    """An associative memory: write content under a key, read under a query (Ba et al. 2016, without decay)."""

    Options = FastWeightsOptions
    options: FastWeightsOptions

    def __init__(self, input_size: int, *, generator: torch.Generator | None = None, **options: Any) -> None:
        super().__init__(input_size, options)
        self.feature_size = self.options.hidden_size
        self.project = uniform_linear(input_size, 3 * self.feature_size, bias=True, generator=generator)

    def initial_state(self, batch_size: int) -> FastWeightsState:
        """An empty memory."""
        size = self.feature_size
        return FastWeightsState(self.project.weight.new_zeros(batch_size, size, size))

    def step(self, x: Tensor, state: FastWeightsState) -> tuple[Tensor, FastWeightsState]:
        """One step: x [B, X] to what is read [B, H] and the next state."""
        key, content, query = self.project(x).tanh().chunk(3, -1)
        weights = state.weights + content.unsqueeze(-1) * key.unsqueeze(-2)
        return (weights @ query.unsqueeze(-1)).squeeze(-1).tanh(), FastWeightsState(weights)


def main(updates: int = 100) -> float:
    """Train it; returns the share of right bits in the last batch."""
    CORES["fast-weights"] = FastWeights  # for good: a row of `CORES` in dnc_agent/cores/__init__.py
    learner = train.make_agent("copy", core="fast-weights", hidden_size=32, lengths=(1, 3))
    learner.begin()
    for _ in range(updates):
        figures = learner.update()
    print(f"{updates} updates: {figures['accuracy']:.0%} of the bits right, loss {figures['loss']:.2f} nats")
    return figures["accuracy"]


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
