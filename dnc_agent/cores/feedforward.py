"""A controller without a state of its own: what it remembers lies in the memory alone."""

import torch
from torch import Tensor, nn

from dnc_agent.cores.controller import ControllerState, clip_gradient
from dnc_agent.cores.matmul import linear
from dnc_agent.cores.options import check_clip


class FeedForward(nn.Module):
    """Layers of tanh units, wired like the paper's deep LSTM: layer l sees [input; units of layer l - 1].

    The paper's memory reuse experiment has a feed-forward controller. That its units are tanh is our choice: it
    keeps them in the range of an LSTM's, so that interface and output start alike.

    Args:
        input_size: C, width of the input.
        hidden_size: H, units per layer.
        num_layers: how many layers.
        gradient_clip: element-wise clip of the gradient at every hidden activation.
        matmul_precision: see `dnc_agent.cores.matmul.linear`.
        generator: source of the initial weights, as in `DeepLSTM`; None uses torch's global one.

    Raises:
        ValueError: if the clip is not positive.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        *,
        gradient_clip: float | None = 10.0,
        matmul_precision: str = "fp32",
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        check_clip(gradient_clip)
        self.num_layers, self.gradient_clip = num_layers, gradient_clip
        self.matmul_precision = matmul_precision
        widths = [input_size + (hidden_size if layer else 0) for layer in range(num_layers)]
        self.weights = nn.ParameterList(nn.Parameter(torch.empty(hidden_size, width)) for width in widths)
        self.biases = nn.ParameterList(nn.Parameter(torch.zeros(hidden_size)) for _ in widths)
        for weight in self.weights:
            bound = weight.shape[1] ** -0.5
            nn.init.uniform_(weight, -bound, bound, generator=generator)

    def initial_state(self, batch_size: int) -> ControllerState:
        """Nothing: tensors of width 0."""
        nothing = self.biases[0].new_zeros(batch_size, self.num_layers, 0)
        return ControllerState(nothing, nothing.clone())

    def forward(self, x: Tensor, state: ControllerState) -> tuple[Tensor, ControllerState]:
        """One step: x [B, C] to `(h [B, layers * H], state)`, layers concatenated bottom first."""
        hidden: list[Tensor] = []
        for weight, bias in zip(self.weights, self.biases, strict=True):
            seen = torch.cat([x, *hidden[-1:]], dim=-1)
            h = torch.tanh(linear(seen, weight, bias, self.matmul_precision))
            hidden.append(clip_gradient(h, self.gradient_clip))
        return torch.cat(hidden, dim=-1), state
