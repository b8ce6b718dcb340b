"""What probes ask for, against a plain loop over decoded observations."""

import numpy as np
import pytest
import torch

from dnc_agent.rl.collector import collect_episodes
from dnc_agent.rl.episodes import episode_source
from tests.train.tiny import TINY, vary
from train.experiments.mini_shrdlu.recall import cued_facts, num_facts
from train.experiments.mini_shrdlu.wiring import build


@pytest.mark.parametrize("lesson", [1, 4, 9])
def test_targets_are_what_was_told_about_the_cued_goal(lesson):
    config = vary(vary(TINY, "curriculum", lesson=lesson), "learn", episodes_per_batch=12)
    agent = build(config)
    batch = collect_episodes(agent.policy, episode_source(agent.env), 12, agent.generator)
    layout = agent.env.get_attr("layout")[0]
    observations, valid = batch.observations[:-1], torch.as_tensor(batch.valid)
    steps, targets = cued_facts(layout, observations, valid)
    assert steps.dtype == torch.bool
    assert (steps.sum(0) == 1).all(), "one question per episode"
    assert targets.shape == (12, num_facts(layout))
    rows = {tuple(place): row for place, row in zip(steps.nonzero().tolist(), targets, strict=True)}
    for b in range(12):
        told = {}
        for t in range(int(batch.valid[:, b].sum())):
            seen = layout.decode(observations[t, b].numpy())
            if seen.go:
                break
            told.setdefault(seen.letter, set()).add(seen.constraint)
        expected = np.zeros((layout.blocks, 4, layout.blocks), np.float32)
        for constraint in told[seen.letter]:
            expected[constraint.first - 1, int(constraint.relation), constraint.second - 1] = 1
        np.testing.assert_array_equal(rows[t, b].reshape(expected.shape), expected)


def test_padding_asks_nothing():
    agent = build(vary(TINY, "curriculum", lesson=4))
    batch = collect_episodes(agent.policy, episode_source(agent.env), 8, agent.generator)
    layout = agent.env.get_attr("layout")[0]
    observations, valid = batch.observations[:-1], torch.as_tensor(batch.valid)
    plain = cued_facts(layout, observations, valid)
    noisy = torch.where(valid[..., None], observations, torch.ones(()))
    for one, other in zip(plain, cued_facts(layout, noisy, valid), strict=True):
        assert torch.equal(one, other)
