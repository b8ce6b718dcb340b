"""Sequences in which the next input depends on the answer given: acted out under a teacher, learned from whole.

Where an answer is wanted, the step follows the teacher with probability beta, else the network's own best choice.
The inputs that came about and the teacher's answers to them are kept; what the network computed meanwhile, or else a
teacher-forced pass over them, gives the gradient. That is exact: the loss depends on the parameters through the
outputs alone, and on the choices only through the inputs, of which no gradient is taken. Sources: Graves et al. 2016,
Methods, 'Shortest path'; Ross et al. 2011 (DAgger).
"""

from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray

from dnc_agent.networks.network import RecurrentNetwork
from dnc_agent.networks.stepping import NetworkStepper
from dnc_agent.supervised.batches import SequenceBatch
from dnc_agent.supervised.scoring import as_inputs
from dnc_agent.supervised.targets import Target


class Turn(NamedTuple):
    """One step of B sequences, before its answers are given."""

    inputs: NDArray[np.float32]  #: [B, X]
    targets: NDArray[Any]  #: [B, K], what the teacher answers
    answer: NDArray[np.bool_]  #: [B], where an answer is wanted
    live: NDArray[
        np.bool_
    ]  #: [B], sequences that are not over; the rest of the turn means nothing for others


@runtime_checkable
class StepwiseTask(Protocol):
    """A task whose inputs depend on the answers."""

    def begin(self, rng: np.random.Generator, batch_size: int) -> Turn:
        """The first step of B new sequences; `rng` is the only source of chance."""
        ...

    def advance(self, choices: NDArray[Any]) -> Turn | None:
        """Take answers [B, K], which mean nothing where none was wanted, and go on; None: all are over."""
        ...

    def set_lesson(self, lesson: int) -> None:
        """Draw from another lesson from now on."""
        ...


@runtime_checkable
class Restricted(Protocol):
    """A task that knows which answers are possible: the network chooses among these alone."""

    def choose(self, probabilities: NDArray[np.float32]) -> NDArray[Any]:
        """The most probable of the possible answers [B, K] at the present step: probabilities [B, Y]."""
        ...


@torch.no_grad()
def act_out(
    network: RecurrentNetwork,
    target: Target,
    task: StepwiseTask,
    rng: np.random.Generator,
    batch_size: int,
    *,
    beta: float,
    device: torch.device | str = "cpu",
    stepper: NetworkStepper | None = None,
) -> SequenceBatch:
    """Let a network answer its way through a batch of sequences.

    Args:
        network: takes the choices that the teacher does not.
        target: how they are read out of its outputs.
        task: gives the inputs.
        rng: draws the sequences, and who chooses at each step of each.
        batch_size: B.
        beta: probability that a step follows the teacher; at 1 the network is not asked at all.
        device: where the network is.
        stepper: of the network, for B sequences at their start, if what it records is wanted; None: one that does not.

    Returns:
        The sequences that came about, with the teacher's answers as targets.
    """
    if stepper is None and beta < 1:
        stepper = NetworkStepper(network, batch_size)
    turns: list[Turn] = []
    turn: Turn | None = task.begin(rng, batch_size)
    while turn is not None:
        turn = turn._replace(answer=turn.answer & turn.live)
        turns.append(turn)
        choices = turn.targets
        if stepper is not None:
            logits = stepper.step(as_inputs(network, turn.inputs, device))
            if turn.answer.any():
                follow = rng.random(batch_size) < beta
                choices = np.where(follow[:, None], turn.targets, _own_choice(target, task, logits))
        turn = task.advance(choices)
    inputs, targets, answer, live = (np.stack(part) for part in zip(*turns, strict=True))
    return SequenceBatch(inputs, targets, answer, valid=None if live.all() else live)


def _own_choice(target: Target, task: StepwiseTask, logits: torch.Tensor) -> NDArray[Any]:
    if isinstance(task, Restricted):
        return task.choose(target.probabilities(logits).cpu().numpy())
    return target.choose(logits).cpu().numpy()
