"""The paper's deep LSTM alone, on the recurrent-core contract: the baseline without a memory."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from dnc_agent import kernels
from dnc_agent.cores.controller import ControllerState, DeepLSTM, amplify_input, uniform_linear
from dnc_agent.cores.fused import FusedCore
from dnc_agent.cores.matmul import MATMUL_PRECISIONS
from dnc_agent.cores.options import BACKENDS, check_choice, check_gain, check_optional_sizes, check_sizes


@dataclass(frozen=True)
class LSTMOptions:
    """Options of the LSTM core.

    Attributes:
        output_size: Y; None leaves the output layer out and returns all hidden activations.
        hidden_size: H, units per layer.
        num_layers: how many layers.
        forget_bias: initial bias of the forget gates.
        input_gain: factor of the initial weights on the input (`dnc_agent.cores.controller.amplify_input`).
        gradient_clip: element-wise clip of gradients at the activations; None turns it off.
        matmul_precision: "fp32", or "bf16": factors of matrix products of the layers are rounded to bfloat16, sums
            are float32, and so is all else. Twice as fast on processors that have it; float64 is left alone.
        backend: "fused" (`dnc_agent.kernels`, compiled for a CPU; an error where they cannot run), "reference" (plain
            PyTorch), or "auto": the fused one where it can run, else the reference.

    Raises:
        ValueError: naming the option that is out of range.
    """

    output_size: int | None = None
    hidden_size: int = 256
    num_layers: int = 1
    forget_bias: float = 0.0
    input_gain: float = 1.0
    gradient_clip: float | None = 10.0
    matmul_precision: str = "fp32"
    backend: str = "auto"

    def __post_init__(self) -> None:
        check_optional_sizes(output_size=self.output_size)
        check_sizes(hidden_size=self.hidden_size, num_layers=self.num_layers)
        check_gain(self.input_gain)
        check_choice("matmul_precision", self.matmul_precision, MATMUL_PRECISIONS)
        check_choice("backend", self.backend, BACKENDS)


class LSTM(FusedCore[ControllerState]):
    """Deep LSTM core.

    Args:
        input_size: X.
        generator: source of the initial weights; None uses torch's global one.
        **options: see `LSTMOptions`.

    Raises:
        ValueError: naming the argument that is out of range.
    """

    Options = LSTMOptions
    options: LSTMOptions

    def __init__(self, input_size: int, *, generator: torch.Generator | None = None, **options: Any) -> None:
        super().__init__(input_size, options)
        chosen = self.options
        self.controller = DeepLSTM(
            input_size,
            chosen.hidden_size,
            chosen.num_layers,
            gradient_clip=chosen.gradient_clip,
            forget_bias=chosen.forget_bias,
            matmul_precision=chosen.matmul_precision,
            generator=generator,
        )
        amplify_input(self.controller.weights, input_size, chosen.input_gain)
        total, outputs = chosen.num_layers * chosen.hidden_size, chosen.output_size
        self.output = None if outputs is None else uniform_linear(total, outputs, generator=generator)
        self.feature_size = total if outputs is None else outputs

    def initial_state(self, batch_size: int) -> ControllerState:
        """At rest: all zero."""
        return self.controller.initial_state(batch_size)

    def step(self, x: Tensor, state: ControllerState) -> tuple[Tensor, ControllerState]:
        """One step: x [B, X] to y [B, Y] and the next state."""
        h, state = self.controller(x, state)
        return h if self.output is None else self.output(h), state

    def _unroll_fused(
        self, x: Tensor, state: ControllerState | None, reset: Tensor | None
    ) -> tuple[Tensor, ControllerState]:
        before = self.initial_state(x.shape[1]) if state is None else state
        return kernels.unroll_lstm(*self.for_kernels(), x, before, reset)

    def for_kernels(self) -> tuple[kernels.LSTMPlan, list[Tensor]]:
        """What the kernels take: sizes and options, and the parameters in their order."""
        chosen = self.options
        plan = kernels.LSTMPlan(
            x=self.input_size,
            h=chosen.hidden_size,
            layers=chosen.num_layers,
            limit=float("inf") if chosen.gradient_clip is None else float(chosen.gradient_clip),
            rounded=chosen.matmul_precision == "bf16",
        )
        return plan, [*self.controller.weights, *self.controller.biases]
