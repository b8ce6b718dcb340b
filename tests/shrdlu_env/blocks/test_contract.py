"""What every environment id must keep to, in every mode: Gymnasium's rules, ours, and the model's numbers."""

import itertools
import warnings

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env, data_shares_objects
from gymnasium.vector import AutoresetMode
from stable_baselines3.common.env_checker import check_env as check_env_sb3

from shrdlu_env import ENV_IDS
from tests.shrdlu_env.blocks.model import Episode, Rewards, assert_same_info, row_of

KWARGS = [
    {"lesson": 1},
    {"lesson": 3, "earlier": 0.5},
    {"goals": (1, 3), "blocks": (2, 5), "constraints": (1, 3), "depth": (1, 4), "extra_moves": 2},
    {"board_size": 2, "lesson": 1, "extra_moves": 0, "planner_info": False},
    {"board_size": 4, "blocks": (4, 4), "constraints": (2, 2), "depth": (1, 2), "invalid_move_cost": 0.5},
    {"board_size": 5, "blocks": (3, 3), "constraint_reward": 2.0, "undo_penalty": 3.0},
]
MODES = list(AutoresetMode)
every_id = pytest.mark.parametrize("env_id", [name for name in ENV_IDS if "MiniShrdlu" in name])
every_kwargs = pytest.mark.parametrize("kwargs", KWARGS, ids=lambda k: f"S{k.get('board_size', 3)}")


def make_vec(env_id, n, **kwargs):
    return gym.make_vec(env_id, num_envs=n, vectorization_mode="vector_entry_point", **kwargs)


def model_of(puzzle, kwargs) -> Episode:
    rewards = Rewards(
        kwargs.get("constraint_reward", 1.0),
        kwargs.get("invalid_move_cost", 0.1),
        kwargs.get("undo_penalty", 1.0),
    )
    return Episode(puzzle, extra=kwargs.get("extra_moves", 6), rewards=rewards)


def half_optimal(rng, infos, n: int, actions: int) -> np.ndarray:
    """Random actions, half of them optimal, so that goals are reached, kept and undone."""
    chosen = rng.integers(0, actions, n)
    if "optimal_actions" in infos:
        best = np.asarray(infos["optimal_actions"]).reshape(n, -1).argmax(axis=1)
        chosen = np.where(rng.random(n) < 0.5, best, chosen)
    return chosen


@every_id
@every_kwargs
def test_single_environment_follows_the_model(env_id, kwargs):
    env = gym.make(env_id, **kwargs)
    rng = np.random.default_rng(3)
    observation, info = env.reset(seed=3)
    for _ in range(4):
        model = model_of(env.unwrapped.puzzle(), kwargs)
        terminated = False
        while True:
            np.testing.assert_array_equal(observation, model.observation())
            assert_same_info(info, model.info("optimal_actions" in info))
            np.testing.assert_array_equal(env.unwrapped.action_masks(), info["action_mask"] == 1)
            if terminated:
                break
            action = int(half_optimal(rng, info, 1, int(env.action_space.n))[0])
            observation, reward, terminated, truncated, info = env.step(action)
            expected = model.step(action)
            assert (reward, terminated) == (pytest.approx(expected[0]), expected[1])
            assert not truncated
        assert ("optimal_actions" in info) == kwargs.get("planner_info", True)
        observation, info = env.reset()


