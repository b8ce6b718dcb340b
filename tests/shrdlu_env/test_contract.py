"""What every registered id must keep to: Gymnasium's rules in every autoreset mode, and our own.

A toy with two numbers an action is among them, so that the shells are tested on more than what is registered.
"""

import copy
import itertools
import json
import pickle
import warnings

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env, data_shares_objects
from gymnasium.vector import AutoresetMode
from stable_baselines3.common.env_checker import check_env as check_env_sb3

from shrdlu_env import ENV_IDS, Phase
from shrdlu_env.registry import ROWS, register
from tests.shrdlu_env import toy

MODES = list(AutoresetMode)
every_id = pytest.mark.parametrize("env_id", [*ENV_IDS, toy.ENV_ID])
every_mode = pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
COPIES = {"deepcopy": copy.deepcopy, "pickle": lambda env: pickle.loads(pickle.dumps(env))}
every_copy = pytest.mark.parametrize("duplicate", COPIES.values(), ids=COPIES)


def make_vec(env_id, n, **kwargs):
    return gym.make_vec(env_id, num_envs=n, vectorization_mode="vector_entry_point", **kwargs)


def make_sync(env_id, n, mode):
    return gym.make_vec(env_id, n, "sync", vector_kwargs={"autoreset_mode": mode})


def assert_same(one, other):
    """The same values of the same kinds, however deep."""
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            assert_same(one[key], other[key])
    elif isinstance(one, tuple | list) or (isinstance(one, np.ndarray) and one.dtype == object):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            assert_same(a, b)
    else:
        assert type(one) is type(other)
        if isinstance(one, np.ndarray):
            assert (one.dtype, one.shape) == (other.dtype, other.shape)
        np.testing.assert_array_equal(one, other)


def begins(env, seed):
    """The first observations of an episode; the very first may be the same in all."""
    seen = [env.reset(seed=seed)[0]]
    env.action_space.seed(0)
    seen += [env.step(env.action_space.sample())[0] for _ in range(3)]
    return np.array(seen).tolist()


def test_rows_are_strings_and_json():
    assert len(set(ENV_IDS)) == len(ROWS)
    for row in ROWS:
        spec = gym.spec(row.id)
        assert (spec.entry_point, spec.vector_entry_point) == (row.entry_point, row.vector_entry_point)
        assert json.loads(json.dumps(row.kwargs)) == row.kwargs == spec.kwargs
    register()  # once more, which warns of nothing


@every_id
def test_every_way_to_make_it(env_id):
    module = "shrdlu_env" if env_id in ENV_IDS else toy.__name__
    assert gym.make(f"{module}:{env_id}").unwrapped.spec.id == env_id
    for mode in ("sync", "vector_entry_point"):
        env = gym.make_vec(env_id, num_envs=2, vectorization_mode=mode)
        observations, infos = env.reset(seed=0)
        assert observations in env.observation_space
        assert len(infos["phase"]) == 2
        env.close()
    spec = gym.make(env_id).spec
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        again = gym.envs.registration.EnvSpec.from_json(spec.to_json())
    assert gym.make(again).observation_space == gym.make(env_id).observation_space


@every_id
def test_checkers_of_gymnasium_and_stable_baselines(env_id):
    check_env(gym.make(env_id).unwrapped, skip_render_check=True)
    check_env_sb3(gym.make(env_id).unwrapped)


def assert_step_alike(native, other, mode, steps=0):
    """The same from a reset on, for at least so many steps and two ends; returns the last actions."""
    native.action_space.seed(0)
    assert_same(native.reset(seed=5), other.reset(seed=5))
    ends = 0
    for step in range(5000):
        if step >= steps and ends >= 2:
            break
        actions = native.action_space.sample()
        here = native.step(actions)
        assert_same(here, other.step(actions))
        if here[2].any():
            ends += 1
            if mode is AutoresetMode.DISABLED:
                mask = {"reset_mask": here[2]}
                assert_same(native.reset(options=dict(mask)), other.reset(options=dict(mask)))
    assert ends >= 2
    return actions


