"""The learner contract: update by update, saved, restored, and trained on anywhere."""

import copy
import pickle

import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium.vector import AutoresetMode
from hypothesis import given
from hypothesis import strategies as st
from stable_baselines3.common.callbacks import BaseCallback

import dnc_agent
import shrdlu_env
from dnc_agent import EpisodicActorCritic
from dnc_agent.learner import Learner
from dnc_agent.rl import update
from tests.dnc_agent.helpers import examples
from tests.dnc_agent.rl.test_recording import FUSED, Log, agent_on
from tests.dnc_agent.small_worlds import Cue, Walk, make_agent, same_weights, side_by_side, weights

ID = "shrdlu_env/MiniShrdlu-v0"
gym.register_envs(shrdlu_env)


def standing(learner):
    return learner.episodes, learner.steps, learner.updates, learner.generator.get_state().tolist()


def test_learn_is_a_loop_over_update():
    learner: Learner = make_agent()
    learner.begin()
    for _ in range(5):
        learner.update()
    other = make_agent().learn(learner.steps)
    assert standing(learner) == standing(other)
    assert same_weights(weights(learner), weights(other))


def test_the_first_update_begins_by_itself():
    learner, other = make_agent(), make_agent()
    learner.begin()
    learner.update()
    other.update()
    assert same_weights(weights(learner), weights(other))


def test_update_reports_the_means_at_the_end_of_episodes():
    class Scored(Walk):
        def _observe(self):
            observation, info = super()._observe()
            return observation, info | {"satisfied": self.place / 10, "success": float(self.place > 0)}

    agent = make_agent(side_by_side(Scored, 5), episodes_per_batch=5)
    kept = []
    train = agent.train
    agent.train = lambda batch: kept.append(batch) or train(batch)
    figures = agent.update()
    last = [kept[0].observations[n, b, 0].item() for b, n in enumerate(kept[0].valid.sum(0))]
    assert figures == {
        "satisfied": pytest.approx(np.mean(last) / 10, rel=1e-5),
        "success": pytest.approx(np.mean(np.array(last) > 0)),
    }


@pytest.mark.parametrize("mode", ["same_step", "next_step", "disabled", "dummy"])
def test_a_restored_learner_goes_on_to_the_bit(tmp_path, mode):
    learner = make_agent(side_by_side(Walk, 4, mode))
    learner.experiment, learner.lineage = "walking", [{"from": "nowhere", "seconds": 3.5}]
    for _ in range(3):
        learner.update()
    learner.save(tmp_path / "agent", extra={"lesson": 3})
    other = make_agent(side_by_side(Walk, 4, mode), seed=7)
    assert other.restore(tmp_path) == {"lesson": 3}
    assert (other.experiment, other.lineage) == (learner.experiment, learner.lineage)
    loaded = EpisodicActorCritic.load(tmp_path, env=side_by_side(Walk, 4, mode), device="cpu")
    for one in (learner, other, loaded):
        for _ in range(3):
            one.update()
    for one in (other, loaded):
        assert same_weights(weights(one), weights(learner))
        assert standing(one) == standing(learner)


def test_restoring_what_does_not_fit_changes_nothing(tmp_path):
    make_agent(side_by_side(Cue, 2)).save(tmp_path / "other")
    agent = make_agent().learn(20)
    before = weights(agent), standing(agent)
    with pytest.raises(ValueError, match="does not fit"):
        agent.restore(tmp_path / "other")
    assert same_weights(weights(agent), before[0])
    assert standing(agent) == before[1]


OPTIONS = {
    "plain": {},
    "shared": {"shared_core": True},
    "held": {"hold_at": 1},
    "held and shared": {"hold_at": 1, "shared_core": True, "core_columns": 2},
}


