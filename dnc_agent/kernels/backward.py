"""The step loop backwards, and the weight gradients as one product each after it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from dnc_agent.kernels.layers import (
    add_layer_gradients,
    add_layer_input,
    layers_backward,
    started_afresh,
    to_previous,
)
from dnc_agent.kernels.layout import Carry
from dnc_agent.kernels.leaves import Leaves
from dnc_agent.kernels.link_storage import make_links, start_links
from dnc_agent.kernels.matmul import add_product, as_factor
from dnc_agent.kernels.memory_backward import memory_backward
from dnc_agent.kernels.plan import Plan, Weights
from dnc_agent.kernels.pool import Room
from dnc_agent.kernels.replay import replay
from dnc_agent.kernels.tape import Tape, arrays
from dnc_agent.kernels.threads import run_sliced, slices


class GradientViews(NamedTuple):
    """NumPy views of `Gradients`, for the kernels."""

    features: np.ndarray
    cells: np.ndarray
    carry: tuple[np.ndarray, ...]
    gates: tuple[np.ndarray, ...]
    xi: np.ndarray


class Gradients:
    """Gradients that travel back through time, and those of a section's gates and interface vectors.

    Attributes:
        features: [S + 1, B, F] for a section of S steps.
        gates: one [S, B, G] per layer.
        xi: [S, B, K].
        unnormed: [S, B, K], before LayerNorm; None without.
    """

    views: GradientViews

    def __init__(self, tape: Tape, d_state: Leaves[Tensor | None], want_links: bool) -> None:
        """From the gradient of the state after the tape's last step."""
        plan, steps, batch = tape.plan, tape.steps, tape.batch
        like = tape.features

        def start(shape: tuple[int, ...], given: Tensor | None) -> Tensor:
            if given is None:
                return like.new_zeros(shape)
            return given.reshape(shape).clone(memory_format=torch.contiguous_format)

        self.room = room = Room(like.dtype)
        longest = max(last - first for first, last in tape.sections())
        self._features = room(longest + 1, batch, plan.features)
        self._features[0] = 0.0
        if d_state.hidden is not None and plan.recurrent:
            self._features[0, :, : plan.hidden] = d_state.hidden.flatten(1)
        if d_state.reads is not None:
            self._features[0, :, plan.hidden :] = d_state.reads.flatten(1)
        self.cells = start((batch, plan.layers, plan.cell), d_state.cell)
        self.carry = Carry(
            start((batch, plan.n), d_state.usage),
            start((batch, plan.n), d_state.write_weighting),
            start((batch, plan.linked), d_state.precedence),
            start((batch, plan.r, plan.n), d_state.read_weightings),
            start((batch, plan.n, plan.w), d_state.memory),
            start_links(tape.links, tape.slots(steps)[0], d_state.link, want_links),
        )
        self._gates = [room(longest, batch, plan.gates) for _ in tape.gates]
        self._xi = room(longest, batch, plan.xi)
        self._unnormed = None if tape.unnormed is None else room(longest, batch, plan.xi)

    def enter(self, section: Tape, d_features: Tensor | None) -> None:
        """Go on with the section before; d_features [S, B, F], None is zero."""
        steps = section.steps
        last = self._features[0].clone()
        self.features = self._features[: steps + 1]
        self.features[0] = 0.0
        self.features[1:] = 0.0 if d_features is None else d_features
        self.features[steps] += last
        self.gates = [gates[:steps] for gates in self._gates]
        self.xi = self._xi[:steps]
        self.unnormed = None if self._unnormed is None else self._unnormed[:steps]
        self.views = GradientViews(
            self.features.numpy(), self.cells.numpy(), arrays(self.carry), arrays(self.gates), self.xi.numpy()
        )

    def of_state(self, plan: Plan) -> Leaves[Tensor | None]:
        """Gradient of the state before the first step."""
        before, carry = self._features[0], self.carry
        return Leaves(
            hidden=before[:, : plan.layers * plan.cell].reshape(len(before), plan.layers, plan.cell).clone(),
            cell=self.cells,
            memory=carry.memory,
            usage=carry.usage,
            write_weighting=carry.write,
            precedence=carry.precedence,
            link=carry.links[-1],
            read_weightings=carry.reads,
            reads=before[:, plan.hidden :].reshape(-1, plan.r, plan.w).clone(),
        )


def run_backward(tape: Tape, weights: Weights, d: Gradients) -> None:
    """Carry the gradients d back over all steps of the tape."""
    plan, stride = tape.plan, tape.stride
    room = Room(d.xi.dtype)
    lines = None
    if stride > 1:
        lines = (
            room(stride + 1, tape.batch, plan.n, plan.w).numpy(),
            arrays(make_links(room, (stride - 1, tape.batch), plan, tape.capacity)),
        )
    tape.ready(len(slices(tape.batch)))
    run_sliced(lambda index, low, high: _stretches(tape, weights, d, lines, index, low, high), tape.batch)