@every_id
@every_mode
def test_the_native_vector_environment_is_gymnasium_s_own(env_id, mode):
    """One sub-environment draws what the single environment draws, so both must agree in everything."""
    native, sync = make_vec(env_id, 1, autoreset_mode=mode), make_sync(env_id, 1, mode)
    assert native.metadata["autoreset_mode"] is sync.metadata["autoreset_mode"] is mode
    assert native.single_action_space == sync.single_action_space
    assert native.observation_space == sync.observation_space
    assert_step_alike(native, sync, mode, 150)
    assert_same(native.reset(seed=6), sync.reset(seed=6))


@every_id
def test_several_are_told_as_gymnasium_tells_them(env_id):
    mode = AutoresetMode.SAME_STEP
    native, sync = make_vec(env_id, 3, autoreset_mode=mode), make_sync(env_id, 3, mode)

    def kinds(value):
        if isinstance(value, dict):
            return {key: kinds(value[key]) for key in sorted(value)}
        return value.dtype, value.shape

    seen = []
    for env in (native, sync):
        env.reset(seed=0)
        env.action_space.seed(0)
        told: dict = {}
        for step in range(5000):
            if step >= 100 and "final_info" in told:
                break
            *_, infos = env.step(env.action_space.sample())
            told |= infos
        seen.append(kinds(told))
    assert seen[0] == seen[1]
    assert "final_info" in seen[0]


@every_id
@every_mode
def test_a_reset_mask_touches_no_other_row(env_id, mode):
    env = make_vec(env_id, 4, autoreset_mode=mode)
    env.action_space.seed(0)
    before, _ = env.reset(seed=0)
    for _ in range(3):
        before, *_ = env.step(env.action_space.sample())
    mask = np.array([True, False, True, False])
    options = {"reset_mask": mask}
    views = [env.view(row) for row in range(4)]
    after, infos = env.reset(options=options)
    assert options == {"reset_mask": mask}
    np.testing.assert_array_equal(after[~mask], before[~mask])
    assert [env.view(row) == views[row] for row in (1, 3)] == [True, True]
    for key in infos:
        if not key.startswith("_"):
            np.testing.assert_array_equal(infos["_" + key], mask)
            assert not infos[key][~mask].any()


@every_id
@every_mode
def test_what_is_over_stays_or_begins_anew(env_id, mode):
    env = make_vec(env_id, 2, autoreset_mode=mode)
    env.action_space.seed(0)
    env.reset(seed=0)
    ended = False
    for _ in range(1000):
        observations, _, terminated, truncated, _ = env.step(env.action_space.sample())
        assert not truncated.any()
        if terminated[0]:
            ended = True
            following, rewards, again, _, infos = env.step(env.action_space.sample())
            if mode is AutoresetMode.DISABLED:
                np.testing.assert_array_equal(following[0], observations[0])
                assert (rewards[0], again[0], infos["acting"][0]) == (0.0, True, False)
                env.reset(options={"reset_mask": again})
            elif mode is AutoresetMode.NEXT_STEP:
                assert (rewards[0], again[0]) == (0.0, False)
    assert ended


@every_id
@every_mode
def test_nothing_returned_is_shared(env_id, mode):
    env = make_vec(env_id, 4, autoreset_mode=mode)
    env.action_space.seed(0)
    calls = [env.reset(seed=0)]
    for _ in range(14):
        observations, rewards, terminated, truncated, infos = env.step(env.action_space.sample())
        calls.append((observations, {**infos, "r": rewards, "te": terminated, "tr": truncated}))
    copies = copy.deepcopy(calls)
    calls.append(env.reset())
    for one, other in itertools.combinations(calls, 2):
        assert not data_shares_objects(one, other)
    assert_same(calls[:-1], copies)
    single = gym.make(env_id)
    first = single.reset(seed=0)
    kept = copy.deepcopy(first)
    other = single.step(single.action_space.sample())
    assert not data_shares_objects(first, other)
    assert_same(first, kept)


