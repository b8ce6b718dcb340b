import subprocess
import sys

import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium import spaces
from sb3_contrib import RecurrentPPO
from sb3_contrib.common.recurrent.type_aliases import RNNStates

from dnc_agent import DNC, LSTM
from dnc_agent.contrib.recurrent_ppo import DNCRecurrentPolicy, PackedCore
from dnc_agent.cores.contract import state_tensors

SIZES = {"hidden_size": 12, "memory_size": 5, "word_size": 6, "read_heads": 2}
CRITICS = {
    "separate": {},
    "shared": {"shared_lstm": True, "enable_critic_lstm": False},
    "linear": {"enable_critic_lstm": False},
}


class Recall(gym.Env):
    """One of two symbols is shown at the first step; the action at the last step must name it."""

    observation_space = spaces.Box(-1.0, 1.0, (3,), np.float32)
    action_space = spaces.Discrete(2)

    def __init__(self, length=4):
        self.length = length

    def _observe(self):
        shown = np.zeros(3, np.float32)
        if self.t == 0:
            shown[self.symbol] = 1.0
        shown[2] = self.t == self.length - 1
        return shown

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.t, self.symbol = 0, int(self.np_random.integers(2))
        return self._observe(), {}

    def step(self, action):
        self.t += 1
        done = self.t == self.length
        reward = float(done and action == self.symbol)
        return self._observe(), reward, done, False, {}


def make(env=None, seed=3, core=SIZES, n_steps=32, batch_size=32, policy=None, **kwargs):
    policy_kwargs = {"core_kwargs": core, "net_arch": [], **(policy or {})}
    return RecurrentPPO(
        DNCRecurrentPolicy,
        env or Recall(),
        n_steps=n_steps,
        batch_size=batch_size,
        seed=seed,
        device="cpu",
        policy_kwargs=policy_kwargs,
        **kwargs,
    )


def rollout(policy, observations, starts):
    """Step through [T, B, ...] as RecurrentPPO does; actions, values, log-probs [T, B] and all states."""
    shape = (1, observations.shape[1], policy.lstm_actor.hidden_size)
    states = RNNStates(*((torch.zeros(shape), torch.zeros(shape)) for _ in range(2)))
    results, history = [], [states]
    with torch.no_grad():
        for observation, start in zip(observations, starts, strict=True):
            *result, states = policy(observation, states, start)
            results.append([part.flatten() for part in result])
            history.append(states)
    return [torch.stack(parts) for parts in zip(*results, strict=True)], history


def assert_same(actual, expected):
    torch.testing.assert_close(tuple(actual), tuple(expected), rtol=0, atol=0)


