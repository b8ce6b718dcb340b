"""A trained network that answers: whole sequences, or step by step."""

import os
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dnc_agent.checkpoint import read_checkpoint, resolve
from dnc_agent.checks import check_device, numeric
from dnc_agent.networks.network import NetworkState, RecurrentNetwork
from dnc_agent.supervised import saving
from dnc_agent.supervised.description import NetworkDescription
from dnc_agent.supervised.scoring import evaluating
from dnc_agent.supervised.targets import Target, check_target


class Answers(NamedTuple):
    """What a network answers."""

    choices: NDArray[Any]  #: [..., K], the most probable answers
    probabilities: NDArray[np.float32]  #: [..., Y]


class SupervisedAgent:
    """A network with what its outputs mean; no optimizer.

    It answers without dropout, also while a learner trains the same network.

    Args:
        network: on `device`.
        target: kind of answer.
        device: where to compute.
        extra: what was kept with it.

    Raises:
        ValueError: if `target` is no kind of answer.
    """

    def __init__(
        self,
        network: RecurrentNetwork,
        target: Target,
        *,
        device: torch.device | str = "cpu",
        extra: dict[str, Any] | None = None,
    ) -> None:
        check_target(target)
        self.network, self.target = network.eval(), target
        self.device, self.extra = torch.device(device), extra or {}

    @classmethod
    def load(cls, path: str | os.PathLike[str], device: str = "auto") -> "SupervisedAgent":
        """Read what a `SupervisedLearner` saved.

        Args:
            path: a checkpoint file or a directory that holds `agent.safetensors`.
            device: "auto", "cpu", "cuda".

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: if the file is damaged or something else.
        """
        place = check_device(device)
        tensors, meta = read_checkpoint(path)
        name = str(resolve(path))
        saving.check(meta, name)
        try:
            description = NetworkDescription.from_json(meta["network"])
            network = description.build(torch.Generator())
        except (TypeError, ValueError) as error:
            raise ValueError(f"{name} has a network that cannot be built: {error}") from None
        network.load_state_dict(saving.weights_of(tensors, network, name))
        network = network.to(place)
        return cls(network, description.target, device=place, extra=meta["extra"])

    @property
    def input_size(self) -> int:
        """X, width of the inputs."""
        return self.network.core.input_size

    @torch.no_grad()
    def answer(self, inputs: NDArray[np.floating], reset: NDArray[np.bool_] | None = None) -> Answers:
        """Answers at every step [T, B, ...] of whole sequences.

        Args:
            inputs: [T, B, X].
            reset: [T, B], where a new sequence begins in the middle of a row; None: nowhere.

        Raises:
            ValueError: if an input is not finite, or a shape does not fit.
        """
        begins = None if reset is None else torch.as_tensor(numeric("reset", reset), device=self.device)
        with evaluating(self.network):
            logits, _ = self.network.unroll(self._tensor(inputs, ("T", "B")), None, begins)
        return self._answers(logits)

    def initial_state(self, batch_size: int) -> NetworkState:
        """The state before the first step of B sequences."""
        return self.network.initial_state(batch_size)

    @torch.no_grad()
    def step(self, inputs: NDArray[np.floating], state: NetworkState) -> tuple[Answers, NetworkState]:
        """One step: inputs [B, X] to answers [B, ...] and the next state.

        Raises:
            ValueError: if an input is not finite, or the shape does not fit.
        """
        with evaluating(self.network):
            logits, state = self.network.step(self._tensor(inputs, ("B",)), state)
        return self._answers(logits), state

    @torch.no_grad()
    def trace(
        self, inputs: NDArray[np.floating], state: NetworkState
    ) -> tuple[Answers, NetworkState, dict[str, NDArray[np.float32]]]:
        """`step`, and the core's named internals [B, ...].

        Raises:
            ValueError: see `step`.
        """
        with evaluating(self.network):
            logits, state, internals = self.network.trace(self._tensor(inputs, ("B",)), state)
        return self._answers(logits), state, {name: part.cpu().numpy() for name, part in internals.items()}

    def _tensor(self, inputs: NDArray[np.floating], leading: tuple[str, ...]) -> Tensor:
        # A number beyond float32 becomes infinite, and is refused as such below.
        with np.errstate(over="ignore"):
            array = numeric("inputs", inputs).astype(np.float32)
        if array.ndim != len(leading) + 1 or array.shape[-1] != self.input_size or 0 in array.shape:
            expected = ", ".join([*leading, str(self.input_size)])
            raise ValueError(f"inputs has shape {array.shape}; expected [{expected}], none of them 0")
        bad = np.argwhere(~np.isfinite(array))
        if len(bad):
            raise ValueError(
                f"inputs is not finite at {tuple(bad[0].tolist())}, of [{', '.join(leading)}, X]"
            )
        return torch.as_tensor(array, device=self.device)

    def _answers(self, logits: Tensor) -> Answers:
        choices, probabilities = self.target.choose(logits), self.target.probabilities(logits)
        return Answers(choices.cpu().numpy(), probabilities.cpu().numpy())
