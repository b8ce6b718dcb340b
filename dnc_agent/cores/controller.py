"""The paper's deep LSTM, in which every layer sees the input (Methods, 'Controller network')."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from dnc_agent.cores.matmul import Linear, linear
from dnc_agent.cores.options import check_clip


class ControllerState(NamedTuple):
    """Hidden and cell activations of all layers, each [B, layers, H]."""

    hidden: Tensor
    cell: Tensor


class _ClipGradient(torch.autograd.Function):
    """Identity forwards; clamps the gradient element-wise backwards."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, limit: float) -> Tensor:
        ctx.limit = limit
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        return grads[0].clamp(-ctx.limit, ctx.limit), None


def clip_gradient(x: Tensor, limit: float | None) -> Tensor:
    """Return x; in the backward pass its gradient is clamped to [-limit, limit] (None: left alone)."""
    return x if limit is None else _ClipGradient.apply(x, limit)


def uniform_linear(
    inputs: int, outputs: int, *, bias: bool = False, generator: torch.Generator | None = None
) -> Linear:
    """A linear layer with weights uniform in +-1/sqrt(inputs), drawn from `generator`, and a zero bias."""
    # nn.Linear's own initialisation would draw from the global generator.
    layer = nn.utils.skip_init(Linear, inputs, outputs, bias=bias, device=torch.get_default_device())
    nn.init.uniform_(layer.weight, -(inputs**-0.5), inputs**-0.5, generator=generator)
    if bias:
        nn.init.zeros_(layer.bias)
    return layer


@torch.no_grad()
def amplify_input(weights: Iterable[Tensor], inputs: int, gain: float) -> None:
    """Multiply the first `inputs` columns of every weight, those on the external input, by the gain.

    A start that shrinks with 1/sqrt(fan-in) keeps the variance of a unit's sum level if its inputs all vary
    alike, about 1: from that LeCun et al. (1998, 'Efficient BackProp') and Glorot & Bengio (2010) derive it.
    Of a one-hot input few entries are on, k of n say, so that its share of the sum comes out sqrt(k / n) times
    too small, and hidden units and read vectors drown it. A gain up to sqrt(n / k) makes up for it.
    """
    for weight in weights:
        weight[:, :inputs] *= gain


class DeepLSTM(nn.Module):
    """A stack of LSTM layers; layer l sees [input; own previous hidden; hidden of layer l - 1 at this step].

    Args:
        input_size: C, width of the input.
        hidden_size: H.
        num_layers: how many layers.
        gradient_clip: element-wise clip of the gradient at every hidden activation (the paper's 10).
        forget_bias: initial bias of the forget gates.
        matmul_precision: see `dnc_agent.cores.matmul.linear`.
        generator: source of the initial weights; None uses torch's global one.

    The gates of `weights[l]` [4H, C + H (+ H above the first layer)] lie in the order input, forget,
    candidate, output.

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
        forget_bias: float = 0.0,
        matmul_precision: str = "fp32",
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        check_clip(gradient_clip)
        self.matmul_precision = matmul_precision
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.gradient_clip = gradient_clip
        widths = [input_size + hidden_size * (1 if layer == 0 else 2) for layer in range(num_layers)]
        self.weights = nn.ParameterList(nn.Parameter(torch.empty(4 * hidden_size, width)) for width in widths)
        self.biases = nn.ParameterList(nn.Parameter(torch.zeros(4 * hidden_size)) for _ in widths)
        for weight in self.weights:
            bound = weight.shape[1] ** -0.5
            nn.init.uniform_(weight, -bound, bound, generator=generator)
        for bias in self.biases:
            nn.init.constant_(bias[hidden_size : 2 * hidden_size], forget_bias)

    def initial_state(self, batch_size: int) -> ControllerState:
        """All zero."""
        zeros = self.biases[0].new_zeros(batch_size, self.num_layers, self.hidden_size)
        return ControllerState(zeros, zeros.clone())

    def forward(self, x: Tensor, state: ControllerState) -> tuple[Tensor, ControllerState]:
        """One step.

        Args:
            x: [B, C].
            state: of the previous step.

        Returns:
            `(h [B, layers * H], new state)`, layers concatenated bottom first.
        """
        hidden: list[Tensor] = []
        cells: list[Tensor] = []
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            below = [hidden[-1]] if layer else []
            seen = torch.cat([x, state.hidden[:, layer], *below], dim=-1)
            i, f, g, o = linear(seen, weight, bias, self.matmul_precision).chunk(4, dim=-1)
            cell = torch.sigmoid(f) * state.cell[:, layer] + torch.sigmoid(i) * torch.tanh(g)
            hidden.append(clip_gradient(torch.sigmoid(o) * torch.tanh(cell), self.gradient_clip))
            cells.append(cell)
        return torch.cat(hidden, dim=-1), ControllerState(torch.stack(hidden, 1), torch.stack(cells, 1))
