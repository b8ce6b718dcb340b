"""Mini-SHRDLU against the model, number by number, alone and side by side in every autoreset mode."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

import shrdlu_env  # noqa: F401 - registers
from tests.shrdlu_env.blocks.model import Episode, Rewards, assert_same_info, row_of

KWARGS = [
    {"lesson": 1},
    {"lesson": 3, "earlier": 0.5},
    {"goals": (1, 3), "blocks": (2, 5), "constraints": (1, 3), "depth": (1, 4), "extra_moves": 2},
    {"board_size": 2, "lesson": 1, "extra_moves": 0, "planner_info": False},
    {"board_size": 4, "blocks": (4, 4), "constraints": (2, 2), "depth": (1, 2), "invalid_move_cost": 0.5},
    {"board_size": 5, "blocks": (3, 3), "constraint_reward": 2.0, "undo_penalty": 3.0},
    {"lesson": 4, "observability": "full"},
]
MODES = list(AutoresetMode)
ENV_ID = "shrdlu_env/MiniShrdlu-v0"
every_kwargs = pytest.mark.parametrize("kwargs", KWARGS, ids=lambda k: "-".join(k))


def make_vec(n, **kwargs):
    return gym.make_vec(ENV_ID, num_envs=n, vectorization_mode="vector_entry_point", **kwargs)


def model_of(puzzle, kwargs) -> Episode:
    rewards = Rewards(
        kwargs.get("constraint_reward", 1.0),
        kwargs.get("invalid_move_cost", 0.1),
        kwargs.get("undo_penalty", 1.0),
    )
    return Episode(
        puzzle, extra=kwargs.get("extra_moves", 6), rewards=rewards, full="observability" in kwargs
    )


def half_optimal(rng, infos, n: int, actions: int) -> np.ndarray:
    """Random actions, half of them optimal, so that goals are reached, kept and undone."""
    chosen = rng.integers(0, actions, n)
    if "optimal_actions" in infos:
        best = np.asarray(infos["optimal_actions"]).reshape(n, -1).argmax(axis=1)
        chosen = np.where(rng.random(n) < 0.5, best, chosen)
    return chosen


@every_kwargs
def test_single_environment_follows_the_model(kwargs):
    env = gym.make(ENV_ID, **kwargs)
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


@every_kwargs
@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
def test_vector_environment_follows_the_model(kwargs, mode):
    n = 5
    env = make_vec(n, autoreset_mode=mode, **kwargs)
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
            assert_same_info(row_of(infos, row), model.info(env.simulation.planning))
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
                assert_same_info(row_of(infos, row), models[row].info(env.simulation.planning))
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
                    assert_same_info(told, model.info(env.simulation.planning))
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
