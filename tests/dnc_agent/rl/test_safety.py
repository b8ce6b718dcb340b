"""What is not finite never passes in silence: losses, gradients, weights, observations, rewards, settings."""

import re

import numpy as np
import pytest
import torch

from dnc_agent import EpisodicActorCritic
from dnc_agent.rl.training import MOST_SKIPPED
from tests.dnc_agent.rl.test_recording import Log
from tests.dnc_agent.small_worlds import Walk, make_agent, same_weights, side_by_side, weights

ADAM = {"optimizer_class": torch.optim.Adam}
NAN = float("nan")


class Faulty(Walk):
    """Walks, but something it gives at one step is wrong in the sub-environments that are faulty."""

    def __init__(self, what=None, value=NAN, at=2):
        super().__init__()
        self.what, self.value, self.at = what, value, at

    def step(self, action):
        observation, reward, *rest = super().step(action)
        if self.t == self.at and self.what == "observation":
            observation[0] = self.value
        return observation, self.value if self.t == self.at and self.what == "reward" else reward, *rest


def world(what, value=NAN, at=2):
    env = side_by_side(Faulty, 3)
    faulty = env.vector_env.envs[1]
    faulty.what, faulty.value, faulty.at = what, value, at
    return env


@pytest.mark.parametrize("core", ["dnc", "lstm"])
@pytest.mark.parametrize("what", ["observation", "reward"])
@pytest.mark.parametrize("value", [NAN, float("inf")])
def test_what_an_environment_gives_must_be_finite(what, value, core):
    agent = make_agent(world(what, value), core=core)
    before = weights(agent)
    with pytest.raises(ValueError, match=f"sub-environment 1 gave a {what} that is not finite") as caught:
        agent.learn(10)
    assert "\n" not in str(caught.value)
    assert same_weights(before, weights(agent))


def spoil(agent, times):
    """Gradients are not finite for so many updates."""
    left = [times]

    def hook(gradient):
        left[0] -= 1
        return gradient * NAN if left[0] >= 0 else gradient

    return agent.policy.value_network.readout.head.layers[0].weight.register_hook(hook)


def test_a_single_step_is_left_out_counted_and_logged():
    agent, logged = make_agent(policy=ADAM), {}
    agent.learn(30)
    before = weights(agent)
    agent.set_logger(Log(logged))
    spoil(agent, 1)
    agent.update()
    assert same_weights(before, weights(agent))
    assert logged["train/skipped"] == 1
    agent.update()
    assert not same_weights(before, weights(agent))
    assert logged["train/skipped"] == 0


def test_many_steps_left_out_in_a_row_are_an_error():
    agent = make_agent(policy=ADAM)
    before = weights(agent)
    spoil(agent, 2 * MOST_SKIPPED)
    with pytest.raises(FloatingPointError, match=f"update {MOST_SKIPPED}: the gradient .*learning_rate="):
        agent.learn(10**6)
    assert same_weights(before, weights(agent))


def test_a_loss_that_is_not_finite_is_an_error_before_anything_is_learnt():
    agent = make_agent(policy=ADAM)
    agent.learn(20)
    before, updates = weights(agent), agent.updates
    agent.vf_coef = float("inf")
    with pytest.raises(FloatingPointError, match=f"update {updates + 1}: the loss is not finite") as caught:
        agent.update()
    assert "\n" not in str(caught.value)
    assert same_weights(before, weights(agent))


@pytest.mark.parametrize("share", [0.5, 0.0])
def test_the_error_names_the_learning_rate_that_was_set(share):
    """Whatever share of it the cores learn with."""
    agent = make_agent(policy={"core_lr_scale": share}, learning_rate=0.25)
    agent.vf_coef = float("inf")
    with pytest.raises(FloatingPointError, match=r"\(learning_rate=0\.25\)$"):
        agent.update()


def test_weights_that_are_not_finite_are_an_error_and_are_not_saved(tmp_path):
    agent = make_agent(policy={"optimizer_class": torch.optim.SGD}, vf_coef=1e6, max_grad_norm=None)
    path = agent.save(tmp_path / "agent")
    good = path.read_bytes()
    agent.lr_schedule = lambda progress: 1e38
    with pytest.raises(FloatingPointError, match="update 1: weights are not finite"):
        agent.update()
    with pytest.raises(ValueError, match="not finite; such a checkpoint is neither written nor read"):
        agent.save(path)
    assert path.read_bytes() == good
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_policy_whose_logits_are_not_finite_cannot_act():
    agent = make_agent()
    with torch.no_grad():
        agent.policy.policy_network.readout.head.layers[0].bias[0] = NAN
    with pytest.raises(FloatingPointError, match="update 1: the policy's logits are not finite at step 0"):
        agent.update()


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        (argument, value)
        for argument in (
            "learning_rate",
            "ent_coef",
            "vf_coef",
            "clip_range",
            "reward_scale",
            "auxiliary_coef",
        )
        for value in (NAN, float("inf"), 1e39, -1.0)
        if (argument, value) != ("ent_coef", -1.0)
    ],
)
def test_settings_must_be_finite(argument, value):
    with pytest.raises(ValueError, match=re.escape(f"{argument}={value}")):
        make_agent(**{argument: value})


@pytest.mark.parametrize("value", [NAN, float("inf"), -0.1])
def test_the_cores_share_of_the_learning_rate_must_be_finite(value):
    with pytest.raises(ValueError, match="core_lr_scale"):
        make_agent(policy={"core_lr_scale": value})


def test_predict_names_the_sub_environment_that_is_not_finite():
    agent = make_agent()
    observations = np.zeros((3, 3), np.float32)
    observations[2, 1] = NAN
    with pytest.raises(ValueError, match="observation of sub-environment 2 is not finite"):
        agent.predict(observations)
    with pytest.raises(ValueError, match="sub-environment 0"):
        agent.predict(observations[2])


@pytest.mark.parametrize(
    "state",
    [
        (),
        (np.zeros((1, 1, 8), np.float32),),
        "a state",
        7,
        [np.zeros((1, 9), np.float32)] * 4,
        [np.array([["x"]])] * 4,
    ],
)
@pytest.mark.parametrize("core", ["dnc", "lstm"])
def test_predict_refuses_foreign_states_and_empty_batches(state, core):
    agent = make_agent(core=core)
    with pytest.raises(ValueError, match="state"):
        agent.predict(np.zeros((1, 3), np.float32), state)
    with pytest.raises(ValueError, match="empty batch"):
        agent.predict(np.zeros((0, 3), np.float32))


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("verbose", "x"),
        ("verbose", 3),
        ("stats_window_size", 0),
        ("tensorboard_log", 3),
    ],
)
def test_what_is_meant_for_the_log_is_checked(argument, value):
    with pytest.raises(ValueError, match=f"^{argument}={value!r}; it must be"):
        make_agent(**{argument: value})


def test_a_policy_that_there_is_not():
    with pytest.raises(ValueError, match=r"^policy='X'; it must be .*LSTMPolicy"):
        EpisodicActorCritic("X", Walk())


@pytest.mark.parametrize("value", [-1, "3", None, NAN, float("inf"), True])
def test_steps_to_learn_must_be_a_number(value):
    agent = make_agent()
    with pytest.raises(ValueError, match=f"^total_timesteps={value!r}; it must be a finite number"):
        agent.learn(value)
    if value is not None:
        with pytest.raises(ValueError, match=f"^log_interval={value!r}; it must be a finite number"):
            agent.learn(1, log_interval=value)
    assert agent.updates == 0
