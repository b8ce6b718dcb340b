"""The step loop forwards: matrix products by torch, everything else by the kernels."""

from __future__ import annotations

import torch
from torch import Tensor

from dnc_agent.kernels.layers import layers_forward, project_layers
from dnc_agent.kernels.matmul import add_product, put_product
from dnc_agent.kernels.memory_forward import memory_forward
from dnc_agent.kernels.plan import Plan, Weights
from dnc_agent.kernels.tape import Tape
from dnc_agent.kernels.threads import run_sliced, slices


def run_forward(tape: Tape, weights: Weights, x: Tensor) -> None:
    """Fill the tape from the state in its slot 0 and the input x [T, B, X]."""
    project_input(tape, weights, x)
    tape.ready(len(slices(tape.batch)))
    run_sliced(lambda index, low, high: _steps(tape, weights, index, low, high), tape.batch)


def project_input(tape: Tape, weights: Weights, x: Tensor) -> None:
    """The parts of gates and interface vectors that depend on the input alone, for all steps at once."""
    rows = x.reshape(-1, tape.plan.x)
    project_layers(weights.layers, [gates.view(len(rows), -1) for gates in tape.gates], rows)
    if weights.interface_input is not None:
        raw = tape.xi if tape.unnormed is None else tape.unnormed
        put_product(raw.view(len(rows), -1), rows, weights.interface_input.t())


def project_step(tape: Tape, weights: Weights, x: Tensor, t: int) -> None:
    """`project_input` for the single step t; x [B, X]."""
    project_layers(weights.layers, [gates[t] for gates in tape.gates], x)
    if weights.interface_input is not None:
        put_product((tape.xi if tape.unnormed is None else tape.unnormed)[t], x, weights.interface_input.t())


def _steps(tape: Tape, weights: Weights, index: int, low: int, high: int) -> None:
    for t in range(tape.steps):
        forward_step(tape, weights, t, index, low, high)


def forward_step(tape: Tape, weights: Weights, t: int, index: int, low: int, high: int) -> None:
    """Step t of elements low..high; index is the thread's number."""
    plan, views = tape.plan, tape.views
    previous, features = layers_forward(tape, weights.layers, t, low, high), tape.features[t + 1, low:high]
    _interface(tape, weights, features[:, : plan.hidden], previous[:, plan.hidden :], t, low, high)
    source, target = tape.slots(t)
    memory_forward(
        t, low, high, views.xi, views.record, views.order, views.memory, views.links, source, target,
        views.features, plan.hidden, views.reset, tape.blank, tape.scratch[index], tape.spare[index],
        plan.erase_freed,
    )  # fmt: skip


def _interface(
    tape: Tape, weights: Weights, hidden: Tensor, reads: Tensor, t: int, low: int, high: int
) -> None:
    raw = (tape.xi if tape.unnormed is None else tape.unnormed)[t, low:high]
    if weights.interface_input is None:
        put_product(raw, hidden, weights.interface.t())
    else:
        add_product(raw, hidden, weights.interface.t())
    if weights.interface_reads is not None:
        add_product(raw, reads, weights.interface_reads.t())
    if weights.interface_bias is not None:
        raw += weights.interface_bias
    if weights.norm is not None and tape.statistics is not None:
        plan: Plan = tape.plan
        normed, mean, deviation = torch.native_layer_norm(raw, [plan.xi], *weights.norm, plan.norm_eps or 0.0)
        tape.xi[t, low:high] = normed
        tape.statistics[0][t, low:high] = mean
        tape.statistics[1][t, low:high] = deviation