@every_id
@every_kwargs
@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
def test_vector_environment_follows_the_model(env_id, kwargs, mode):
    n = 5
    env = make_vec(env_id, n, autoreset_mode=mode, **kwargs)
    assert env.metadata["autoreset_mode"] is mode
    rng = np.random.default_rng(4)
    observations, infos = env.reset(seed=4)
    models = [model_of(env.puzzle(row), kwargs) for row in range(n)]
    over = np.zeros(n, bool)
    finished = 0
    for _ in range(60):
        assert observations in env.observation_space
        for row, model in enumerate(models):
            np.testing.assert_array_equal(observations[row], model.observation())
            assert_same_info(row_of(infos, row), model.info(env._simulation.planning))
        np.testing.assert_array_equal(env.action_masks(), infos["action_mask"] == 1)
        if mode is AutoresetMode.DISABLED and over.sum() >= 2:
            options = {"reset_mask": over}
            before = observations
            observations, infos = env.reset(options=options)
            assert options == {"reset_mask": over}
            np.testing.assert_array_equal(observations[~over], before[~over])
            np.testing.assert_array_equal(infos["_phase"], over)
            for row in np.flatnonzero(over):
                models[row] = model_of(env.puzzle(row), kwargs)
                assert_same_info(row_of(infos, row), models[row].info(env._simulation.planning))
            over = np.zeros(n, bool)
        actions = half_optimal(rng, infos, n, int(env.single_action_space.n))
        last = [model.observation() for model in models]
        observations, rewards, terminated, truncated, infos = env.step(actions)
        assert not truncated.any()
        for row, model in enumerate(models):
            if over[row] and mode is AutoresetMode.NEXT_STEP:
                models[row] = model_of(env.puzzle(row), kwargs)
                assert (rewards[row], terminated[row]) == (0.0, False)
            elif over[row]:
                np.testing.assert_array_equal(observations[row], last[row])
                assert (rewards[row], terminated[row]) == (0.0, True)
            else:
                reward, end = model.step(int(actions[row]))
                assert (rewards[row], terminated[row]) == (pytest.approx(reward), end)
                if end and mode is AutoresetMode.SAME_STEP:
                    assert infos["_final_obs"][row]
                    assert infos["_final_info"][row]
                    np.testing.assert_array_equal(infos["final_obs"][row], model.observation())
                    told = row_of(infos["final_info"], row)
                    assert_same_info(told, model.info(env._simulation.planning))
                    models[row] = model_of(env.puzzle(row), kwargs)
        finished += int((terminated & ~over).sum())
        if mode is AutoresetMode.SAME_STEP:
            assert ("final_obs" in infos) == terminated.any()
            if terminated.any():
                np.testing.assert_array_equal(infos["_final_obs"], terminated)
                assert [obs is None for obs in infos["final_obs"]] == (~terminated).tolist()
            for key in ("final_obs", "_final_obs", "final_info", "_final_info"):
                infos.pop(key, None)
        else:
            over = terminated.copy()
    assert finished >= 2 * n


@every_id
@every_kwargs
def test_checkers_of_gymnasium_and_stable_baselines(env_id, kwargs):
    check_env(gym.make(env_id, **kwargs).unwrapped, skip_render_check=True)
    check_env_sb3(gym.make(env_id, **kwargs).unwrapped)


@every_id
@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
def test_nothing_returned_is_shared(env_id, mode):
    env = make_vec(env_id, 4, lesson=1, autoreset_mode=mode)
    actions = np.zeros(4, np.int64)
    calls = [env.reset(seed=0)]
    copies = []
    for _ in range(12):
        observations, rewards, terminated, truncated, infos = env.step(actions)
        calls.append((observations, {**infos, "r": rewards, "te": terminated, "tr": truncated}))
        copies.append((observations.copy(), rewards.copy(), terminated.copy()))
    calls.append(env.reset())
    for one, other in itertools.combinations(calls, 2):
        assert not data_shares_objects(one, other)
    for (observations, infos), copy in zip(calls[1:-1], copies, strict=True):
        np.testing.assert_array_equal(observations, copy[0])
        np.testing.assert_array_equal(infos["r"], copy[1])
        np.testing.assert_array_equal(infos["te"], copy[2])
    for part in env._simulation.state:
        assert not any(np.shares_memory(part, value) for _, infos in calls for value in infos.values()
                       if isinstance(value, np.ndarray) and value.dtype != object)  # fmt: skip


