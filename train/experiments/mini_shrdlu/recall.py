"""What a goal's name stands for: the target of probes that ask how well an agent can tell."""

import torch
from torch import Tensor

from shrdlu_env.blocks.layout import Layout


def num_facts(layout: Layout) -> int:
    """How many facts (first block, relation, second block) there are."""
    return layout.blocks * 4 * layout.blocks


def cued_facts(layout: Layout, observations: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
    """Where the cue is, and which of all facts belong to the cued goal, from the agent's own observations.

    Args:
        layout: of the observations.
        observations: [T, B, X], whole episodes.
        valid: [T, B] bool, which steps belong to them.

    Returns:
        The steps of the cue, bool [T, B], one per episode; and facts, 0 or 1, [M, `num_facts`], a row for each of
        them in row-major order over [T, B].
    """
    letters, go = observations[..., layout.goal], observations[..., layout.go].squeeze(-1) > 0
    # The goal's letter is shown with the cue for one step only.
    cue = go & (letters.sum(-1) > 0) & valid
    cued = torch.einsum("tb,tbl->bl", cue.to(letters.dtype), letters)
    described = torch.einsum("tbl,bl->tb", letters, cued) * (~go & valid)
    pairs = torch.einsum(
        "tb,tbf,tbr,tbs->bfrs",
        described,
        observations[..., layout.first],
        observations[..., layout.relation],
        observations[..., layout.second],
    )
    return cue, pairs.flatten(1).clamp(max=1.0)[cue.nonzero()[:, 1]]
