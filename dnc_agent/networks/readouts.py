"""What is read out of features: layers to one output, or to logits and value of an actor-critic."""

from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor, nn

from dnc_agent.cores.contract import check_sizes
from dnc_agent.networks.relational import RelationalTrunk


class Head(nn.Module):
    """From features [..., F] to outputs [..., K].

    Args:
        in_size: F.
        hidden_sizes: widths of ReLU layers in between; empty is the paper's linear readout.
        out_size: K.
        gain: scale of the last layer's initial weights; small ones start a policy near uniform.

    Raises:
        ValueError: if a width is not an integer of at least 1.
    """

    def __init__(self, in_size: int, hidden_sizes: Sequence[int], out_size: int, gain: float) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for width in hidden_sizes:
            check_sizes(head_sizes=width)
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


class ActorCritic(NamedTuple):
    """What a policy makes of a step."""

    logits: Tensor  #: [..., A], unnormalised log-probabilities
    values: Tensor  #: [...], expected returns


class Readout(nn.Module):
    """One head over features, or over what a relational trunk makes of features and observation.

    Args:
        trunk: sees features and observation; None: the head sees the features alone.
        head: from the trunk's output or the features.
    """

    def __init__(self, trunk: RelationalTrunk | None, head: Head) -> None:
        super().__init__()
        self.trunk, self.head = trunk, head

    def forward(self, features: Tensor, observations: Tensor) -> Tensor:
        """Features [..., F] and observations [..., X] to [..., K]."""
        return self.head(features if self.trunk is None else self.trunk(features, observations))


class ActorCriticReadout(nn.Module):
    """A head for logits and one for the value over the same features, or over one relational trunk.

    Args:
        trunk: see `Readout`.
        policy_head: to [..., A].
        value_head: to [..., 1].
    """

    def __init__(self, trunk: RelationalTrunk | None, policy_head: Head, value_head: Head) -> None:
        super().__init__()
        self.trunk, self.policy_head, self.value_head = trunk, policy_head, value_head

    def forward(self, features: Tensor, observations: Tensor) -> ActorCritic:
        """Features [..., F] and observations [..., X] to logits and values."""
        seen = self._seen(features, observations)
        return ActorCritic(self.policy_head(seen), self.value_head(seen).squeeze(-1))

    def logits(self, features: Tensor, observations: Tensor) -> Tensor:
        """The logits alone: all that acting needs."""
        return self.policy_head(self._seen(features, observations))

    def _seen(self, features: Tensor, observations: Tensor) -> Tensor:
        return features if self.trunk is None else self.trunk(features, observations)