def episode_bytes(env, seed) -> list[bytes]:
    observation, _ = env.reset(seed=seed)
    seen = [observation.tobytes()]
    for action in range(12):
        observation, reward, terminated, _, info = env.step(action % 7)
        seen.append(observation.tobytes() + repr((reward, terminated, sorted(info))).encode())
        if terminated:
            observation, _ = env.reset()
    return seen


@every_id
def test_the_same_seed_gives_the_same_episodes_among_others(env_id):
    alone = episode_bytes(gym.make(env_id, lesson=2), 7)
    first, other, vector = (
        gym.make(env_id, lesson=2),
        gym.make(env_id, lesson=2),
        make_vec(env_id, 3, lesson=5),
    )
    other.reset(seed=8)
    vector.reset(seed=9)
    np.random.seed(0)  # noqa: NPY002 - the global state must not matter
    observation, _ = first.reset(seed=7)
    seen = [observation.tobytes()]
    for action in range(12):
        if other.step(0)[2]:
            other.reset()
        vector.step(np.zeros(3, np.int64))
        observation, reward, terminated, _, info = first.step(action % 7)
        seen.append(observation.tobytes() + repr((reward, terminated, sorted(info))).encode())
        if terminated:
            observation, _ = first.reset()
    assert seen == alone
    assert episode_bytes(gym.make(env_id, lesson=2), 8) != alone


@every_id
def test_vector_seeds(env_id):
    first, second = make_vec(env_id, 4, lesson=6), make_vec(env_id, 4, lesson=6)
    np.testing.assert_array_equal(first.reset(seed=1)[0], second.reset(seed=1)[0])
    actions = np.zeros(4, np.int64)
    for _ in range(60):
        np.testing.assert_array_equal(first.step(actions)[0], second.step(actions)[0])
    assert not np.array_equal(first.reset(seed=2)[0], second.reset(seed=3)[0])


@every_id
def test_every_way_to_make_it(env_id):
    assert gym.make("shrdlu_env:" + env_id, lesson=4).unwrapped.lesson == 4
    spec = gym.spec(env_id)
    assert isinstance(spec.entry_point, str)
    assert isinstance(spec.vector_entry_point, str)
    for mode in ("sync", "vector_entry_point"):
        env = gym.make_vec(env_id, num_envs=2, vectorization_mode=mode, lesson=2)
        observations, infos = env.reset(seed=0)
        assert observations.shape == (2, 97)
        assert infos["phase"].tolist() == ["describe", "describe"]
        env.close()
    made = gym.make(env_id, goals=(1, 1), depth=[1, 2])
    assert gym.make(gym.spec(env_id)).unwrapped.lesson == 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert gym.envs.registration.EnvSpec.from_json(made.spec.to_json()).kwargs["goals"] in (
            [1, 1],
            (1, 1),
        )


@every_id
def test_sync_vector_of_singles_tells_the_same_kinds_of_infos(env_id):
    native = make_vec(env_id, 3, lesson=1, autoreset_mode=AutoresetMode.SAME_STEP)
    sync = gym.make_vec(
        env_id, 3, "sync", vector_kwargs={"autoreset_mode": AutoresetMode.SAME_STEP}, lesson=1
    )
    for env in (native, sync):
        env.reset(seed=0)
    for _ in range(9):
        *parts, native_infos = native.step(np.zeros(3, np.int64))
        *sync_parts, sync_infos = sync.step(np.zeros(3, np.int64))
        assert native_infos.keys() == sync_infos.keys()
        assert [part.dtype for part in parts] == [part.dtype for part in sync_parts]
        for key in native_infos.keys() - {"final_info", "phase"}:
            assert native_infos[key].shape == sync_infos[key].shape, key
            assert native_infos[key].dtype.kind == sync_infos[key].dtype.kind, key
    assert native_infos["final_info"].keys() == sync_infos["final_info"].keys()