@pytest.mark.parametrize("core_class", [DNC, LSTM])
@pytest.mark.parametrize("hidden_size", [4, 5])
def test_pack_is_the_inverse_of_unpack(core_class, hidden_size):
    sizes = {**SIZES, "word_size": 5} if core_class is DNC else {}
    packed = PackedCore(core_class(3, **{**sizes, "hidden_size": hidden_size}))
    state = packed.core.initial_state(2)
    for _ in range(3):
        _, state = packed.core.step(torch.randn(2, 3), state)
    h, c = packed.pack(state)
    assert h.shape == c.shape == (1, 2, packed.hidden_size)
    assert packed.hidden_size == -(-sum(leaf[0].numel() for leaf in state_tensors(state)) // 2)
    again = packed.unpack((h, c))
    assert_same(state_tensors(again), state_tensors(state))


def test_an_odd_state_is_padded():
    # 2 H + N W + 3 N + N^2 + R N + R W with one of everything is odd for N = 1.
    packed = PackedCore(DNC(1, hidden_size=1, memory_size=1, word_size=1, read_heads=1))
    assert packed.state_size % 2 == 1
    y, pair = packed(torch.randn(3, 2, 1), packed.pack(packed.core.initial_state(2)))
    again = packed.pack(packed.unpack(pair))
    assert y.shape == (3, 2, 2)
    assert_same(again, pair)


@pytest.mark.parametrize("critic", CRITICS)
def test_log_probs_and_values_of_a_rollout_are_reproduced(critic):
    """Evaluating sequences gives what stepping gave, cut inside an episode or with episode starts inside."""
    torch.manual_seed(0)
    policy = make(policy=CRITICS[critic]).policy
    steps, batch, cut = 9, 3, 4
    observations = torch.rand(steps, batch, 3) * 2 - 1
    starts = torch.zeros(steps, batch)
    starts[0] = starts[3, 1] = starts[6, 1] = starts[5, 2] = 1.0
    (actions, values, log_probs), history = rollout(policy, observations, starts)
    for span, states in ((slice(0, steps), history[0]), (slice(cut, steps), history[cut])):
        flat = [a[span].transpose(0, 1).flatten(0, 1) for a in (observations, actions, starts)]
        new_values, new_log_probs, _ = policy.evaluate_actions(flat[0], flat[1], states, flat[2])
        # The same sums, perhaps in another order: a matrix product over three rows and over one may differ in
        # the last bit.
        for old, new in ((log_probs, new_log_probs), (values, new_values)):
            torch.testing.assert_close(
                new.flatten(), old[span].transpose(0, 1).flatten(), rtol=1e-5, atol=1e-6
            )


def test_the_first_epoch_reproduces_the_rollout():
    """In the buffer's own minibatches the ratio of PPO is 1 before the first update."""
    model = make(n_steps=24, batch_size=24, n_epochs=1, learning_rate=0.0)
    model.learn(24)
    batches = list(model.rollout_buffer.get(24))
    assert batches
    for data in batches:
        _, log_probs, _ = model.policy.evaluate_actions(
            data.observations, data.actions.long().flatten(), data.lstm_states, data.episode_starts
        )
        mask = data.mask > 0
        torch.testing.assert_close(log_probs[mask], data.old_log_prob[mask], rtol=0, atol=1e-6)


def test_an_episode_start_inside_a_sequence_resets_the_state():
    policy = make().policy
    observations = torch.rand(6, 1, 3)
    starts = torch.zeros(6, 1)
    starts[4] = 1.0
    _, whole = rollout(policy, observations, starts)
    _, tail = rollout(policy, observations[4:], torch.ones(2, 1) * torch.tensor([[1.0], [0.0]]))
    _, unreset = rollout(policy, observations, torch.zeros(6, 1))
    torch.testing.assert_close(whole[6].pi, tail[2].pi, rtol=0, atol=0)
    torch.testing.assert_close(whole[6].vf, tail[2].vf, rtol=0, atol=0)
    assert not torch.allclose(whole[6].pi[0], unreset[6].pi[0])


def test_an_episode_start_clears_a_nan():
    policy = make().policy
    shape = (1, 2, policy.lstm_actor.hidden_size)
    broken = (torch.full(shape, torch.nan), torch.full(shape, torch.nan))
    values = policy.predict_values(torch.rand(2, 3), broken, torch.tensor([1.0, 0.0]))
    assert torch.isfinite(values[0]).all()
    assert torch.isnan(values[1]).all()


@pytest.mark.parametrize("critic", CRITICS)
def test_gradients_reach_every_parameter(critic):
    torch.manual_seed(0)
    policy = make(policy=CRITICS[critic]).policy
    observations = torch.rand(8, 2, 3)
    starts = torch.zeros(8, 2)
    starts[0] = 1.0
    (actions, _, _), history = rollout(policy, observations, starts)
    flat = [a.transpose(0, 1).flatten(0, 1) for a in (observations, actions, starts)]
    values, log_probs, _ = policy.evaluate_actions(flat[0], flat[1], history[0], flat[2])
    (log_probs.sum() + values.square().sum()).backward()
    for name, parameter in policy.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
        assert parameter.grad.abs().sum() > 0, name
    # Every row of the interface, so every field of xi, gets some; read keys, gates and links included.
    assert (policy.lstm_actor.core.interface.weight.grad.abs().sum(1) > 0).all()
    cores = {name.split(".")[0] for name, _ in policy.named_parameters() if ".core." in name}
    assert cores == ({"lstm_actor", "lstm_critic"} if critic == "separate" else {"lstm_actor"})
    optimised = [p for group in policy.optimizer.param_groups for p in group["params"]]
    assert {id(p) for p in optimised} == {id(p) for p in policy.parameters()}


@pytest.mark.parametrize("critic", CRITICS)
def test_learn_changes_the_core_and_predict_carries_its_state(critic, tmp_path):
    model = make(policy=CRITICS[critic], n_epochs=2)
    before = {name: value.clone() for name, value in model.policy.state_dict().items()}
    model.learn(64)
    after = model.policy.state_dict()
    assert all(torch.isfinite(value).all() for value in after.values())
    assert all((after[name] != before[name]).any() for name in after if ".core." in name)

    model.save(tmp_path / "model.zip")
    loaded = RecurrentPPO.load(tmp_path / "model.zip", device="cpu")
    model.policy.save(str(tmp_path / "policy.pt"))
    policy = DNCRecurrentPolicy.load(str(tmp_path / "policy.pt"), device="cpu")

    observations = np.random.default_rng(0).uniform(-1, 1, (6, 2, 3)).astype(np.float32)
    start = np.array([True, True])
    states = [None, None, None]
    for t, observation in enumerate(observations):
        answers = [
            agent.predict(observation, state, start, deterministic=True)
            for agent, state in zip((model, loaded, policy), states, strict=True)
        ]
        states = [state for _, state in answers]
        for action, state in answers[1:]:
            np.testing.assert_array_equal(action, answers[0][0])
            np.testing.assert_array_equal(state, answers[0][1])
        assert answers[0][0].shape == (2,)
        start = np.array([t == 3, False])
    # The episode start at step 4 made element 0 two steps old, as a fresh state is; element 1 was carried on.
    fresh = None
    for t in (4, 5):
        _, fresh = model.predict(observations[t], fresh, np.array([t == 4, False]), deterministic=True)
    np.testing.assert_array_equal(fresh[0][:, 0], states[0][0][:, 0])
    assert not np.allclose(fresh[0][:, 1], states[0][0][:, 1])


def test_learn_goes_on_after_load(tmp_path):
    model = make(n_epochs=1)
    model.learn(32)
    model.save(tmp_path / "model.zip")
    loaded = RecurrentPPO.load(tmp_path / "model.zip", env=Recall(), device="cpu")
    loaded.learn(32, reset_num_timesteps=False)
    assert loaded.num_timesteps == 64


def test_recall_is_learned():
    """The symbol of the first step is named at the last one: the state does carry it."""
    env = gym.wrappers.TimeLimit(Recall(3), 10)
    model = make(
        env, n_steps=128, batch_size=128, n_epochs=4, learning_rate=1e-2, gamma=0.9, policy={"net_arch": []}
    )
    model.learn(2048)
    correct = 0
    env = Recall(3)
    for episode in range(20):
        observation, _ = env.reset(seed=episode)
        state, start, done = None, np.array([True]), False
        while not done:
            action, state = model.predict(observation, state, start, deterministic=True)
            observation, reward, done, _, _ = env.step(int(action))
            start = np.array([done])
        correct += reward
    assert correct == 20


def test_continuous_actions_and_dictionary_observations():
    class Dictionary(Recall):
        observation_space = spaces.Dict({"a": Recall.observation_space, "b": spaces.Discrete(2)})
        action_space = spaces.Box(-1.0, 1.0, (2,), np.float32)

        def _observe(self):
            return {"a": super()._observe(), "b": 0}

        def step(self, action):
            return super().step(int(action[0] > 0))

    model = make(Dictionary(), n_epochs=1)
    assert model.policy.lstm_actor.input_size == 5
    model.learn(32)


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ({"lstm_hidden_size": 64}, "lstm_hidden_size=64"),
        ({"n_lstm_layers": 2}, "n_lstm_layers=2"),
        ({"core_kwargs": {"input_size": 3}}, "input_size=3"),
        ({"core_kwargs": {"memory_size": 0}}, "memory_size=0"),
        ({"core_kwargs": {"memory": 3}}, "'memory'"),
    ],
)
def test_bad_arguments_are_named(policy, message):
    with pytest.raises(ValueError, match=message):
        make(policy=policy)


def test_without_sb3_contrib_the_extra_is_named():
    script = (
        "import sys\n"
        "sys.modules['sb3_contrib'] = None\n"
        "import dnc_agent\n"
        "try:\n"
        "    import dnc_agent.contrib.recurrent_ppo\n"
        "except ImportError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.count("\n") == 1
    assert "shrdlu-dnc[contrib]" in done.stdout
