"""The weights of a controller's layers, cut by what they multiply; of every core that has one."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import torch
from torch import Tensor


class LayerPlan(Protocol):
    """Sizes of a controller; features are [h of all layers; what was read], of which there may be none."""

    @property
    def x(self) -> int:
        """Inputs."""

    @property
    def h(self) -> int:
        """Units of a layer."""

    @property
    def layers(self) -> int:
        """How many layers."""

    @property
    def recurrent(self) -> bool:
        """An LSTM, not tanh units without a state."""

    @property
    def limit(self) -> float:
        """Gradient clip at the activations; infinity turns it off."""

    @property
    def rounded(self) -> bool:
        """Factors of matrix products are rounded to bfloat16 where parameters are float32."""

    @property
    def hidden(self) -> int:
        """Width of all hidden activations."""

    @property
    def cell(self) -> int:
        """Width of a layer's state, and of what it sees of its own last output."""

    @property
    def features(self) -> int:
        """Width of the features."""

    @property
    def empty(self) -> float:
        """What the reads hold before the first step of an episode."""


class Term(NamedTuple):
    """One product that enters a layer's gates: columns start..stop of the previous features times weight."""

    start: int
    stop: int
    weight: Tensor  #: [G, stop - start]


class Layer(NamedTuple):
    """One controller layer; G is four times as wide as the layer for an LSTM, else as wide."""

    bias: Tensor  #: [G]
    on_input: Tensor  #: [G, X]
    previous: tuple[Term, ...]  #: on the features of the previous step
    below: Tensor | None  #: [G, H], on the layer below at this step


def detached(plan: LayerPlan, parameters: list[Tensor]) -> list[Tensor]:
    """The parameters without a graph; matrices rounded to bfloat16 where the plan says so."""
    parameters = [parameter.detach() for parameter in parameters]
    if plan.rounded and parameters[0].dtype == torch.float32:
        return [part.bfloat16() if part.dim() == 2 else part for part in parameters]
    return parameters


def pack_layers(plan: LayerPlan, weights: list[Tensor], biases: list[Tensor]) -> tuple[Layer, ...]:
    """Cut weights [G, X + reads (+ H) (+ H)] by what they multiply."""
    seen, h = plan.x + plan.features - plan.hidden, plan.h
    layers = []
    for index, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        own, reads = weight[:, seen : seen + plan.cell], weight[:, plan.x : seen]
        previous: list[Term] = []
        if plan.recurrent and plan.layers == 1:
            # Features are [h; reads]: one product with both.
            previous = [Term(0, plan.features, torch.cat([own, reads], 1))]
        else:
            if plan.recurrent:
                previous.append(Term(index * h, (index + 1) * h, own.contiguous()))
            if reads.shape[1]:
                previous.append(Term(plan.hidden, plan.features, reads.contiguous()))
        below = weight[:, seen + plan.cell :].contiguous() if index else None
        layers.append(Layer(bias, weight[:, : plan.x], tuple(previous), below))
    return tuple(layers)


def zero_layers(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """Room for gradients of the same shapes, in full precision."""
    exact = layers[0].bias.dtype
    return tuple(
        Layer(
            torch.zeros_like(layer.bias),
            torch.zeros_like(layer.on_input, dtype=exact),
            tuple(Term(a, b, torch.zeros_like(weight, dtype=exact)) for a, b, weight in layer.previous),
            None if layer.below is None else torch.zeros_like(layer.below, dtype=exact),
        )
        for layer in layers
    )


def unpack_layers(plan: LayerPlan, layers: tuple[Layer, ...]) -> list[Tensor]:
    """Put the pieces together again: all weights, then all biases."""
    found = []
    for layer in layers:
        parts = [term.weight for term in layer.previous]
        if plan.recurrent and plan.layers == 1:
            parts = [parts[0][:, : plan.h], parts[0][:, plan.h :]]
        own = parts[:1] if plan.recurrent else []
        below = [] if layer.below is None else [layer.below]
        found.append(torch.cat([layer.on_input, *parts[len(own) :], *own, *below], 1))
    return found + [layer.bias for layer in layers]
