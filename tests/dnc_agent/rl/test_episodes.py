"""Whole episodes: the same out of every kind of vector environment; batches cut and joined."""

import dataclasses

import numpy as np
import pytest
import torch
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from hypothesis import given

from dnc_agent.rl.collector import collect_episodes
from dnc_agent.rl.episodes import EpisodeBatch, concatenate
from dnc_agent.rl.sources import GymnasiumSource, VecEnvSource, episode_source
from dnc_agent.rl.vec_env import GymnasiumVecEnv
from tests.dnc_agent.helpers import SEEDS, examples
from tests.dnc_agent.small_worlds import Walk, make_agent, side_by_side

MODES = ("same_step", "next_step", "disabled", "dummy")


def play(source, actions):
    """One episode per sub-environment under given actions [T, B]: for each, what it saw until its end."""
    observations, acting, _ = source.reset()
    seen = [[("start", tuple(o), bool(a))] for o, a in zip(observations, acting, strict=True)]
    over = np.zeros(source.num_envs, bool)
    for row in actions:
        step = source.step(row)
        for index in np.flatnonzero(~over):
            ended = bool(step.terminated[index]), bool(step.truncated[index])
            # What comes after the last step has no next action.
            acts = None if any(ended) else bool(step.acting[index])
            infos = {key: float(step.infos[key][index]) for key in ("place", "share")}
            seen[index].append(
                (tuple(step.observations[index]), float(step.rewards[index]), ended, acts, infos)
            )
        over |= step.terminated | step.truncated
    assert over.all()
    return seen


def seeded(mode, seed, count=5):
    env = side_by_side(Walk, count, mode, cut=True)
    env.seed(seed)
    env.reset()
    return episode_source(env)


@given(SEEDS)
@examples(10)
def test_all_sources_give_the_same_episodes(seed):
    actions = np.random.default_rng(seed).integers(0, 3, (7, 5))
    first, *others = (play(seeded(mode, seed), actions) for mode in MODES)
    for other in others:
        assert other == first


@pytest.mark.parametrize("mode", MODES)
def test_an_episode_ends_with_its_own_last_observation_and_info(mode):
    for shown in play(seeded(mode, 3), np.full((7, 5), 2)):
        (place, t, length), reward, ended, _, infos = shown[-1]
        assert t == length == len(shown) - 1
        assert infos == {"place": place, "share": 1.0}
        assert reward == 0.5 * place
        assert ended == ((False, True) if place % 2 == 0 else (True, False))
        assert shown[0][2] is False, "Walk's first step ignores the action"


def test_kinds_of_sources():
    assert isinstance(episode_source(side_by_side(Walk, 2)), GymnasiumSource)
    assert isinstance(episode_source(side_by_side(Walk, 2, "dummy")), VecEnvSource)


@pytest.mark.parametrize("mode", list(AutoresetMode))
def test_a_vector_environment_that_reuses_its_arrays(mode):
    """With copy=False, Gymnasium writes every observation into the same array."""
    actions = np.random.default_rng(0).integers(0, 3, (7, 4))
    batches = []
    for copy in (True, False):
        env = GymnasiumVecEnv(SyncVectorEnv([Walk] * 4, copy=copy, autoreset_mode=mode))
        env.seed(1)
        env.reset()
        source = GymnasiumSource(env)
        kept = [source.reset()[0], *(source.step(row).observations for row in actions[:3])]
        batches.append(np.stack(kept))
    np.testing.assert_array_equal(*batches)


def random_batch(seed, episodes=4, final=("score",)):
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 7, episodes)
    steps = lengths.max()
    valid = np.arange(steps)[:, None] < lengths
    return EpisodeBatch(
        observations=torch.as_tensor(rng.normal(size=(steps + 1, episodes, 2)).astype(np.float32)),
        actions=torch.as_tensor(rng.integers(0, 3, (steps, episodes))),
        log_probs=torch.as_tensor(-rng.random((steps, episodes)).astype(np.float32)),
        rewards=(rng.normal(size=(steps, episodes)) * valid).astype(np.float32),
        valid=valid,
        acting=valid & (rng.random(valid.shape) < 0.7),
        truncated=rng.random(episodes) < 0.5,
        final={key: rng.normal(size=episodes) for key in final},
    )


def episodes_of(batch):
    """Every episode on its own, without padding."""
    found = []
    for b, length in enumerate(batch.valid.sum(0)):
        found.append(
            {
                "observations": batch.observations[: length + 1, b].tolist(),
                "truncated": bool(batch.truncated[b]),
                "final": {key: float(value[b]) for key, value in batch.final.items()},
                **{
                    name: getattr(batch, name)[:length, b].tolist()
                    for name in ("actions", "log_probs", "rewards", "valid", "acting")
                },
            }
        )
    return found


@given(SEEDS)
@examples(20)
def test_concatenate_and_select_keep_every_episode(seed):
    parts = [random_batch(seed + i, episodes=2 + i) for i in range(3)]
    whole = concatenate(parts)
    expected = [episode for part in parts for episode in episodes_of(part)]
    assert episodes_of(whole) == expected
    assert whole.num_episodes == len(expected)
    assert whole.num_steps == sum(part.num_steps for part in parts)
    assert whole.observations.shape[0] == len(whole.valid) + 1 == max(len(p.valid) for p in parts) + 1
    order = np.random.default_rng(seed).permutation(len(expected))
    chosen = order[:3]
    assert episodes_of(whole.select(chosen)) == [expected[i] for i in chosen]
    again = concatenate([whole.select(chosen), whole.select(order[3:])]).select(np.argsort(order))
    for entry in dataclasses.fields(EpisodeBatch):
        if entry.name not in ("observations", "actions", "log_probs", "final"):
            np.testing.assert_array_equal(getattr(again, entry.name), getattr(whole, entry.name))
    assert episodes_of(again) == expected


def test_select_drops_common_padding():
    batch = random_batch(0, episodes=6)
    shortest = int(batch.valid.sum(0).argmin())
    part = batch.select(np.array([shortest]))
    assert part.valid.all()
    assert len(part.observations) == len(part.valid) + 1


def test_concatenate_keeps_what_all_parts_know_of_the_end():
    whole = concatenate([random_batch(0, final=("a", "b")), random_batch(1, final=("b", "c"))])
    assert set(whole.final) == {"b"}
    assert whole.final["b"].shape == (8,)


@pytest.mark.parametrize("mode", MODES)
def test_padding_carries_no_reward_and_no_decision(mode):
    agent = make_agent(side_by_side(Walk, 5, mode))
    batch = collect_episodes(agent.policy, episode_source(agent.env), 9, agent.generator)
    assert batch.num_episodes == 10
    assert not batch.rewards[~batch.valid].any()
    assert not (batch.acting & ~batch.valid).any()
    lengths = batch.valid.sum(0)
    for b, length in enumerate(lengths):
        assert batch.valid[:length, b].all()
        assert batch.observations[length, b, 1] == batch.observations[length, b, 2] == length
