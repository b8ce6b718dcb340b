"""The contract for an auxiliary prediction task, trained beside the policy on the same features."""

from typing import Protocol

from torch import Tensor


class AuxiliaryTask(Protocol):
    """Something to predict, as independent yes/no questions, from a core's output at chosen steps.

    The targets must be computed from what the agent has itself observed.
    """

    #: How many yes/no questions one prediction answers (K).
    size: int

    def targets(self, observations: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
        """What to predict, and when.

        Args:
            observations: [T, B, X] of whole episodes.
            valid: [T, B] bool, which steps belong to the episode.

        Returns:
            `(steps [T, B] bool, targets [M, K])`, one row for each true entry of `steps`, in row-major order.
        """
        ...
