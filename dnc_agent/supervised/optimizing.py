"""Settings of supervised learning, and the gradient step: schedule, clip, refusal of what is not finite."""

import math
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from dnc_agent.checks import check_amount, check_types, shown
from dnc_agent.cores.contract import check_sizes
from dnc_agent.networks.network import RecurrentNetwork
from dnc_agent.parallel import ALONE, Processes

OPTIMIZERS: dict[str, type[torch.optim.Optimizer]] = {
    "adam": torch.optim.Adam,
    "rmsprop": torch.optim.RMSprop,
}


@dataclass(frozen=True)
class Schedule:
    """A number that goes from `start` to `end` in a straight line over so many updates, and stays there.

    Attributes:
        start: at the first update.
        end: None: `start`, always.
        updates: how many it takes.
        after: how many come before it sets out.
    """

    start: float
    end: float | None = None
    updates: int = 1
    after: int = 0

    def at(self, update: int) -> float:
        """The number after so many updates."""
        if self.end is None:
            return self.start
        share = min(max(update - self.after, 0) / self.updates, 1.0)
        return (1 - share) * self.start + share * self.end


@dataclass(frozen=True)
class SupervisedSettings:
    """How a supervised learner learns."""

    optimizer: Literal["adam", "rmsprop"] = "adam"
    """Optimizer."""
    learning_rate: float = 1e-3
    """Step size."""
    final_learning_rate: float | None = None
    """Step size at the end of a linear decay; None: it stays as it is."""
    decay_updates: int = 100_000
    """Updates that the decay takes."""
    decay_after: int = 0
    """Updates before it begins."""
    core_lr_scale: float = 1.0
    """Step size of the core as a share of it."""
    max_grad_norm: float | None = 10.0
    """Clip of the gradient norm; None: no clip."""
    batch_size: int = 16
    """Sequences per update."""
    reemit_share: float = 0.0
    """Probability that a step that wants no answer is to be said again, out of the memory alone."""

    def __post_init__(self) -> None:
        # Before their types, of which the message would not name what is allowed.
        if not isinstance(self.optimizer, str) or self.optimizer not in OPTIMIZERS:
            raise ValueError(f"optimizer={shown(self.optimizer)}; allowed are {', '.join(OPTIMIZERS)}")
        for name in (
            "learning_rate",
            "final_learning_rate",
            "core_lr_scale",
            "max_grad_norm",
            "reemit_share",
        ):
            if getattr(self, name) is not None:
                check_amount(name, getattr(self, name), most=1 if name == "reemit_share" else math.inf)
        check_types(SupervisedSettings, vars(self))
        check_sizes(batch_size=self.batch_size, decay_updates=self.decay_updates)
        if (
            isinstance(self.decay_after, bool)
            or not isinstance(self.decay_after, int)
            or self.decay_after < 0
        ):
            raise ValueError(f"decay_after={shown(self.decay_after)}; it must be an integer of at least 0")
        if self.max_grad_norm == 0:
            raise ValueError(
                f"max_grad_norm={shown(self.max_grad_norm)}; it must be above 0, or None for no clip"
            )

    @property
    def schedule(self) -> Schedule:
        """Of step sizes."""
        return Schedule(self.learning_rate, self.final_learning_rate, self.decay_updates, self.decay_after)


def make_optimizer(network: RecurrentNetwork, settings: SupervisedSettings) -> torch.optim.Optimizer:
    """The optimizer of a network's parameters; those of the core have a `lr_scale` of their own.

    A finder only looks at what a core has written: it learns at the rate of the readout.
    """
    of_core = [p for name, p in network.core.named_parameters() if not name.startswith("finder.")]
    inside = {id(parameter) for parameter in of_core}
    others = [parameter for parameter in network.parameters() if id(parameter) not in inside]
    groups: list[dict[str, Any]] = [
        {"params": others, "lr_scale": 1.0},
        {"params": of_core, "lr_scale": settings.core_lr_scale},
    ]
    optimizer: Any = OPTIMIZERS[settings.optimizer]
    return optimizer(groups, lr=settings.learning_rate)


def gradient_step(
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    loss: Tensor,
    *,
    rate: float,
    max_grad_norm: float | None,
    update: int,
    processes: Processes = ALONE,
) -> tuple[float, float]:
    """Go down the gradient of a loss, which is the sum of all processes' parts.

    Args:
        network: whose parameters the optimizer has.
        optimizer: takes the step.
        loss: a number with a graph; of several processes, this one's part.
        rate: step size; groups of parameters scale it by their `lr_scale`.
        max_grad_norm: clip of the norm over all parameters; None: no clip.
        update: how many there were before, for the message.
        processes: that go down together.

    Returns:
        The norm before the clip, and the whole loss.

    Raises:
        FloatingPointError: if loss or gradient is not finite, and nothing is changed then; or a weight after it.
    """
    (total,) = processes.sum(loss.item())
    if not math.isfinite(total):
        raise FloatingPointError(f"the loss is {total} at update {update + 1}")
    optimizer.zero_grad()
    loss.backward()
    processes.add_gradients(network.parameters())
    norm = nn.utils.clip_grad_norm_(
        network.parameters(), math.inf if max_grad_norm is None else max_grad_norm
    )
    if not torch.isfinite(norm):
        raise FloatingPointError(f"the norm of the gradient is {norm.item()} at update {update + 1}")
    for group in optimizer.param_groups:
        group["lr"] = rate * group["lr_scale"]
    optimizer.step()
    for name, parameter in network.named_parameters():
        if not torch.isfinite(parameter).all():
            raise FloatingPointError(f"weights of {name} are not finite after update {update + 1}")
    return float(norm), total
