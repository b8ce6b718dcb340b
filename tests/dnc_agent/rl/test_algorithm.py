"""The algorithm as stable-baselines3 knows it: environments, callbacks, logs, seeds; and that it learns."""

import csv
import math
import warnings

import gymnasium as gym
import numpy as np
import pytest
import torch
from stable_baselines3.common.callbacks import (
    BaseCallback,
    CheckpointCallback,
    EvalCallback,
    EveryNTimesteps,
    StopTrainingOnMaxEpisodes,
    StopTrainingOnRewardThreshold,
)
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.logger import configure
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv

import dnc_agent
from tests.dnc_agent.rl.test_update import IsPositive
from tests.dnc_agent.small_worlds import Cue, Walk, make_agent, same_weights, side_by_side, weights

PPO = {"n_epochs": 2, "minibatch_episodes": 3}


@pytest.mark.parametrize(
    "make",
    [
        lambda: "CartPole-v1",
        lambda: gym.make("CartPole-v1"),
        lambda: DummyVecEnv([lambda: Monitor(gym.make("CartPole-v1"))] * 2),
        lambda: side_by_side(Walk, 3, "disabled"),
        lambda: side_by_side(Walk, 3).vector_env,
        Walk,
    ],
)
def test_environments_of_every_kind(make):
    agent = make_agent(make(), episodes_per_batch=3)
    before = weights(agent)
    agent.learn(10)
    assert agent.num_timesteps >= 10
    assert not same_weights(before, weights(agent))


@pytest.mark.parametrize("settings", [{}, PPO, {"auxiliary": IsPositive()}])
@pytest.mark.parametrize("core", ["dnc", "lstm"])
def test_the_same_seed_gives_the_same_weights(settings, core):
    first, again, other = (
        weights(make_agent(core=core, seed=seed, **settings).learn(60)) for seed in (4, 4, 5)
    )
    assert same_weights(first, again)
    assert not same_weights(first, other)


def test_steps_and_episodes_are_counted_without_padding():
    seen = []

    class Spy(BaseCallback):
        def _on_rollout_end(self):
            seen.append(self.locals["batch"])

        def _on_step(self):
            return True

    agent = make_agent(episodes_per_batch=6)
    agent.learn(50, Spy())
    assert agent.num_timesteps == sum(batch.num_steps for batch in seen)
    assert agent._episode_num == sum(batch.num_episodes for batch in seen)
    assert agent._n_updates == len(seen)
    assert agent.num_timesteps - seen[-1].num_steps < 50 <= agent.num_timesteps


def test_learning_continues_where_it_stopped():
    agent = make_agent()
    agent.learn(30)
    steps, episodes = agent.num_timesteps, agent._episode_num
    agent.learn(30, reset_num_timesteps=False)
    assert agent.num_timesteps >= steps + 30
    assert agent._episode_num > episodes
    agent.learn(30)
    assert agent.num_timesteps < steps + 30


def test_one_update_of_the_plain_policy_gradient_is_the_gradient_of_its_definition():
    """One step of gradient descent on -mean(log pi A) - c H + v/2 mean (V - R)^2 over all acting steps."""
    settings = {"optimizer_class": torch.optim.SGD}
    kept = []

    class Keep(BaseCallback):
        def _on_rollout_end(self):
            kept.append((self.locals["batch"], weights(self.model)))

        def _on_step(self):
            return True

    agent = make_agent(
        policy=settings,
        learning_rate=0.1,
        ent_coef=0.2,
        vf_coef=0.7,
        gae_lambda=1.0,
        normalize_advantage=False,
        max_grad_norm=None,
        reward_scale=0.5,
    )
    agent.learn(1, Keep())
    batch, before = kept[0]
    twin = make_agent(policy=settings)
    twin.policy.load_state_dict(before)
    terms = []
    for b, length in enumerate(batch.valid.sum(0)):
        seen = batch.observations[:length, b : b + 1]
        (logits, _), (value, _) = (network.unroll(seen) for network in twin.policy.networks)
        log_pi, value = torch.log_softmax(logits, -1)[:, 0], value[:, 0, 0]
        places = batch.observations[1 : length + 1, b, 0]
        for t in range(1, length):  # Walk's first step decides nothing
            total = 0.5 * 0.5 * places[t:].sum()
            advantage = (total - value[t]).detach()
            h = -(log_pi[t].exp() * log_pi[t]).sum()
            chosen = log_pi[t, batch.actions[t, b]]
            terms.append(-chosen * advantage - 0.2 * h + 0.7 * 0.5 * (value[t] - total) ** 2)
    torch.stack(terms).mean().backward()
    with torch.no_grad():
        for name, parameter in twin.policy.named_parameters():
            expected = before[name] - 0.1 * parameter.grad
            torch.testing.assert_close(agent.policy.state_dict()[name], expected, rtol=1e-4, atol=1e-6)


