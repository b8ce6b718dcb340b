"""The unrolled core as one node of the autograd graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from dnc_agent.kernels.backward import Gradients, add_weight_gradients, input_gradient, run_backward
from dnc_agent.kernels.forward import run_forward
from dnc_agent.kernels.plan import Plan, Weights, parameters_of
from dnc_agent.kernels.tape import Tape
from dnc_agent.kernels.threads import slices

if TYPE_CHECKING:
    from dnc_agent.core import DNC

#: How many tensors a state has.
LEAVES = 9


class Unroll(torch.autograd.Function):
    """`(plan, segment, x, reset, *state, *parameters)` to `(features [T, B, F], *state)`.

    With a segment length S only the states before every S-th step are kept; the backward pass runs each
    segment forward again before it goes back through it.
    """

    @staticmethod
    def forward(
        ctx: Any,
        plan: Plan,
        segment: int | None,
        record: bool,
        x: Tensor,
        reset: Tensor | None,
        *rest: Tensor,
    ) -> tuple[Tensor, ...]:
        """Run the sequence; `record` is whether a backward pass may follow."""
        leaves, parameters = list(rest[:LEAVES]), list(rest[LEAVES:])
        weights = Weights.pack(plan, parameters)
        steps = len(x)
        segment = steps if segment is None else min(segment, steps)
        starts: list[tuple[int, list[Tensor]]] = []
        outputs, tape = [], None
        for first in range(0, steps, segment):
            if segment < steps:
                starts.append((first, leaves))
            tape = _run(plan, weights, x, reset, leaves, first, segment, record and segment == steps)
            leaves = tape.get_state(tape.steps)
            outputs.append(tape.features[1:])
        features = outputs[0] if len(outputs) == 1 else torch.cat(outputs)
        if record:
            ctx.set_materialize_grads(False)
            # Parameters are saved only so that autograd notices if they change before the backward pass.
            ctx.save_for_backward(x, features, *parameters)
            ctx.plan, ctx.weights, ctx.segment, ctx.reset = plan, weights, segment, reset
            ctx.starts, ctx.tape = starts, tape if segment == steps else None
        return features, *leaves

    @staticmethod
    def backward(ctx: Any, *d_outputs: Tensor | None) -> tuple[Tensor | None, ...]:
        """Gradients of x, the initial state and the parameters."""
        plan, weights = ctx.plan, ctx.weights
        x = ctx.saved_tensors[0]
        d_features, d_state = d_outputs[0], list(d_outputs[1:])
        total = weights.zeros()
        starts = ctx.starts or [(0, None)]
        d_inputs: list[Tensor] = []
        for first, leaves in reversed(starts):
            tape = ctx.tape
            if tape is None:
                tape = _run(plan, weights, x, ctx.reset, leaves, first, ctx.segment, True)
            last = first + tape.steps
            d = Gradients(tape, None if d_features is None else d_features[first:last], d_state)
            run_backward(tape, weights, d)
            add_weight_gradients(tape, x[first:last], d, weights, total)
            if ctx.needs_input_grad[3]:
                d_inputs.insert(0, input_gradient(weights, d))
            d_state = d.of_state(plan)
        d_x = torch.cat(d_inputs) if d_inputs else None
        return None, None, None, d_x, None, *d_state, *total.unpack(plan)


def _run(
    plan: Plan,
    weights: Weights,
    x: Tensor,
    reset: Tensor | None,
    leaves: list[Tensor],
    first: int,
    segment: int,
    record: bool,
) -> Tape:
    """Forward through steps first..first + segment (or the end) on a new tape."""
    part = x[first : first + segment]
    batch = part.shape[1]
    tape = Tape(plan, len(part), batch, like=part, record=record, threads=len(slices(batch)))
    if reset is not None:
        tape.set_reset(reset[first : first + segment])
    tape.put_state(leaves)
    run_forward(tape, weights, part)
    return tape


def unroll_features(
    core: DNC, x: Tensor, leaves: list[Tensor], reset: Tensor | None, segment: int | None
) -> tuple[Tensor, list[Tensor]]:
    """Features [T, B, F] of the core for x [T, B, X], and the leaves of the state after the last step."""
    parameters = parameters_of(core)
    record = torch.is_grad_enabled() and any(tensor.requires_grad for tensor in (x, *leaves, *parameters))
    features, *after = Unroll.apply(
        Plan.of(core), segment, record, x.contiguous(), reset, *leaves, *parameters
    )
    return features, after