@every_id
def test_infos_are_numbers(env_id):
    env = gym.make(env_id)
    env.action_space.seed(0)
    _, info = env.reset(seed=0)
    over = False
    while not over:
        for key, value in info.items():
            if isinstance(value, np.ndarray):
                assert value.dtype.kind in "biuf", key
            else:
                assert type(value) in (bool, int, float), key
        assert Phase(info["phase"]).word == env.unwrapped.view()["phase"]
        assert type(info["acting"]) is bool
        assert_same(info, env.unwrapped.simulation.info())
        first = {k: v[0].item() if v.ndim == 1 else v[0] for k, v in env.unwrapped.simulation.infos().items()}
        assert_same(info, first)
        _, _, over, _, info = env.step(env.action_space.sample())


@every_id
def test_masks_in_both_conventions(env_id):
    env, vector = gym.make(env_id), make_vec(env_id, 3)
    space = env.action_space
    widths = np.atleast_1d(space.n if isinstance(space, gym.spaces.Discrete) else space.nvec)
    env.reset(seed=0)
    _, infos = vector.reset(seed=0)
    env.action_space.seed(0)
    over = False
    while not over:
        info = env.unwrapped.simulation.info()
        mask = info["action_mask"]
        assert (mask.dtype, mask.shape) == (np.int8, (widths.sum(),))
        flags = env.unwrapped.action_masks()
        assert flags.dtype == np.bool_
        np.testing.assert_array_equal(flags, mask == 1)
        parts = np.split(mask, np.cumsum(widths)[:-1])
        action = space.sample(mask=mask if isinstance(space, gym.spaces.Discrete) else tuple(parts))
        assert all(part[number] for part, number in zip(parts, np.atleast_1d(action), strict=True))
        _, _, over, _, _ = env.step(action)
        np.testing.assert_array_equal(vector.action_masks(), infos["action_mask"] == 1)
        *_, infos = vector.step(vector.action_space.sample())


def played(env, steps, seed=None):
    """Everything that an environment returns for some random actions, which the seed decides."""
    env.action_space.seed(seed)
    over, seen = False, []
    for _ in range(steps):
        if np.all(over) and not isinstance(env, gym.vector.VectorEnv):
            seen.append(env.reset())
        seen.append(env.step(env.action_space.sample()))
        over = seen[-1][2]
    return seen


@every_id
def test_the_same_seed_gives_the_same_episodes_among_others(env_id):
    alone = gym.make(env_id)
    expected = [alone.reset(seed=7), played(alone, 60, 1)]
    env, other, vector = gym.make(env_id), gym.make(env_id), make_vec(env_id, 3)
    other.reset(seed=8)
    vector.reset(seed=9)
    np.random.seed(0)  # noqa: NPY002 - the global state must not matter
    seen = [env.reset(seed=7), []]
    env.action_space.seed(1)
    over = False
    for _ in range(60):
        other.reset()
        vector.step(vector.action_space.sample())
        if over:
            seen[1].append(env.reset())
        seen[1].append(env.step(env.action_space.sample()))
        over = seen[1][-1][2]
    assert_same(seen, expected)
    assert begins(other, 8) != begins(alone, 7)


@every_id
def test_vector_seeds(env_id):
    first, second = make_vec(env_id, 4), make_vec(env_id, 4)
    assert_same(first.reset(seed=1), second.reset(seed=1))
    assert_same(played(first, 60, 0), played(second, 60, 0))
    assert begins(first, 2) != begins(second, 3)


def wrapped(env_id):
    return gym.wrappers.RecordEpisodeStatistics(gym.wrappers.TimeLimit(gym.make(env_id), 10_000))