def test_a_gradient_that_is_not_finite_leaves_the_weights_untouched():
    agent = make_agent(policy={"optimizer_class": torch.optim.Adam})
    agent.learn(30)
    before = weights(agent)
    moments = [value["exp_avg"].clone() for value in agent.policy.optimizer.state.values()]
    hook = agent.policy.value_network.readout.head.layers[0].weight.register_hook(lambda g: g * float("nan"))
    agent.learn(1)
    assert same_weights(before, weights(agent))
    for old, value in zip(moments, agent.policy.optimizer.state.values(), strict=True):
        torch.testing.assert_close(value["exp_avg"], old, rtol=0, atol=0)
    hook.remove()
    agent.learn(1)
    assert not same_weights(before, weights(agent))


def test_gradients_are_clipped_apart_for_separate_cores():
    agent = make_agent(max_grad_norm=0.01, learning_rate=0.0)
    agent.learn(1)
    for group in agent.policy.parameter_groups():
        norm = torch.stack([p.grad.norm() for p in group if p.grad is not None]).norm().item()
        assert norm == pytest.approx(0.01, rel=1e-3)


def test_schedules_follow_the_progress_and_never_go_below_its_end():
    asked = []

    def schedule(progress):
        asked.append(progress)
        return 1e-3 * progress

    make_agent(learning_rate=schedule, ent_coef=lambda p: p, clip_range=lambda p: 0.2 * p, **PPO).learn(50)
    assert asked[0] == 1
    assert min(asked) == 0
    assert asked == sorted(asked, reverse=True)


@pytest.mark.parametrize("shared", [False, True])
def test_cores_learn_at_their_share_of_the_learning_rate(shared):
    """Plain gradient descent: the same gradient moves cores a quarter as far, heads as far as before."""
    sgd = {"optimizer_class": torch.optim.SGD, "shared_core": shared}
    full = make_agent(policy=sgd, learning_rate=0.1)
    slow = make_agent(policy=sgd | {"core_lr_scale": 0.25}, learning_rate=0.1)
    before = dict(weights(full))
    assert same_weights(before, weights(slow))
    full.learn(1)
    slow.learn(1)
    after = weights(slow)
    for name, moved in weights(full).items():
        share = 0.25 if ".core." in name else 1.0
        torch.testing.assert_close(
            after[name] - before[name], share * (moved - before[name]), atol=1e-6, rtol=1e-3
        )
    assert any(not torch.equal(after[name], before[name]) for name in after if ".core." in name)


def test_stock_callbacks(tmp_path):
    evaluation = EvalCallback(
        side_by_side(Walk, 2),
        n_eval_episodes=4,
        eval_freq=5,
        best_model_save_path=str(tmp_path),
        log_path=str(tmp_path),
        verbose=0,
        warn=False,
    )
    checkpoints = CheckpointCallback(6, str(tmp_path), "agent")
    agent = make_agent()
    agent.learn(
        60, [evaluation, checkpoints, EveryNTimesteps(20, CheckpointCallback(1, str(tmp_path / "n")))]
    )
    assert len(np.load(tmp_path / "evaluations.npz")["results"]) >= 2
    observation = np.zeros(3, np.float32)
    saved = [*tmp_path.glob("agent_*_steps.zip"), *tmp_path.glob("n/*.zip"), tmp_path / "best_model"]
    assert len(saved) >= 4
    for path in saved:
        assert dnc_agent.load(path).predict(observation)[0] in (0, 1, 2)


def test_callbacks_stop_training():
    agent = make_agent(episodes_per_batch=4)
    agent.learn(10**6, StopTrainingOnMaxEpisodes(10))
    # stable-baselines3 counts per sub-environment: 40 episodes, and the batch in which they were reached is left out.
    assert agent._episode_num == 36
    threshold = StopTrainingOnRewardThreshold(-1e9)
    make_agent().learn(
        10**6, EvalCallback(side_by_side(Walk, 1), threshold, eval_freq=5, verbose=0, warn=False)
    )


