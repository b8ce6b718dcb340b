"""One process's share of the episodes of a batch, acted out as if all of them were there."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dnc_agent.networks import distributions
from dnc_agent.networks.distributions import Sizes
from dnc_agent.parallel import Processes
from dnc_agent.rl.episodes import Prefix
from dnc_agent.rl.sources import Beginning, EpisodeSource, Transition


class SharedSource:
    """The sub-environments of one process; every process runs them all, so that all draw the same episodes.

    Stepping those of others costs little beside a step of the network, and what they return is thrown away.

    Args:
        source: of the whole batch; it must draw nothing between two calls of `reset`.
        processes: that share it.

    Raises:
        ValueError: if there are fewer sub-environments than processes, or the source draws as it goes along.
    """

    def __init__(self, source: EpisodeSource, processes: Processes) -> None:
        if not getattr(source, "draws_at_reset_only", False):
            raise ValueError(
                f"processes={processes.size!r}: {type(source).__name__} cannot be shared, since it may draw "
                "episodes between resets; allowed is one process, or a native vector environment"
            )
        self._source, self._processes = source, processes
        self.total, self.own = source.num_envs, processes.share(source.num_envs)
        self.num_envs = self.own.stop - self.own.start
        self.prefix: Prefix | None = None

    def reset(self) -> Beginning:
        """See `EpisodeSource`."""
        begun = Beginning(*self._source.reset())
        prefix = self._source.prefix
        self.prefix = None if prefix is None else _part(prefix, self.own)
        mask = begun.action_mask
        return Beginning(
            begun.observations[self.own], begun.acting[self.own], None if mask is None else mask[self.own]
        )

    def step(self, actions: NDArray[np.integer]) -> Transition:
        """See `EpisodeSource`."""
        everywhere = np.zeros((self.total, *actions.shape[1:]), actions.dtype)
        everywhere[self.own] = actions
        whole = self._source.step(everywhere)
        own = self.own
        return Transition(
            whole.observations[own],
            whole.rewards[own],
            whole.terminated[own],
            whole.truncated[own],
            whole.acting[own],
            {key: value[own] for key, value in whole.infos.items()},
            None if whole.action_mask is None else whole.action_mask[own],
        )

    def sample(self, logits: Tensor, sizes: Sizes, generator: torch.Generator) -> Tensor:
        """Actions for this share's logits [B, A], from the numbers that the whole batch would draw for them."""
        whole = logits.new_zeros(self.total, logits.shape[1])
        whole[self.own] = logits
        return distributions.sample(whole, sizes, generator)[self.own]

    def skip(self, steps: int, logits: Tensor, sizes: Sizes, generator: torch.Generator) -> None:
        """Draw what the longest share draws after this one's last episode is over.

        Args:
            steps: of this share.
            logits: of any step.
            sizes: of the categoricals.
            generator: source of the actions drawn.
        """
        blank = torch.zeros_like(logits)
        for _ in range(self._processes.largest(steps) - steps):
            self.sample(blank, sizes, generator)


def _part(prefix: Prefix, own: slice) -> Prefix:
    """The prefixes that some of the episodes continue, from the first step of the longest of them."""
    kept, branch = torch.unique(prefix.branch_of[own], return_inverse=True)
    reset = prefix.reset[:, kept]
    start = int(reset.any(1).long().argmax())
    return Prefix(prefix.observations[start:, kept], reset[start:], branch)
