"""What is read out of features: layers to logits or a value, and actions from logits."""

import torch
from torch import Tensor, nn


class Head(nn.Module):
    """From features [..., F] (and the observation [..., X], if it is shown) to outputs [..., K].

    Args:
        in_size: F, plus X if the observation is shown.
        hidden_sizes: widths of ReLU layers in between; empty is the paper's linear readout.
        out_size: K.
        gain: scale of the last layer's initial weights; small ones start a policy near uniform.
    """

    def __init__(self, in_size: int, hidden_sizes: tuple[int, ...], out_size: int, gain: float) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for width in hidden_sizes:
            hidden = nn.Linear(in_size, width)
            nn.init.orthogonal_(hidden.weight, 2**0.5)
            nn.init.zeros_(hidden.bias)
            layers += [hidden, nn.ReLU()]
            in_size = width
        last = nn.Linear(in_size, out_size)
        nn.init.orthogonal_(last.weight, gain)
        nn.init.zeros_(last.bias)
        self.layers = nn.Sequential(*layers, last)

    def forward(self, x: Tensor) -> Tensor:
        """x [..., in_size] to [..., out_size]."""
        return self.layers(x)


def choose_actions(
    logits: Tensor, deterministic: bool = False, generator: torch.Generator | None = None
) -> Tensor:
    """Actions [B] from logits [B, A]: the most probable, or drawn from the distribution."""
    if deterministic:
        return logits.argmax(-1)
    probabilities = torch.softmax(logits, -1)
    return torch.multinomial(probabilities, 1, generator=generator).squeeze(-1)