@given(
    st.sampled_from(sorted(OPTIONS)), st.integers(1, 5), st.integers(1, 12), st.booleans(), st.integers(0, 99)
)
@examples(25)
def test_learning_from_the_tape_is_learning_by_unrolling(options, envs, episodes, cut, seed):
    pytest.importorskip("numba")
    agents = [agent_on(cut, OPTIONS[options], count=envs, seed=seed, max_grad_norm=None) for _ in range(2)]
    unroll, networks = update._unroll, []
    for agent, from_tape in zip(agents, (True, False), strict=True):
        agent.episodes_per_batch = episodes
        agent._learn_from_acting = from_tape
        agent.policy.optimizer.step = lambda *_: None
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(update, "_unroll", lambda n, *a: networks.append(n) or unroll(n, *a))
            agent.update()
    assert agents[0].policy.policy_network not in networks
    assert agents[1].policy.policy_network in networks
    gradients = [{name: p.grad for name, p in agent.policy.named_parameters()} for agent in agents]
    largest = max(g.abs().max().item() for g in gradients[1].values())
    for name, expected in gradients[1].items():
        torch.testing.assert_close(gradients[0][name], expected, rtol=1e-3, atol=1e-5 * max(largest, 1e-3))


def shipped(**kwargs):
    return EpisodicActorCritic.load("checkpoints/mini-shrdlu", device="cpu", **kwargs)


@pytest.mark.parametrize(
    "make",
    [
        lambda: gym.make(ID, lesson=26),
        lambda: gym.make_vec(ID, num_envs=3, vectorization_mode="vector_entry_point", lesson=26),
        lambda: gym.make_vec(
            ID,
            num_envs=5,
            vectorization_mode="vector_entry_point",
            autoreset_mode=AutoresetMode.SAME_STEP,
            lesson=26,
        ),
        lambda: side_by_side(lambda: gym.make(ID, lesson=26), 2, "next_step"),
    ],
)
def test_a_shipped_agent_is_trained_on_in_any_environment(make):
    agent = shipped(env=make(), episodes_per_batch=6)
    before = weights(agent)
    agent.set_logger(Log({}))
    assert agent.learn(100).num_timesteps >= 100
    assert not same_weights(before, weights(agent))


def test_an_environment_may_come_later_and_must_come():
    agent = shipped(episodes_per_batch=2)
    for train in (lambda: agent.learn(10), agent.update, agent.begin):
        with pytest.raises(ValueError, match="env=None"):
            train()
    agent.set_env(gym.make_vec(ID, num_envs=2, vectorization_mode="vector_entry_point", lesson=1))
    agent.learn(10)
    with pytest.raises(ValueError, match="spaces do not match"):
        agent.set_env(Walk())
    agent.set_env(gym.make(ID, lesson=1))
    agent.learn(10)


@pytest.mark.parametrize("how", [copy.deepcopy, lambda agent: pickle.loads(pickle.dumps(agent))])
@pytest.mark.parametrize("core", ["dnc", "lstm"])
def test_a_copy_goes_on_as_the_original_would(how, core):
    agent = make_agent(side_by_side(Walk, 4, "disabled"), core=core)
    agent.env = None  # environments of tests are made of lambdas, which cannot be pickled
    agent._source = None
    twin = how(agent)
    for one in (agent, twin):
        one.set_env(side_by_side(Walk, 4, "disabled"))
        one.env.seed(3)
        one.learn(60)
    assert same_weights(weights(agent), weights(twin))


def test_a_deep_copy_has_an_environment_of_its_own():
    agent = make_agent(core="dnc", policy={"core_kwargs": FUSED}).learn(20)
    twin = copy.deepcopy(agent)
    for one in (agent, twin):
        one.learn(40, reset_num_timesteps=False)
    assert same_weights(weights(agent), weights(twin))


def test_callbacks_see_infos_as_stable_baselines_has_them():
    seen = []

    class Look(BaseCallback):
        def _on_step(self):
            infos = self.locals["infos"]
            assert len(infos) == len(list(infos)) == 3
            assert [info["place"] for info in infos] == [infos[i]["place"] for i in range(3)]
            assert infos[-1] == infos[1:][1]
            with pytest.raises(IndexError):
                infos[3]
            seen.append(infos[0]["acting"])
            return True

    make_agent(side_by_side(Walk, 3), episodes_per_batch=3).learn(5, Look())
    assert seen[0] is True


def test_loading_finds_the_learner_by_its_kind(tmp_path):
    path = make_agent().save(tmp_path / "agent")
    assert isinstance(dnc_agent.load(path), EpisodicActorCritic)
    tensors, meta = dnc_agent.read_checkpoint(path)
    dnc_agent.checkpoint.write_checkpoint(path, tensors, meta | {"kind": "riddle"})
    with pytest.raises(ValueError, match="kind 'riddle'"):
        dnc_agent.load(path)
