"""The unrolled core as one node of the autograd graph."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from dnc_agent.cores.dnc.state import DNCState
from dnc_agent.kernels.backward import Gradients, add_weight_gradients, input_gradient, run_backward
from dnc_agent.kernels.forward import run_forward
from dnc_agent.kernels.leaves import COUNT, Leaves, leaves_of, no_leaves, state_of
from dnc_agent.kernels.plan import Plan, Weights
from dnc_agent.kernels.tape import Tape


class Unroll(torch.autograd.Function):
    """`(plan, segment, record, x, reset, *state, *parameters)` to `(features [T, B, F], *state)`.

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
        *rest: Any,
    ) -> tuple[Tensor, ...]:
        """Run the sequence; `record` is whether a backward pass may follow."""
        parameters = list(rest[COUNT:])
        leaves: Leaves[Tensor] | None = None if rest[0] is None else Leaves(*rest[:COUNT])
        weights = Weights.pack(plan, parameters)
        steps = len(x)
        segment = steps if segment is None else min(segment, steps)
        parts = []
        for first in range(0, steps, segment):
            part = Part(x[first : first + segment], None if reset is None else reset[first : first + segment])
            part.run(plan, weights, leaves, record and segment == steps)
            parts.append(part)
            leaves = part.final if first + segment < steps else None
        features = parts[0].features if len(parts) == 1 else torch.cat([part.features for part in parts])
        if record:
            ctx.set_materialize_grads(False)
            # Parameters are saved only so that autograd notices if they change before the backward pass.
            ctx.save_for_backward(x, features, *parameters)
            ctx.plan, ctx.weights, ctx.parts = plan, weights, parts
        final = parts[-1].final
        for part in parts if segment < steps else ():
            part.forget()
        return features, *final

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *d_outputs: Tensor | None) -> tuple[Tensor | None, ...]:
        """Gradients of x, the initial state and the parameters."""
        _ = ctx.saved_tensors  # raises if one of them was changed in place
        want_state = any(ctx.needs_input_grad[5 : 5 + COUNT])
        d_x, d_state, d_parameters = go_back(
            ctx.plan, ctx.weights, ctx.parts, d_outputs[0], Leaves(*d_outputs[1:]),
            want_input=ctx.needs_input_grad[3], want_state=want_state,
        )  # fmt: skip
        if not want_state:
            d_state = no_leaves()
        return None, None, None, d_x, None, *d_state, *d_parameters


class Part:
    """A stretch of steps: its input, the state before it, and its tape as long as that is kept."""

    def __init__(self, x: Tensor, reset: Tensor | None) -> None:
        self.x, self.reset = x, reset
        self.tape: Tape | None = None
        self.start: Leaves[Tensor] | None = None

    def run(self, plan: Plan, weights: Weights, leaves: Leaves[Tensor] | None, record: bool) -> None:
        """Forward from the state of these leaves; the tape serves a backward pass only if record is true."""
        steps, batch = self.x.shape[:2]
        self.start = leaves
        self.tape = tape = Tape(plan, steps, batch, self.x, record, leaves)
        tape.set_reset(self.reset)
        run_forward(tape, weights, self.x)

    @property
    def features(self) -> Tensor:
        """[T, B, F] as computed by `run`."""
        assert self.tape is not None
        return self.tape.features[1:]

    @property
    def final(self) -> Leaves[Tensor]:
        """Leaves of the state after the stretch."""
        assert self.tape is not None
        return self.tape.get_state(self.tape.steps)

    def forget(self) -> None:
        """Drop the tape; `recall` makes it again."""
        self.tape = None

    def recall(self, plan: Plan, weights: Weights) -> Tape:
        """The tape, made again if it was dropped."""
        if self.tape is None:
            self.run(plan, weights, self.start, True)
        assert self.tape is not None
        return self.tape


def go_back(
    plan: Plan,
    weights: Weights,
    parts: list[Part],
    d_features: Tensor | None,
    d_state: Leaves[Tensor | None],
    want_input: bool,
    want_state: bool,
) -> tuple[Tensor | None, Leaves[Tensor | None], list[Tensor]]:
    """Backward pass through parts that follow each other.

    Args:
        plan: of the core.
        weights: those of the forward pass.
        parts: in order of time.
        d_features: [T, B, F] over all parts; None is zero.
        d_state: gradient of the leaves of the final state; None is zero.
        want_input: whether the gradient of x is needed.
        want_state: whether that of the initial state is.

    Returns:
        Gradients of `(x [T, B, X], leaves of the initial state, parameters)`.
    """
    total = weights.zeros()
    last = sum(len(part.x) for part in parts)
    d_inputs: list[Tensor] = []
    for part in reversed(parts):
        kept = part.tape is not None
        tape = part.recall(plan, weights)
        first = last - tape.steps
        d_part = None if d_features is None else d_features[first:last]
        d = Gradients(tape, d_state, want_links=want_state or first > 0)
        for start, stop in reversed(tape.sections()):
            section = tape.section(start, stop)
            d.enter(section, None if d_part is None else d_part[start:stop])
            run_backward(section, weights, d)
            add_weight_gradients(section, part.x[start:stop], d, weights, total)
            if want_input:
                d_inputs.insert(0, input_gradient(weights, d))
        d_state, last = d.of_state(plan), first
        if not kept:
            part.forget()
    return torch.cat(d_inputs) if d_inputs else None, d_state, total.unpack(plan)


def unroll_features(
    plan: Plan,
    parameters: list[Tensor],
    x: Tensor,
    state: DNCState | None,
    reset: Tensor | None,
    segment: int | None,
) -> tuple[Tensor, DNCState]:
    """See `dnc_agent.kernels.unroll`."""
    leaves: Leaves[Any] = no_leaves() if state is None else leaves_of(state)
    inputs = [x, *parameters, *(leaf for leaf in leaves if leaf is not None)]
    record = torch.is_grad_enabled() and any(tensor.requires_grad for tensor in inputs)
    features, *after = Unroll.apply(plan, segment, record, x.contiguous(), reset, *leaves, *parameters)
    return features, state_of(Leaves(*after))
