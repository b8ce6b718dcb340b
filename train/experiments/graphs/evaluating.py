"""How many episodes an agent gets right: random graphs of a lesson, or a given graph."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from dnc_agent.cores.contract import resized
from dnc_agent.networks.stepping import NetworkStepper
from dnc_agent.supervised import SequenceBatch, SupervisedAgent, SupervisedLearner
from dnc_agent.supervised.scoring import read_out
from shrdlu_env.graphs.arrays import ASK, EDGES, ROUNDS, SHORTEST_PATH, TRAVERSAL, Episodes
from shrdlu_env.graphs.batch import make_sequences
from shrdlu_env.graphs.turns import PathTurn, PathTurns
from train.errors import UsageError
from train.experiment import Progress
from train.experiments.graphs.choosing import most_probable
from train.experiments.graphs.settings import Evaluation
from train.intervals import wilson_interval
from train.room import grown

Agent = SupervisedAgent | SupervisedLearner
BATCH = 64
"""Episodes side by side."""
MOST_LOCATIONS = 1024 * BATCH
"""Of all memories side by side; where graphs are huge, fewer episodes are."""


@dataclass(frozen=True)
class Found:
    """What a number of episodes showed."""

    right: NDArray[np.bool_]
    """[n], episodes with every answer right; a path of minimum length."""
    answers: NDArray[np.float64]
    """[n], share of the answers of an episode that are right: all triples of a walk are one answer; a path that is at
    most one step too long counts."""
    arrived: NDArray[np.bool_] | None = None
    """[n], paths that end at the destination; None for other tasks."""

    @property
    def accuracy(self) -> float:
        """Share of the episodes that are right."""
        return float(self.right.mean())

    @property
    def interval(self) -> tuple[float, float]:
        """Where that share lies, with 95 % confidence."""
        return wilson_interval(int(self.right.sum()), len(self.right))


def locations_of(episodes: Episodes) -> int:
    """Memory that the largest of some episodes takes: a location for each edge, and for each triple of a question."""
    meta = episodes.meta.astype(np.int64)
    return int((meta[:, EDGES] + meta[:, ROUNDS] * meta[:, ASK]).max())


def locations_for(agent: Agent, episodes: Episodes, flags: Evaluation) -> int | None:
    """Locations that an agent is tested with; None: its core has no memory.

    Raises:
        UsageError: if the flags want some where there is no memory.
    """
    trained = agent.network.core.memory_size
    if flags.memory_size is None:
        return grown(trained, locations_of(episodes)) if flags.grow_memory else trained
    if trained is None:
        raise UsageError(f"memory_size={flags.memory_size}; the agent's core has no memory")
    return flags.memory_size


def examine(
    agent: Agent,
    episodes: Episodes,
    arguments: dict[str, Any],
    task: int,
    progress: Progress = lambda word, share: None,
    memory_size: int | None = None,
) -> Found:
    """Put an agent to the test, its answers the most probable ones.

    Args:
        agent: network and device.
        episodes: n of them, in any order.
        arguments: of the sampler that drew them.
        task: TRAVERSAL, INFERENCE or SHORTEST_PATH of `shrdlu_env.graphs.arrays`.
        progress: told how far it is.
        memory_size: locations while it lasts; None: as trained.

    Raises:
        ValueError: if the core has no memory to resize.
    """
    core = agent.network.core
    room = nullcontext() if memory_size is None else resized(core, memory_size)
    # By length, so that few steps are padding.
    order = np.argsort(episodes.lengths, kind="stable")
    parts = []
    with room, torch.no_grad():
        side_by_side = max(1, min(BATCH, MOST_LOCATIONS // (core.memory_size or 1)))
        for start in range(0, len(order), side_by_side):
            progress("episodes", start / len(order))
            batch = episodes.take(order[start : start + side_by_side])
            if task == SHORTEST_PATH:
                parts.append(_walk(agent, batch, arguments))
            else:
                parts.append(_answer(agent, batch, task))
    columns = [np.concatenate(part) for part in zip(*parts, strict=True)]
    return Found(*columns)


def _answer(agent: Agent, episodes: Episodes, task: int) -> tuple[NDArray[Any], ...]:
    """`(right [B], share of answers right [B])` of whole sequences."""
    batch = SequenceBatch(*make_sequences(episodes))
    choices = agent.target.choose(read_out(agent.network, batch, agent.device)).cpu().numpy()
    wanted = batch.targets[batch.answer]
    right = ((choices == wanted) | (wanted < 0)).all(1)
    columns = np.nonzero(batch.answer)[1]
    exact = np.bincount(columns, ~right, len(episodes.meta)) == 0
    if task == TRAVERSAL:
        # A walk is one answer, right as a whole or wrong.
        return exact, exact.astype(np.float64)
    # A relation is asked about in every round and answered by one triple.
    return exact, np.bincount(columns, right, len(episodes.meta)) / episodes.meta[:, ROUNDS]


def _walk(agent: Agent, episodes: Episodes, arguments: dict[str, Any]) -> tuple[NDArray[Any], ...]:
    """`(right [B], at most one step too long [B], arrived [B])` of paths that the network walks alone."""
    turns = PathTurns(**arguments)
    turn: PathTurn | None = turns.begin_with(episodes)
    stepper = NetworkStepper(agent.network, len(episodes.meta))
    while turn is not None:
        logits = stepper.step(torch.as_tensor(turn.inputs, device=agent.device))
        probabilities = agent.target.probabilities(logits).cpu().numpy()
        turn = turns.advance(most_probable(probabilities, turns.simulation.leaving()[0]))
    infos = turns.simulation.infos()
    late = infos["moves"] - infos["min_moves"]
    arrived = infos["success"]
    return infos["perfect"], (arrived & (late <= 1)).astype(np.float64), arrived
