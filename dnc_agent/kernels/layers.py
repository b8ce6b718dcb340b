"""The controller's layers, of every core that has one: one step forwards, one step backwards, gradients of weights."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from torch import Tensor

from dnc_agent.kernels.gates import lstm_backward, lstm_forward, tanh_backward, tanh_forward
from dnc_agent.kernels.layer_weights import Layer, LayerPlan
from dnc_agent.kernels.matmul import add_product, as_factor, product, put_product
from dnc_agent.kernels.pool import Room


class LayerGradientViews(Protocol):
    """NumPy views of gradients, for the pointwise kernels."""

    @property
    def features(self) -> np.ndarray:
        """[T + 1, B, F]."""

    @property
    def cells(self) -> np.ndarray:
        """[B, layers, H], which travel back through time; of a tape [T + 1, B, layers, H]."""

    @property
    def gates(self) -> tuple[np.ndarray, ...]:
        """One [T, B, G] per layer."""


class LayerViews(LayerGradientViews, Protocol):
    """NumPy views of a tape, likewise."""

    @property
    def reset(self) -> np.ndarray:
        """[T, B] bool."""


class LayerTape(Protocol):
    """What a stretch of steps keeps; slot t of the features is from before step t."""

    features: Tensor
    gates: list[Tensor]
    reset: Tensor
    any_reset: list[bool]

    @property
    def plan(self) -> LayerPlan:
        """Sizes."""

    @property
    def views(self) -> LayerViews:
        """The same memory."""


class LayerGradients(Protocol):
    """Gradients of what a tape keeps."""

    features: Tensor
    gates: list[Tensor]

    @property
    def views(self) -> LayerGradientViews:
        """The same memory."""


def project_layers(layers: tuple[Layer, ...], gates: list[Tensor], rows: Tensor) -> None:
    """The part of the gates, each [M, G], that depends on the input alone; rows [M, X]."""
    for layer, target in zip(layers, gates, strict=True):
        put_product(target, rows, layer.on_input.t(), layer.bias)


def started_afresh(plan: LayerPlan, features: Tensor, reset: Tensor) -> Tensor:
    """Features [..., F] as they are before a step where elements start afresh, reset [...] bool."""
    mask = reset.unsqueeze(-1)
    features = features.masked_fill(mask, 0.0)
    if plan.empty:
        features[..., plan.hidden :].masked_fill_(mask, plan.empty)
    return features


def layers_forward(tape: LayerTape, layers: tuple[Layer, ...], t: int, low: int, high: int) -> Tensor:
    """Step t of elements low..high, onto the projected input; returns the previous features as they count here."""
    plan, views = tape.plan, tape.views
    previous, features = tape.features[t, low:high], tape.features[t + 1, low:high]
    if tape.any_reset[t]:
        previous = started_afresh(plan, previous, tape.reset[t, low:high])
    for number, layer in enumerate(layers):
        row = tape.gates[number][t, low:high]
        for start, stop, weight in layer.previous:
            add_product(row, previous[:, start:stop], weight.t())
        if layer.below is not None:
            add_product(row, features[:, (number - 1) * plan.h : number * plan.h], layer.below.t())
        if plan.recurrent:
            lstm_forward(t, low, high, number, views.gates[number], views.cells, views.features, views.reset)
        else:
            tanh_forward(t, low, high, number, views.gates[number], views.features)
    return previous


def layers_backward(
    tape: LayerTape, layers: tuple[Layer, ...], d: LayerGradients, t: int, low: int, high: int
) -> None:
    """From the gradient of the features after step t to that of its gates and of the features before it."""
    plan, views = tape.plan, tape.views
    features, previous = d.features[t + 1, low:high], d.features[t, low:high]
    for number in range(plan.layers - 1, -1, -1):
        layer = layers[number]
        if plan.recurrent:
            lstm_backward(
                t, low, high, number, views.gates[number], views.cells, d.views.features, views.reset,
                plan.limit, d.views.cells, d.views.gates[number],
            )  # fmt: skip
        else:
            tanh_backward(
                t, low, high, number, views.features, d.views.features, plan.limit, d.views.gates[number]
            )
        d_gates = d.gates[number][t, low:high]
        if layer.below is not None:
            add_product(features[:, (number - 1) * plan.h : number * plan.h], d_gates, layer.below)
        for start, stop, weight in layer.previous:
            to_previous(tape, t, low, high, previous[:, start:stop], d_gates, weight)


def to_previous(
    tape: LayerTape, t: int, low: int, high: int, d_previous: Tensor, d: Tensor, weight: Tensor
) -> None:
    """Add d times weight to the gradient of the previous features, but where the step starts afresh."""
    if tape.any_reset[t]:
        d_previous += product(d, weight).masked_fill_(tape.reset[t, low:high, None], 0.0)
    else:
        add_product(d_previous, d, weight)


def add_layer_gradients(
    plan: LayerPlan,
    total: tuple[Layer, ...],
    d_gates: list[Tensor],
    rows: Tensor,
    before: Tensor,
    after: Tensor,
    room: Room,
) -> None:
    """Add the gradients of the layers' weights to `total`, one matrix product each over all M steps and elements.

    Args:
        plan: sizes.
        total: added to.
        d_gates: one [T, B, G] per layer.
        rows: input [M, X], as a factor.
        before: features before each step [M, F], likewise, as they counted there.
        after: features after each step [M, F], likewise.
        room: of the factors' dtype.
    """
    for number, layer in enumerate(total):
        d = d_gates[number].flatten(0, 1)
        layer.bias.add_(d.sum(0))
        d = as_factor(d, room)
        add_product(layer.on_input, d.t(), rows)
        for start, stop, weight in layer.previous:
            add_product(weight, d.t(), before[:, start:stop])
        if layer.below is not None:
            add_product(layer.below, d.t(), after[:, (number - 1) * plan.h : number * plan.h])


def add_layer_input(layers: tuple[Layer, ...], d_gates: list[Tensor], total: Tensor) -> None:
    """Add the gradient of the input that comes through the gates to `total` [M, X]."""
    for layer, d in zip(layers, d_gates, strict=True):
        add_product(total, d.flatten(0, 1), layer.on_input)
