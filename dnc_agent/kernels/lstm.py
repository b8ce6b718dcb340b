"""The unrolled LSTM core as one node of the autograd graph; also what the tapes of cores with a memory begin with."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from dnc_agent.cores.controller import ControllerState
from dnc_agent.kernels.layer_weights import (
    Layer,
    LayerPlan,
    detached,
    pack_layers,
    unpack_layers,
    zero_layers,
)
from dnc_agent.kernels.layers import (
    add_layer_gradients,
    add_layer_input,
    layers_backward,
    layers_forward,
    project_layers,
    started_afresh,
)
from dnc_agent.kernels.lstm_plan import LSTMPlan
from dnc_agent.kernels.matmul import as_factor
from dnc_agent.kernels.pool import Room
from dnc_agent.kernels.threads import run_sliced


class Views(NamedTuple):
    """NumPy views, for the pointwise kernels; see `dnc_agent.kernels.layers`."""

    features: np.ndarray
    cells: np.ndarray
    gates: tuple[np.ndarray, ...]
    reset: np.ndarray


class ControllerTape:
    """Buffers for T steps of B elements of a controller that is an LSTM.

    Attributes:
        features: [T + 1, B, F]; slot t is from before step t.
        cells: [T + 1, B, layers, H], likewise.
        gates: one [T, B, 4H] per layer.
        reset: [T, B] bool.
        any_reset: whether any element starts afresh, by step.
    """

    def __init__(self, plan: LayerPlan, x: Tensor, state: ControllerState, reset: Tensor | None) -> None:
        """From this state; x [T, B, X]."""
        steps, batch = x.shape[:2]
        self.plan, self.steps, self.batch = plan, steps, batch
        self.room = room = Room(x.dtype)
        # Not from the room: this is what the caller gets.
        self.features = x.new_empty(steps + 1, batch, plan.features)
        self.cells = room(steps + 1, batch, plan.layers, plan.cell)
        self.gates = [room(steps, batch, 4 * plan.h) for _ in range(plan.layers)]
        self.features[0, :, : plan.hidden] = state.hidden.detach().flatten(1)
        self.cells[0] = state.cell.detach()
        self.reset = x.new_zeros(steps, batch, dtype=torch.bool) if reset is None else reset.contiguous()
        self.any_reset: list[bool] = [False] * steps if reset is None else reset.any(1).tolist()
        self.views = Views(
            self.features.numpy(),
            self.cells.numpy(),
            tuple(gates.numpy() for gates in self.gates),
            self.reset.numpy(),
        )

    def project(self, layers: tuple[Layer, ...], x: Tensor) -> None:
        """The input's part of the gates, for all steps at once."""
        rows = x.reshape(-1, self.plan.x)
        project_layers(layers, [gates.view(len(rows), -1) for gates in self.gates], rows)

    def final(self) -> ControllerState:
        """After the last step."""
        hidden = self.features[-1, :, : self.plan.hidden].reshape(self.batch, self.plan.layers, -1)
        return ControllerState(hidden.clone(), self.cells[-1].clone())

    def before(self) -> Tensor:
        """The features before each step as they counted there, [T, B, F]."""
        if not any(self.any_reset):
            return self.features[:-1]
        return started_afresh(self.plan, self.features[:-1], self.reset)


class ControllerGradients:
    """Gradients of a `ControllerTape`.

    Attributes:
        features: [T + 1, B, F].
        cells: [B, layers, H], which travels back through time.
        gates: one [T, B, 4H] per layer.
    """

    def __init__(
        self,
        tape: ControllerTape,
        d_features: Tensor | None,
        d_hidden: Tensor | None,
        d_cell: Tensor | None,
    ) -> None:
        """From the gradients of what came out; None is zero."""
        plan, like = tape.plan, tape.features
        self.room = room = Room(like.dtype)
        self.features = room(*like.shape)
        self.features[0] = 0.0
        self.features[1:] = 0.0 if d_features is None else d_features
        if d_hidden is not None:
            self.features[-1, :, : plan.hidden] += d_hidden.flatten(1)
        shape = tape.cells.shape[1:]
        self.cells = (
            like.new_zeros(shape) if d_cell is None else d_cell.clone(memory_format=torch.contiguous_format)
        )
        self.gates = [room(*gates.shape) for gates in tape.gates]
        self.views = Views(
            self.features.numpy(),
            self.cells.numpy(),
            tuple(gates.numpy() for gates in self.gates),
            tape.views.reset,
        )

    def of_state(self, plan: LayerPlan) -> ControllerState:
        """Of the state before the first step."""
        hidden = self.features[0, :, : plan.hidden].reshape(self.cells.shape).clone()
        return ControllerState(hidden, self.cells)

    def of_input(self, layers: tuple[Layer, ...], shape: torch.Size) -> Tensor:
        """Of x [T, B, X]."""
        total = self.features.new_zeros(shape).flatten(0, 1)
        add_layer_input(layers, self.gates, total)
        return total.view(shape)


class UnrollLSTM(torch.autograd.Function):
    """`(plan, x, reset, hidden, cell, *parameters)` to `(features [T, B, F], hidden, cell)`."""

    @staticmethod
    def forward(
        ctx: Any, plan: LSTMPlan, x: Tensor, reset: Tensor | None, hidden: Tensor, cell: Tensor, *rest: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Run the sequence."""
        parameters = detached(plan, list(rest))
        layers = pack_layers(plan, parameters[: plan.layers], parameters[plan.layers :])
        tape = ControllerTape(plan, x, ControllerState(hidden, cell), reset)
        tape.project(layers, x)

        def run(index: int, low: int, high: int) -> None:
            for t in range(tape.steps):
                layers_forward(tape, layers, t, low, high)

        run_sliced(run, tape.batch)
        features = tape.features[1:]
        ctx.set_materialize_grads(False)
        # Parameters are saved only so that autograd notices if they change before the backward pass.
        ctx.save_for_backward(x, features, *rest)
        ctx.tape, ctx.layers = tape, layers
        return features, *tape.final()

    @staticmethod
    @once_differentiable
    def backward(
        ctx: Any, d_features: Tensor | None, d_hidden: Tensor | None, d_cell: Tensor | None
    ) -> tuple[Tensor | None, ...]:
        """Gradients of x, the initial state and the parameters."""
        x, *_ = ctx.saved_tensors  # raises if one of them was changed in place
        tape, layers = ctx.tape, ctx.layers
        plan = tape.plan
        d = ControllerGradients(tape, d_features, d_hidden, d_cell)

        def run(index: int, low: int, high: int) -> None:
            for t in range(tape.steps - 1, -1, -1):
                layers_backward(tape, layers, d, t, low, high)

        run_sliced(run, tape.batch)
        total, room = zero_layers(layers), Room(layers[0].on_input.dtype)
        before, after = (as_factor(part, room).flatten(0, 1) for part in (tape.before(), tape.features[1:]))
        add_layer_gradients(plan, total, d.gates, as_factor(x.flatten(0, 1), room), before, after, room)
        d_x = d.of_input(layers, x.shape) if ctx.needs_input_grad[1] else None
        return None, d_x, None, *d.of_state(plan), *unpack_layers(plan, total)


def unroll_lstm(
    plan: LSTMPlan, parameters: list[Tensor], x: Tensor, state: ControllerState, reset: Tensor | None
) -> tuple[Tensor, ControllerState]:
    """See `dnc_agent.kernels.unroll_lstm`."""
    features, hidden, cell = UnrollLSTM.apply(plan, x.contiguous(), reset, *state, *parameters)
    return features, ControllerState(hidden, cell)
