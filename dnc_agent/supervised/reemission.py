"""Saying again what was just told, out of the memory alone: a loss that teaches to keep and to find it."""

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from dnc_agent.networks.network import RecurrentNetwork
from dnc_agent.supervised.batches import SequenceBatch
from dnc_agent.supervised.targets import Bits, Categories, Target


def check_reemission(network: RecurrentNetwork, target: Target) -> None:
    """Refuse a network that could not do it.

    Raises:
        ValueError: if its core reads from no memory, or its outputs cannot be its inputs.
    """
    core = network.core
    if core.controller_size is None or core.controller_size >= core.feature_size:
        raise ValueError(
            f"reemit_share: a core of class {type(core).__name__} hands out no reads of a memory"
        )
    fits = isinstance(target, Bits) or (isinstance(target, Categories) and len(target.sizes) == 1)
    if not fits or target.logits != core.input_size:
        raise ValueError(
            f"reemit_share: {core.input_size} inputs are to be said by the outputs; needed are as many bits or one "
            f"categorical of as many, got {target.to_json()}"
        )


def reemission_loss(network: RecurrentNetwork, target: Target, features: Tensor, inputs: Tensor) -> Tensor:
    """The loss of saying the inputs of some steps when all but the reads is hidden from the readout.

    Without that the controller would pass its input on, and nothing need be stored. Source: Park et al. 2021
    ('Distributed associative memory network with memory refreshing loss'), there with the controller in view.

    Args:
        network: whose readout says it.
        target: kind of answer; see `check_reemission`.
        features: of the core, [M, F].
        inputs: [M, X], bits or one-hot.

    Returns:
        [M], in nats.
    """
    reads = features.clone()
    reads[:, : network.core.controller_size] = 0.0
    wanted = inputs.argmax(-1, keepdim=True) if isinstance(target, Categories) else inputs
    return target.loss(network.read(reads, inputs), wanted)


def steps_to_reemit(batch: SequenceBatch, share: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Which steps are to be said again, [T, B]: of those that tell something and want no answer, a share at random."""
    told = (batch.inputs != 0).any(-1) & ~batch.answer
    if batch.valid is not None:
        told &= batch.valid
    return told & (rng.random(told.shape) < share)
