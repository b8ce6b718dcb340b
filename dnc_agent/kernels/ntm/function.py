"""The unrolled Neural Turing Machine as one node of the autograd graph."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from dnc_agent.cores.controller import ControllerState
from dnc_agent.cores.ntm.state import NTMState
from dnc_agent.kernels.content import NORM_EPSILON
from dnc_agent.kernels.layer_weights import Layer, detached, pack_layers, unpack_layers, zero_layers
from dnc_agent.kernels.layers import add_layer_gradients, layers_backward, layers_forward
from dnc_agent.kernels.lstm import ControllerGradients, ControllerTape
from dnc_agent.kernels.matmul import add_product, put_product
from dnc_agent.kernels.ntm.layout import NTMPlan, Record, Scratch
from dnc_agent.kernels.ntm.memory import memory_backward, memory_forward
from dnc_agent.kernels.tape import arrays
from dnc_agent.kernels.threads import run_sliced, slices


class NTMTape(ControllerTape):
    """Buffers for T steps of B elements.

    Attributes:
        xi: [T, B, K], raw interface vectors.
        record: see `dnc_agent.kernels.ntm.layout`; memory and norms have one slot if nothing is recorded.
    """

    plan: NTMPlan

    def __init__(self, plan: NTMPlan, x: Tensor, state: NTMState, reset: Tensor | None, record: bool) -> None:
        super().__init__(plan, x, state.controller, reset)
        self.features[0, :, plan.hidden :] = state.reads.flatten(1)
        self.xi = self.room(self.steps, self.batch, plan.xi)
        slots = self.steps + 1 if record else 1
        self.record = kept = Record.make(self.room, plan, self.steps, self.batch, slots)
        kept.memory[0] = state.memory
        kept.norms[0] = (state.memory.square().sum(-1) + NORM_EPSILON).sqrt()
        kept.weightings[0] = torch.cat([state.write_weightings, state.read_weightings], 1)
        self.recorded = record
        memory = x.new_full((plan.n, plan.w), plan.empty)
        weightings = x.new_zeros(plan.heads, plan.n)
        weightings[:, 0] = 1.0
        norms = (memory.square().sum(-1) + NORM_EPSILON).sqrt()
        self.blank = arrays((memory, norms, weightings))
        self.arrays = arrays(tuple(self.record))

    def scratch(self) -> list[tuple[Any, ...]]:
        """Room for each thread."""
        return [arrays(tuple(Scratch.make(self.room, self.plan))) for _ in slices(self.batch)]

    def after(self) -> NTMState:
        """The state after the last step."""
        plan, kept = self.plan, self.record
        written, read = kept.weightings[-1].split((plan.v, plan.r), 1)
        reads = self.features[-1, :, plan.hidden :].reshape(self.batch, plan.r, plan.w)
        return NTMState(self.final(), kept.memory[-1].clone(), written.clone(), read.clone(), reads.clone())


class UnrollNTM(torch.autograd.Function):
    """`(plan, record, x, reset, *state, *parameters)` to `(features [T, B, F], *state)`."""

    @staticmethod
    def forward(
        ctx: Any, plan: NTMPlan, record: bool, x: Tensor, reset: Tensor | None, *rest: Tensor
    ) -> tuple[Tensor, ...]:
        """Run the sequence; `record` is whether a backward pass may follow."""
        state, parameters = _state_of(rest[:6]), detached(plan, list(rest[6:]))
        *packed, weight, bias = parameters
        layers = pack_layers(plan, packed[: plan.layers], packed[plan.layers :])
        tape = NTMTape(plan, x, state, reset, record)
        tape.project(layers, x)
        xi, features, scratch = tape.xi.numpy(), tape.views.features, tape.scratch()

        def run(index: int, low: int, high: int) -> None:
            for t in range(tape.steps):
                layers_forward(tape, layers, t, low, high)
                hidden = tape.features[t + 1, low:high, : plan.hidden]
                put_product(tape.xi[t, low:high], hidden, weight.t(), bias)
                source, target = (t, t + 1) if record else (0, 0)
                memory_forward(
                    t, low, high, xi, tape.arrays, source, target, features, plan.hidden, tape.views.reset,
                    tape.blank, scratch[index],
                )  # fmt: skip

        run_sliced(run, tape.batch)
        found = tape.features[1:]
        if record:
            ctx.set_materialize_grads(False)
            # Parameters are saved only so that autograd notices if they change before the backward pass.
            ctx.save_for_backward(x, found, *rest[6:])
            ctx.tape, ctx.layers, ctx.weight = tape, layers, weight
        return found, *_leaves_of(tape.after())

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *d_outputs: Tensor | None) -> tuple[Tensor | None, ...]:
        """Gradients of x, the initial state and the parameters."""
        x, *_ = ctx.saved_tensors  # raises if one of them was changed in place
        tape, layers, weight = ctx.tape, ctx.layers, ctx.weight
        plan: NTMPlan = tape.plan
        d_hidden, d_cell, d_memory, d_written, d_read, d_reads = d_outputs[1:]
        d = ControllerGradients(tape, d_outputs[0], d_hidden, d_cell)
        if d_reads is not None:
            d.features[-1, :, plan.hidden :] += d_reads.flatten(1)
        d_memory = (
            x.new_zeros(tape.batch, plan.n, plan.w)
            if d_memory is None
            else d_memory.clone(memory_format=torch.contiguous_format)
        )
        d_weightings = x.new_zeros(tape.batch, plan.heads, plan.n)
        for part, given in zip(d_weightings.split((plan.v, plan.r), 1), (d_written, d_read), strict=True):
            if given is not None:
                part.copy_(given)
        d_xi = d.room(*tape.xi.shape)
        carried = d_memory.numpy(), d_weightings.numpy(), d_xi.numpy()
        xi, scratch = tape.xi.numpy(), tape.scratch()

        def run(index: int, low: int, high: int) -> None:
            for t in range(tape.steps - 1, -1, -1):
                memory_backward(
                    t, low, high, xi, tape.arrays, plan.hidden, tape.views.reset, tape.blank,
                    scratch[index], d.views.features, *carried,
                )  # fmt: skip
                add_product(d.features[t + 1, low:high, : plan.hidden], d_xi[t, low:high], weight)
                layers_backward(tape, layers, d, t, low, high)

        run_sliced(run, tape.batch)
        total = zero_layers(layers)
        d_parameters = _weight_gradients(tape, x, layers, total, d, d_xi)
        d_x = d.of_input(layers, x.shape) if ctx.needs_input_grad[2] else None
        d_reads = d.features[0, :, plan.hidden :].reshape(-1, plan.r, plan.w).clone()
        d_state = *d.of_state(plan), d_memory, *d_weightings.split((plan.v, plan.r), 1), d_reads
        return None, None, d_x, None, *d_state, *d_parameters


def _weight_gradients(
    tape: NTMTape,
    x: Tensor,
    layers: tuple[Layer, ...],
    total: tuple[Layer, ...],
    d: ControllerGradients,
    d_xi: Tensor,
) -> list[Tensor]:
    before, after = tape.before().flatten(0, 1), tape.features[1:].flatten(0, 1)
    add_layer_gradients(tape.plan, total, d.gates, x.flatten(0, 1), before, after, d.room)
    d_raw = d_xi.flatten(0, 1)
    return [*unpack_layers(tape.plan, total), d_raw.t() @ after[:, : tape.plan.hidden], d_raw.sum(0)]


def _leaves_of(state: NTMState) -> tuple[Tensor, ...]:
    return *state.controller, *state[1:]


def _state_of(leaves: tuple[Tensor, ...]) -> NTMState:
    return NTMState(ControllerState(*leaves[:2]), *leaves[2:])


def unroll_ntm(
    plan: NTMPlan, parameters: list[Tensor], x: Tensor, state: NTMState, reset: Tensor | None
) -> tuple[Tensor, NTMState]:
    """See `dnc_agent.kernels.unroll_ntm`."""
    inputs = [x, *parameters, *_leaves_of(state)]
    record = torch.is_grad_enabled() and any(tensor.requires_grad for tensor in inputs)
    found = UnrollNTM.apply(plan, record, x.contiguous(), reset, *_leaves_of(state), *parameters)
    return found[0], _state_of(found[1:])
