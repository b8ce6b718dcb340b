"""What the kernels need to know of an LSTM core."""

from __future__ import annotations

from typing import NamedTuple


class LSTMPlan(NamedTuple):
    """Sizes and options of an LSTM core; its parameters are the weights of all layers, then their biases."""

    x: int
    h: int
    layers: int
    limit: float  #: gradient clip at the activations; infinity turns it off
    rounded: bool  #: factors of matrix products are rounded to bfloat16 where parameters are float32
    recurrent: bool = True
    empty: float = 0.0

    @property
    def hidden(self) -> int:
        """Width of all hidden activations."""
        return self.layers * self.h

    @property
    def cell(self) -> int:
        """Width of a layer's state."""
        return self.h

    @property
    def features(self) -> int:
        """Width of the features."""
        return self.hidden
