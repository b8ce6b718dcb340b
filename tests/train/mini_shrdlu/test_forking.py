"""Forked episodes are the ordinary episodes of every goal, computed with their descriptions in common."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from dnc_agent import EpisodicActorCritic
from dnc_agent.rl import update
from dnc_agent.rl.collector import collect_episodes
from dnc_agent.rl.episodes import EpisodeBatch, concatenate
from dnc_agent.rl.update import evaluate_batch
from dnc_agent.rl.vec_env import make_lanes
from shrdlu_env.blocks.puzzles import CHOSEN, NUM_GOALS, PuzzleBatch
from shrdlu_env.blocks.sampling import Sampler
from train.experiments.mini_shrdlu.forking import ForkedSource, draw_branches
from train.experiments.mini_shrdlu.settings import WorldConfig
from train.experiments.mini_shrdlu.worlds import make_world

LANES = 7


def agent_on(lesson: int, **kwargs) -> EpisodicActorCritic:
    world = make_world(WorldConfig(), LANES, lesson=lesson)
    core = {"hidden_size": 10, "memory_size": 9, "word_size": 6, "read_heads": 2, "backend": "reference"}
    return EpisodicActorCritic(
        "DNCPolicy",
        world,
        episodes_per_batch=LANES,
        source=ForkedSource,
        policy_kwargs={"core_kwargs": core, **kwargs},
        seed=0,
    )


def forked_batch(agent: EpisodicActorCritic, seed: int = 3) -> EpisodeBatch:
    assert agent.env is not None
    agent.env.seed(seed)
    agent.env.reset()
    source = ForkedSource(agent.env)
    batch = collect_episodes(agent.policy, source, LANES, torch.Generator().manual_seed(seed))
    assert batch is not None
    return batch


def unforked(batch: EpisodeBatch) -> EpisodeBatch:
    """The same episodes with their descriptions before them, aligned at the start, as if told one by one."""
    observations, valid = batch.whole()
    before = len(observations) - len(batch.valid)
    last = batch.observations[-1:]
    observations = torch.cat([observations, last])
    steps = len(valid)
    moved = EpisodeBatch(
        observations=torch.zeros_like(observations),
        actions=torch.zeros(steps, LANES, dtype=torch.int64),
        log_probs=torch.zeros(steps, LANES),
        rewards=np.zeros((steps, LANES), np.float32),
        valid=np.zeros((steps, LANES), bool),
        acting=np.zeros((steps, LANES), bool),
        truncated=batch.truncated,
    )
    for lane in range(LANES):
        first = int(valid[:, lane].long().argmax())
        count = steps - first
        moved.observations[: count + 1, lane] = observations[first:, lane]
        told = before - first
        moved.actions[told:count, lane] = batch.actions[:, lane]
        moved.rewards[told:count, lane] = batch.rewards[:, lane]
        moved.valid[:told, lane] = True
        moved.valid[told:count, lane] = batch.valid[:, lane]
        moved.acting[told:count, lane] = batch.acting[:, lane]
    return moved


@pytest.mark.parametrize("lesson", [1, 4, 6])
def test_every_goal_of_a_puzzle_is_acted_out(lesson):
    agent = agent_on(lesson)
    assert agent.env is not None
    agent.env.seed(1)
    agent.env.reset()
    source = ForkedSource(agent.env)
    observations, acting = source.reset()
    puzzles = agent.env.vector_env.unwrapped.puzzles
    branch = source.prefix.branch_of.numpy()
    assert acting.all()
    assert (observations[:, 42] == 1).all()  # the go cue
    assert (observations[:, :26].sum(1) == 1).all()  # and a letter
    for prefix in range(branch.max()):
        lanes = np.flatnonzero(branch == prefix)
        goals = puzzles.meta[lanes[0], NUM_GOALS]
        assert sorted(puzzles.meta[lanes, CHOSEN]) == list(range(goals))
        assert (puzzles.start[lanes] == puzzles.start[lanes[0]]).all()
    # The last puzzle may be cut, but no goal is asked for twice.
    lanes = np.flatnonzero(branch == branch.max())
    assert len(set(puzzles.meta[lanes, CHOSEN])) == len(lanes)


@pytest.mark.parametrize(
    ("lesson", "earlier", "lanes"), [(1, 0.0, 7), (2, 0.0, 8), (26, 0.5, 33), (6, 1.0, 1)]
)
def test_no_puzzle_is_drawn_in_vain(lesson, earlier, lanes):
    """Drawn one by one until the lanes are full, the puzzles are the same and so is the generator after."""
    sampler = Sampler(3, lesson, earlier=earlier)
    rng, plain = np.random.default_rng(lesson), np.random.default_rng(lesson)
    for _ in range(5):
        branches = draw_branches(sampler, rng, lanes)
        expected: list[tuple[PuzzleBatch, int]] = []
        while len(expected) < lanes:
            puzzle = sampler.generate(plain, 1)
            goals = range(puzzle.meta[0, NUM_GOALS])
            expected += [(puzzle, goal) for goal in goals]
        kept = plain.permutation(len(goals))
        expected[-len(goals) :] = [(puzzle, goal) for goal in kept]
        assert rng.bit_generator.state == plain.bit_generator.state
        apart = branches.apart()
        assert apart.num_puzzles == lanes
        for lane, (puzzle, goal) in enumerate(expected[:lanes]):
            assert apart.meta[lane, CHOSEN] == branches.goal[lane] == goal
            for name in ("start", "goals", "offsets"):
                np.testing.assert_array_equal(getattr(apart, name)[lane], getattr(puzzle, name)[0])
        assert len(np.unique(branches.puzzle)) == branches.puzzles.num_puzzles


@pytest.mark.parametrize("shared_core", [False, True])
def test_forked_episodes_give_the_same_numbers_and_gradients_as_ordinary_ones(shared_core):
    agent = agent_on(4, shared_core=shared_core)
    batch = forked_batch(agent)
    plain = unforked(batch)
    found: list[dict[str, torch.Tensor]] = []
    # Acting steps come in another order where descriptions differ in length: compare them lane by lane.
    for episodes in (batch, plain):
        agent.policy.zero_grad()
        evaluation = evaluate_batch(agent.policy, episodes)
        lanes = torch.as_tensor(np.nonzero(episodes.acting)[1])
        order = torch.argsort(lanes, stable=True)
        weights = torch.linspace(0.5, 2.0, len(order))
        loss = (evaluation.log_probs[order] * weights).sum() + (evaluation.values[order] * weights).sum()
        loss.backward()
        numbers = {name: p.grad.clone() for name, p in agent.policy.named_parameters() if p.grad is not None}
        numbers |= {"logits": evaluation.logits[order].detach(), "values": evaluation.values[order].detach()}
        found.append(numbers)
    assert found[0].keys() == found[1].keys()
    for name, value in found[0].items():
        scale = found[1][name].abs().max().clamp(min=1e-6)
        assert (value - found[1][name]).abs().max() <= 2e-5 * scale, name


@pytest.mark.parametrize(
    "options", [{}, {"hold_at": 42, "core_columns": 43, "conjunctions": [[26, 32], [36, 42]]}]
)
def test_acting_probabilities_are_those_that_learning_computes(options):
    agent = agent_on(6, **options)
    batch = forked_batch(agent)
    evaluation = evaluate_batch(agent.policy, batch)
    acted = batch.log_probs[torch.as_tensor(batch.acting)]
    torch.testing.assert_close(evaluation.log_probs.detach(), acted, rtol=1e-5, atol=1e-5)


def test_forked_training_runs_and_repeats_itself():
    weights = []
    for _ in range(2):
        agent = agent_on(2).learn(400)
        weights.append({name: p.detach().clone() for name, p in agent.policy.named_parameters()})
    for name, value in weights[0].items():
        assert torch.equal(value, weights[1][name]), name


def test_forked_episodes_refuse_what_does_not_fit():
    agent = agent_on(1)
    batch = forked_batch(agent)
    with pytest.raises(ValueError, match="minibatches"):
        batch.select(np.arange(2))
    with pytest.raises(ValueError, match="one round"):
        concatenate([batch, batch])
    with pytest.raises(ValueError, match="native vector environment"):
        ForkedSource(make_lanes("CartPole-v1", 2))


@pytest.mark.parametrize("double", [False, True])
@pytest.mark.parametrize("shared_core", [False, True])
def test_learning_from_the_acting_pass_reaches_the_description(monkeypatch, double, shared_core):
    """From the tape and from a second forward pass: the same gradients."""
    pytest.importorskip("numba")
    run = update._unroll
    found: list[dict[str, torch.Tensor]] = []
    for record in (True, False):
        agent = agent_on(4, shared_core=shared_core)
        for core in filter(None, (agent.policy.policy_core, agent.policy.value_core)):
            core.backend = "fused"
        if double:
            agent.policy.double()
            encode = agent.policy.encode
            agent.policy.encode = lambda shown, encode=encode: encode(shown).double()
            agent.make_source = DoubleSource
        agent._learn_from_acting = record
        agent.policy.optimizer.step = lambda *_: None
        again = []
        monkeypatch.setattr(update, "_unroll", lambda *a, again=again: again.append(a[0]) or run(*a))
        agent.learn(1)
        assert (agent.policy.policy_core in again) == (not record)
        found.append({name: p.grad for name, p in agent.policy.named_parameters()})
    for name, value in found[0].items():
        error = (value - found[1][name]).abs().max()
        scale = found[1][name].abs().max().clamp(min=1e-3 * max(g.abs().max() for g in found[1].values()))
        assert error <= (1e-10 if double else 1e-5) * scale, name


class DoubleSource(ForkedSource):
    """Descriptions in float64."""

    def reset(self):
        begun = super().reset()
        self.prefix = replace(self.prefix, observations=self.prefix.observations.double())
        return begun
