"""The auxiliary task at the cue: recall the cued goal's constraints, which the agent was told before."""

import torch
from torch import Tensor

from shrdlu_env.blocks.layout import Layout


class RecallTask:
    """At the go cue, which of all (first block, relation, second block) belong to the cued goal?

    The answer is computed from the agent's own observations of the description, nothing else.

    Args:
        layout: of the observations.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.size = layout.blocks * 4 * layout.blocks

    def targets(self, observations: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
        """See `dnc_agent.rl.auxiliary.AuxiliaryTask`: one row per episode, at its go step.

        Args:
            observations: [T, B, X].
            valid: [T, B] bool.
        """
        layout = self.layout
        letters, go = observations[..., layout.goal], observations[..., layout.go].squeeze(-1) > 0
        # The goal's letter is shown with the cue for one step only.
        cue = go & (letters.sum(-1) > 0) & valid
        cued = torch.einsum("tb,tbl->bl", cue.to(letters.dtype), letters)
        told = torch.einsum("tbl,bl->tb", letters, cued) * (~go & valid)
        pairs = torch.einsum(
            "tb,tbf,tbr,tbs->bfrs",
            told,
            observations[..., layout.first],
            observations[..., layout.relation],
            observations[..., layout.second],
        )
        rows = pairs.flatten(1).clamp(max=1.0)
        # Row-major order over [T, B], as the contract asks.
        return cue, rows[cue.nonzero()[:, 1]]