@every_id
@every_copy
@pytest.mark.parametrize(
    "make", [gym.make, lambda env_id: gym.make(env_id).unwrapped, wrapped], ids=["made", "bare", "wrapped"]
)
def test_a_copy_of_the_single_environment_goes_on_as_the_original(env_id, duplicate, make):
    env = make(env_id)
    duplicate(env).reset(seed=0)  # also before the first reset
    env.reset(seed=3)
    played(env, 5, 0)
    twin = duplicate(env)
    reference = make(env_id)
    reference.reset(seed=3)
    played(reference, 5, 0)
    strip = lambda seen: [[{k: v for k, v in p.items() if k != "episode"} if isinstance(p, dict) else p  # noqa: E731
                           for p in call] for call in seen]  # fmt: skip
    expected = strip(played(reference, 60, 1))
    assert_same(strip(played(twin, 60, 1)), expected)
    # What the copy did has not moved the original.
    assert_same(strip(played(env, 60, 1)), expected)


@every_id
@every_copy
@every_mode
def test_a_copy_of_the_vector_environment_goes_on_as_the_original(env_id, duplicate, mode):
    env = make_vec(env_id, 3, autoreset_mode=mode)
    env.reset(seed=3)
    played(env, 20, 0)
    twin = duplicate(env)
    expected = copy.deepcopy(played(env, 60, 1))
    assert_same(played(twin, 60, 1), expected)
    assert twin.metadata["autoreset_mode"] is mode


@every_id
def test_calls_out_of_order_are_refused(env_id):
    env, vector = gym.make(env_id).unwrapped, make_vec(env_id, 2)
    zero = np.zeros_like(vector.action_space.sample())
    calls = [lambda: env.step(zero[0]), env.view, env.dict_observation, env.action_masks]
    calls += [lambda: vector.step(zero), vector.view, vector.dict_observation, vector.action_masks]
    for call in calls:
        with pytest.raises(ValueError, match="reset first"):
            call()
    env.reset(seed=0)
    while not env.step(zero[0])[2]:
        pass
    with pytest.raises(ValueError, match="reset first"):
        env.step(zero[0])
    assert env.view()["terminated"]


@every_id
def test_words_and_text(env_id):
    env = gym.make(env_id, render_mode="ansi")
    env.reset(seed=0)
    view, words = env.unwrapped.view(), env.unwrapped.dict_observation()
    assert words == {key: view[key] for key in words}
    assert json.loads(json.dumps(view)).keys() == view.keys()
    assert isinstance(env.render(), str)
    vector = make_vec(env_id, 2, render_mode="ansi")
    vector.reset(seed=0)
    assert [type(text) for text in vector.render()] == [str, str]
    bare = gym.make(env_id).unwrapped
    bare.reset(seed=0)
    with pytest.warns(UserWarning, match="render_mode"):
        assert bare.render() is None


def test_actions_of_several_numbers_are_checked():
    env, vector = gym.make(toy.ENV_ID).unwrapped, make_vec(toy.ENV_ID, 2)
    first, _ = env.reset(seed=0)
    observations, _ = vector.reset(seed=0)
    for action in ([4, 0], [0, 3], [-1, 0], [0], [0, 0, 0], 1):
        with pytest.raises(ValueError, match="action"):
            env.step(action)
        with pytest.raises(ValueError, match="actions"):
            vector.step([action, action])
    for action in ([0.0, 1.0], "ab", None, [None, 1]):
        with pytest.raises(TypeError, match="action"):
            env.step(action)
    with pytest.raises(ValueError, match="action holds 3: must be from 0 to 2"):
        env.step([3, 3])
    with pytest.raises(ValueError, match="option 'puzzles': there is none of this name; allowed are none"):
        env.reset(options={"puzzles": 1})
    # Nothing of it has moved them: the digits shown are right, others are not.
    assert env.step(first.astype(int))[1] == 1.0
    wrong = observations.astype(int)
    wrong[1] = (wrong[1] + 1) % 3
    assert vector.step(wrong)[1].tolist() == [1.0, 0.0]