def _stretches(
    tape: Tape,
    weights: Weights,
    d: Gradients,
    lines: tuple[np.ndarray, Any] | None,
    index: int,
    low: int,
    high: int,
) -> None:
    if lines is None:
        for t in range(tape.steps - 1, -1, -1):
            slot, _ = tape.slots(t)
            _step(tape, weights, d, t, index, low, high, (tape.views.memory, slot), (tape.views.links, slot))
        return
    views, stride = tape.views, tape.stride
    memory_line, link_line = lines
    for first in range((tape.steps - 1) // stride * stride, -1, -stride):
        last = min(first + stride, tape.steps)
        kept, _ = tape.slots(first)
        replay(
            first, last, low, high, views.xi, views.record, views.memory, views.links, kept,
            views.reset, tape.blank, tape.scratch[index], tape.plan.erase_freed, memory_line, link_line,
        )  # fmt: skip
        for t in range(last - 1, first - 1, -1):
            k = t - first
            links = (link_line, k - 1) if k else (views.links, kept)
            _step(tape, weights, d, t, index, low, high, (memory_line, k), links)


def _step(
    tape: Tape,
    weights: Weights,
    d: Gradients,
    t: int,
    index: int,
    low: int,
    high: int,
    memory: tuple[np.ndarray, int],
    links: tuple[Any, int],
) -> None:
    plan, views = tape.plan, tape.views
    memory_backward(
        t, low, high, views.xi, views.record, views.order, memory[0], memory[1], memory[1] + 1, *links,
        plan.hidden, views.reset, tape.blank, tape.scratch[index], plan.erase_freed,
        d.views.features, d.views.carry, d.views.xi, tape.offset + t == 0,
    )  # fmt: skip
    d_raw = d.xi[t, low:high]
    if d.unnormed is not None and tape.unnormed is not None and tape.statistics is not None:
        mean, deviation = (part[t, low:high] for part in tape.statistics)
        d_raw = d.unnormed[t, low:high]
        d_raw.copy_(
            torch.ops.aten.native_layer_norm_backward(
                d.xi[t, low:high], tape.unnormed[t, low:high], [plan.xi], mean, deviation,
                *(weights.norm or ()), [True, False, False],
            )[0]
        )  # fmt: skip
    add_product(d.features[t + 1, low:high, : plan.hidden], d_raw, weights.interface)
    layers_backward(tape, weights.layers, d, t, low, high)
    if weights.interface_reads is not None:
        d_reads = d.features[t, low:high, plan.hidden :]
        to_previous(tape, t, low, high, d_reads, d_raw, weights.interface_reads)


def input_gradient(weights: Weights, d: Gradients) -> Tensor:
    """Gradient of the input, [T, B, X]."""
    steps, batch = d.xi.shape[:2]
    total = d.xi.new_zeros(steps * batch, weights.layers[0].on_input.shape[1])
    add_layer_input(weights.layers, d.gates, total)
    if weights.interface_input is not None:
        add_product(
            total, (d.xi if d.unnormed is None else d.unnormed).flatten(0, 1), weights.interface_input
        )
    return total.view(steps, batch, -1)


def add_weight_gradients(tape: Tape, x: Tensor, d: Gradients, weights: Weights, total: Weights) -> None:
    """Add the gradients of all weights to `total`, one matrix product each over all steps and elements."""
    plan = tape.plan
    # What has to be rounded is rounded into kept memory, once.
    room = Room(weights.interface.dtype)
    rows = as_factor(x.reshape(-1, plan.x), room)
    features = as_factor(tape.features, room)
    before, after = features[:-1], features[1:].flatten(0, 1)
    if any(tape.any_reset):
        before = started_afresh(plan, before, tape.reset)
    before = before.flatten(0, 1)
    add_layer_gradients(plan, total.layers, d.gates, rows, before, after, room)
    d_raw = (d.xi if d.unnormed is None else d.unnormed).flatten(0, 1)
    d_rounded = as_factor(d_raw, room)
    add_product(total.interface, d_rounded.t(), after[:, : plan.hidden])
    if total.interface_input is not None:
        add_product(total.interface_input, d_rounded.t(), rows)
    if total.interface_reads is not None:
        add_product(total.interface_reads, d_rounded.t(), before[:, plan.hidden :])
    if total.interface_bias is not None:
        total.interface_bias.add_(d_raw.sum(0))
    if total.norm is not None and tape.unnormed is not None and tape.statistics is not None:
        mean, deviation = (part.flatten(0, 1) for part in tape.statistics)
        _, d_scale, d_shift = torch.ops.aten.native_layer_norm_backward(
            d.xi.flatten(0, 1), tape.unnormed.flatten(0, 1), [plan.xi], mean, deviation,
            *(weights.norm or ()), [False, True, True],
        )  # fmt: skip
        total.norm[0].add_(d_scale)
        total.norm[1].add_(d_shift)