def test_evaluate_policy_carries_the_state():
    """A policy that answers with the cue it saw three steps before is perfect only with its state."""
    agent = make_agent(side_by_side(Cue, 2))
    core = agent.policy.policy_network.core

    class Remember(torch.nn.Module):
        feature_size = core.feature_size
        initial_state = staticmethod(core.initial_state)

        def step(self, x, state):
            # The first unit of the first tensor adds up symbol 1 minus symbol 0.
            first = state[0][0] if isinstance(state[0], tuple) else state[0]
            total = first.flatten(1)[:, :1] + x[:, 1:2] - x[:, :1]
            changed = torch.cat([total, first.flatten(1)[:, 1:]], 1).reshape(first.shape)
            rest = (changed, *state[0][1:]) if isinstance(state[0], tuple) else changed
            kind = type(state)
            return torch.cat([-total, total], 1), kind(rest, *state[1:])

    agent.policy.policy_network.core = Remember()
    agent.policy.policy_network.readout.forward = lambda features, observations: 5 * features
    for env in (Monitor(Cue()), side_by_side(Cue, 3), side_by_side(Cue, 3, "dummy")):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Evaluation environment is not wrapped")
            mean, deviation = evaluate_policy(agent, env, n_eval_episodes=20)
        assert (mean, deviation) == (1.0, 0.0)


# stable-baselines3 silences tqdm's remark when it is imported; pytest's own filters undo that.
@pytest.mark.filterwarnings("ignore:rich is experimental")
def test_progress_bar_without_warnings():
    make_agent().learn(30, progress_bar=True)


def test_logs_are_written(tmp_path):
    agent = make_agent(side_by_side(Cue, 4), auxiliary=None)
    agent.set_logger(configure(str(tmp_path), ["csv", "tensorboard"]))
    agent.learn(60)
    agent.logger.close()
    rows = list(csv.DictReader((tmp_path / "progress.csv").read_text().splitlines()))
    assert len(rows) == agent._n_updates
    last = rows[-1]
    assert int(last["time/total_timesteps"]) == agent.num_timesteps
    assert int(last["time/episodes"]) == agent._episode_num
    for name in ("entropy", "policy_loss", "value_loss", "grad_norm", "approx_kl"):
        assert math.isfinite(float(last[f"train/{name}"]))
    assert 0 <= float(last["rollout/is_success"]) <= 1
    assert float(last["rollout/ep_len_mean"]) == 4
    assert list(tmp_path.glob("events.out.tfevents*"))
    logged = make_agent(tensorboard_log=str(tmp_path / "tb"))
    logged.learn(10, tb_log_name="x")
    logged.logger.close()
    assert list((tmp_path / "tb" / "x_1").glob("events*"))


def test_logged_rewards_are_unscaled(tmp_path):
    returns = []
    for scale in (1.0, 0.01):
        agent = make_agent(reward_scale=scale)
        agent.learn(1)
        returns.append([entry["r"] for entry in agent.ep_info_buffer])
    assert returns[0] == returns[1]


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("gamma", 1.5),
        ("gae_lambda", -0.1),
        ("episodes_per_batch", 0),
        ("n_epochs", 0),
        ("minibatch_episodes", 0),
        ("minibatch_episodes", 1.5),
        ("max_grad_norm", 0.0),
        ("clip_range", -0.1),
    ],
)
def test_unfit_arguments_are_refused(argument, value):
    with pytest.raises(ValueError, match=argument):
        make_agent(**{argument: value})


@pytest.mark.parametrize("settings", [{}, {"n_epochs": 3, "minibatch_episodes": 16}])
def test_it_learns_a_task_that_needs_memory(settings):
    adam = {"optimizer_class": torch.optim.Adam}
    agent = make_agent(
        side_by_side(Cue, 32, "disabled"),
        episodes_per_batch=32,
        learning_rate=0.01,
        policy=adam,
        seed=1,
        **settings,
    )
    before, _ = evaluate_policy(agent, side_by_side(Cue, 8), n_eval_episodes=64, warn=False)
    agent.learn(4 * 32 * (120 if not settings else 40))
    after, _ = evaluate_policy(agent, side_by_side(Cue, 8), n_eval_episodes=64, warn=False)
    assert before < 0.8
    assert after > 0.95
