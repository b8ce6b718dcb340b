"""The paper's deep LSTM alone, on the recurrent-core contract: the baseline without a memory."""

import torch
from torch import Tensor

from dnc_agent.cores.contract import RecurrentCore, check_sizes
from dnc_agent.cores.controller import ControllerState, DeepLSTM, uniform_linear


class LSTM(RecurrentCore[ControllerState]):
    """Deep LSTM core.

    Args:
        input_size: X.
        output_size: Y; None leaves the output layer out and returns all hidden activations.
        hidden_size: H, units per layer.
        num_layers: how many layers.
        forget_bias: initial bias of the forget gates.
        gradient_clip: element-wise clip of gradients at the activations; None turns it off.
        generator: source of the initial weights; None uses torch's global one.

    Raises:
        ValueError: naming the argument that is out of range.
    """

    def __init__(
        self,
        input_size: int,
        *,
        output_size: int | None = None,
        hidden_size: int = 256,
        num_layers: int = 1,
        forget_bias: float = 0.0,
        gradient_clip: float | None = 10.0,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        check_sizes(
            input_size=input_size,
            output_size=1 if output_size is None else output_size,
            hidden_size=hidden_size,
            num_layers=num_layers,
        )
        self.input_size, self.output_size = input_size, output_size
        self.hidden_size, self.num_layers = hidden_size, num_layers
        self.controller = DeepLSTM(
            input_size,
            hidden_size,
            num_layers,
            gradient_clip=gradient_clip,
            forget_bias=forget_bias,
            generator=generator,
        )
        total = num_layers * hidden_size
        self.output = None if output_size is None else uniform_linear(total, output_size, generator=generator)
        self.feature_size = total if output_size is None else output_size

    def initial_state(self, batch_size: int) -> ControllerState:
        """At rest: all zero."""
        return self.controller.initial_state(batch_size)

    def step(self, x: Tensor, state: ControllerState) -> tuple[Tensor, ControllerState]:
        """One step: x [B, X] to y [B, Y] and the next state."""
        h, state = self.controller(x, state)
        return h if self.output is None else self.output(h), state
