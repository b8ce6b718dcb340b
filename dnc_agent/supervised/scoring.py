"""How well answers fit what was wanted, sequence by sequence."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dnc_agent.networks.network import RecurrentNetwork
from dnc_agent.networks.stepping import Recording
from dnc_agent.supervised.batches import SequenceBatch, check_shapes
from dnc_agent.supervised.targets import Target, as_targets


@dataclass(frozen=True)
class Score:
    """Counts over sequences, all answers the most probable ones."""

    sequences: int
    exact: int
    """Sequences without a wrong answer."""
    asked: int
    """Answers (bits, digits, words) over all sequences."""
    wrong: int
    """Wrong ones among them."""

    @property
    def accuracy(self) -> float:
        """Share of answers that are right; all of them where none was asked for."""
        return 1 - self.wrong / self.asked if self.asked else 1.0

    @property
    def exact_share(self) -> float:
        """Share of sequences without a wrong answer."""
        return self.exact / self.sequences

    @property
    def wrong_per_sequence(self) -> float:
        """Wrong answers per sequence, on average."""
        return self.wrong / self.sequences


def score_of(counts: Iterable[tuple[NDArray[np.int64], NDArray[np.int64]]]) -> Score:
    """The score of batches of which `count_wrong` made the counts."""
    wrong, asked = (np.concatenate(part) for part in zip(*counts, strict=True))
    return Score(len(wrong), int((wrong == 0).sum()), int(asked.sum()), int(wrong.sum()))


def count_wrong(
    target: Target, choices: Tensor, batch: SequenceBatch
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Wrong answers and answers asked for, of each sequence of a batch.

    Args:
        target: kind of answer.
        choices: [M, K], at the answer steps of the batch, row-major.
        batch: with what was wanted.

    Returns:
        `(wrong [S], asked [S])`.
    """
    wanted = as_targets(target, batch.targets[batch.answer], choices.device)
    of, count = batch.sequence_of(), batch.sequences
    sums = (np.bincount(of, part.cpu().numpy(), count) for part in target.wrong(choices, wanted))
    wrong, asked = (part.astype(np.int64) for part in sums)
    return wrong, asked


@contextmanager
def evaluating(network: nn.Module) -> Iterator[None]:
    """Inside, a network computes without dropout; behind it, it is as it was, in the middle of its training or not."""
    training = network.training
    if training:
        network.eval()
    try:
        yield
    finally:
        if training:
            network.train()


def as_inputs(network: nn.Module, values: NDArray[Any], device: torch.device | str = "cpu") -> Tensor:
    """Inputs as a tensor of the type that a network's weights have, float32 as a rule."""
    dtype = next((parameter.dtype for parameter in network.parameters()), torch.float32)
    return torch.as_tensor(values, dtype=dtype, device=device)


def read_out(
    network: RecurrentNetwork,
    batch: SequenceBatch,
    device: torch.device | str,
    recording: Recording | None = None,
) -> Tensor:
    """A network's outputs [M, Y] at the answer steps of a batch, row-major; differentiable.

    Args:
        network: on `device`.
        batch: whose rows are a sequence each, if there is a recording.
        device: where to compute.
        recording: what the core computed as it went through this batch; used as long as it holds.
    """
    inputs, at = as_inputs(network, batch.inputs, device), torch.as_tensor(batch.answer, device=device)
    recorded = None if recording is None else recording.take(len(inputs))
    if recorded is not None:
        seen, _ = network.hold_over(recorded, inputs)
        outputs = network.read(seen, inputs, at)
    else:
        reset = None if batch.reset is None else torch.as_tensor(batch.reset, device=device)
        outputs, _ = network.unroll(inputs, None, reset, at)
    return outputs


@torch.no_grad()
def score(
    network: RecurrentNetwork,
    target: Target,
    batches: Iterable[SequenceBatch],
    device: torch.device | str = "cpu",
) -> Score:
    """The score of a network's most probable answers on whole batches, without dropout.

    Args:
        network: on `device`.
        target: kind of answer.
        batches: at least one.
        device: where to compute.

    Raises:
        ValueError: if a batch is not what `SequenceBatch` says.
    """
    with evaluating(network):
        return score_of(_counted(network, target, batch, device) for batch in batches)


def _counted(
    network: RecurrentNetwork, target: Target, batch: SequenceBatch, device: torch.device | str
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    check_shapes(batch)
    return count_wrong(target, target.choose(read_out(network, batch, device)), batch)
