"""A Gymnasium vector environment as a stable-baselines3 one: same convention as DummyVecEnv."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from stable_baselines3.common.vec_env import VecMonitor

import shrdlu_env
from dnc_agent.rl.sources import episode_source
from dnc_agent.rl.vec_env import GymnasiumVecEnv, make_vec_env, unpack_infos
from tests.dnc_agent.small_worlds import Walk, side_by_side

gym.register_envs(shrdlu_env)


@pytest.mark.parametrize("mode", ["same_step", "next_step", "disabled"])
def test_steps_are_those_of_dummy_vec_env(mode):
    ours, theirs = (side_by_side(Walk, 4, kind, cut=True) for kind in (mode, "dummy"))
    ours.seed(3)
    theirs.seed(3)
    np.testing.assert_array_equal(ours.reset(), theirs.reset())
    assert ours.reset_infos == theirs.reset_infos
    rng = np.random.default_rng(0)
    ends = 0
    for _ in range(40):
        actions = rng.integers(0, 3, 4)
        (o1, r1, d1, i1), (o2, r2, d2, i2) = ours.step(actions), theirs.step(actions)
        np.testing.assert_array_equal(o1, o2)
        np.testing.assert_array_equal(r1, r2)
        np.testing.assert_array_equal(d1, d2)
        assert (o1.dtype, r1.dtype, d1.dtype) == (o2.dtype, r2.dtype, d2.dtype)
        for mine, other, done in zip(i1, i2, d1, strict=True):
            if done:
                ends += 1
                last = mine.pop("terminal_observation")
                np.testing.assert_array_equal(last, other.pop("terminal_observation"))
                assert mine["TimeLimit.truncated"] == other["TimeLimit.truncated"]
            mine.pop("TimeLimit.truncated", None)
            other.pop("TimeLimit.truncated", None)
            assert mine == other
        assert ours.reset_infos == theirs.reset_infos
    assert ends > 10


def test_a_seed_is_used_once():
    env = side_by_side(Walk, 3)
    env.seed(5)
    first, second = env.reset(), env.reset()
    env.seed(5)
    np.testing.assert_array_equal(env.reset(), first)
    assert not np.array_equal(first, second)


def test_options_go_to_the_next_reset_alone():
    env = GymnasiumVecEnv(
        gym.make_vec("shrdlu_env/MiniShrdlu-v0", 2, vectorization_mode="vector_entry_point")
    )
    env.set_options({"nonsense": 1})
    with pytest.raises(ValueError, match="nonsense"):
        env.reset()
    env.set_options()
    env.reset()
    with pytest.raises(ValueError, match="options is a list; it must be one dict"):
        env.set_options([{}, {}])


def test_an_environment_that_resets_all_where_some_are_asked_for_is_refused():
    env = GymnasiumVecEnv(gym.make_vec("CartPole-v1", 3, vectorization_mode="vector_entry_point"))
    env.reset()

    def play():
        for _ in range(200):
            env.step(np.array([0, 1, 0]))

    with pytest.raises(
        ValueError, match="resets all of its episodes where reset_mask asks for some; make it with"
    ):
        play()


def test_observations_have_to_be_arrays():
    space = gym.spaces.Dict({"a": gym.spaces.Box(0, 1, (2,))})

    class Worded(gym.vector.VectorEnv):
        num_envs, single_observation_space, single_action_space = 2, space, gym.spaces.Discrete(2)

    with pytest.raises(ValueError, match="vector_env observes a Dict; flatten it first"):
        GymnasiumVecEnv(Worded())


@pytest.mark.parametrize("kind", ["vector_entry_point", "sync"])
@pytest.mark.parametrize("name", ["MiniShrdlu", "GraphTraversal", "GraphNavigation", "Copy"])
def test_masks_of_actions_have_a_row_for_each(kind, name):
    env = GymnasiumVecEnv(gym.make_vec(f"shrdlu_env/{name}-v0", 4, vectorization_mode=kind))
    env.reset()
    assert env.has_attr("action_masks")
    masks = np.stack(env.env_method("action_masks"))
    assert masks.shape[0] == 4
    assert masks.ndim == 2
    assert np.array_equal(np.stack(env.env_method("action_masks", indices=[2])), masks[[2]])


def test_a_maskable_agent_learns_on_the_native_environment():
    contrib = pytest.importorskip("sb3_contrib")
    env = GymnasiumVecEnv(
        gym.make_vec("shrdlu_env/MiniShrdlu-v0", 4, vectorization_mode="vector_entry_point")
    )
    contrib.MaskablePPO("MlpPolicy", env, n_steps=16, batch_size=32).learn(64)


def test_wrapped_environments_say_how_episodes_begin():
    kinds = (
        GymnasiumVecEnv(make_vec_env("shrdlu_env/MiniShrdlu-v0", 3)),
        VecMonitor(GymnasiumVecEnv(make_vec_env("shrdlu_env/MiniShrdlu-v0", 3))),
    )
    starts = [episode_source(env).reset() for env in kinds]
    for start in starts:
        assert not start.acting.any()
    assert np.array_equal(starts[0].action_mask, starts[1].action_mask)


def test_attributes_methods_and_wrappers():
    env = side_by_side(Walk, 3)
    assert env.get_attr("num_envs") == [3, 3, 3]
    assert env.get_attr("num_envs", [0]) == [3]
    env.set_attr("mark", 7)
    assert env.get_attr("mark", 1) == [7]
    assert len(env.env_method("reset", indices=[0, 1])) == 2
    assert env.env_is_wrapped(gym.Wrapper) == [False] * 3
    env.close()


def test_stock_wrappers_go_on_top():
    env = VecMonitor(side_by_side(Walk, 3))
    env.reset()
    for _ in range(8):
        _, _, dones, infos = env.step(np.ones(3, np.int64))
        assert all("episode" in info for info, done in zip(infos, dones, strict=True) if done)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="vector_env"):
        GymnasiumVecEnv(Walk())


def test_unpacked_infos():
    infos = {
        "a": np.array([1, 2]),
        "_a": np.array([True, False]),
        "b": np.array([3.0, 4.0]),
        "c": {"d": np.array([5, 6]), "_d": np.array([False, True])},
        "_c": np.array([True, True]),
    }
    assert unpack_infos(infos, 2) == [{"a": 1, "b": 3.0, "c": {}}, {"b": 4.0, "c": {"d": 6}}]


def test_sub_environments_of_an_id():
    env = make_vec_env("CartPole-v1", 3)
    assert (env.num_envs, env.metadata["autoreset_mode"]) == (3, AutoresetMode.SAME_STEP)
    with pytest.raises(gym.error.Error):
        make_vec_env("NoSuchWorld-v0", 3)
