"""Sequence tasks as environments: Gymnasium's checks, rewards counted by hand, views, all autoreset modes."""

import copy
import json

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode, SyncVectorEnv

import shrdlu_env
from shrdlu_env import Phase
from shrdlu_env.sequences import SequenceStep

gym.register_envs(shrdlu_env)
IDS = ("shrdlu_env/Copy-v0", "shrdlu_env/RepeatCopy-v0", "shrdlu_env/AssociativeRecall-v0")
every_id = pytest.mark.parametrize("env_id", IDS)


@every_id
def test_gymnasium_accepts_it(env_id):
    assert env_id in shrdlu_env.ENV_IDS
    env = gym.make(env_id, disable_env_checker=True)
    check_env(env.unwrapped, skip_render_check=True)


def asked(view):
    """Where a view's targets are not None, which they are all or none of at a step."""
    counts = [sum(bit is not None for bit in row) for row in view["targets"]]
    assert set(counts) == {0, len(view["targets"][0])}
    return [count > 0 for count in counts]


def wanted(view, t):
    """What is wanted at a step; zeros where nothing is."""
    return np.array([bit or 0 for bit in view["targets"][min(t, view["steps_total"] - 1)]], np.int64)


def play(env, seed, choose):
    """All (observation, reward, view, info), with `choose(t, view)` as the action."""
    observation, info = env.reset(seed=seed)
    rows, over, reward, t = [(observation, 0.0, env.unwrapped.view(), info)], False, 0.0, 0
    while not over:
        observation, reward, over, truncated, info = env.step(choose(t, rows[-1][2]))
        assert not truncated
        rows.append((observation, reward, env.unwrapped.view(), info))
        t += 1
    return rows


@every_id
def test_who_answers_what_is_wanted_gets_everything(env_id):
    env = gym.make(env_id)
    rows = play(env, 5, lambda t, view: wanted(view, t))
    view = rows[-1][2]
    assert sum(reward for _, reward, _, _ in rows) == view["episode_return"] == sum(asked(view))
    assert rows[-1][3]["satisfied"] == 1.0
    assert rows[-1][3]["success"] is True
    assert not any(info["success"] for *_, info in rows[:-1])
    observations = [row[0].tolist() for row in rows[:-1]]
    assert observations == view["inputs"]
    assert not rows[-1][0].any()
    targets, answer = env.unwrapped.simulation.task.solve(np.array(observations, np.float32)[:, None])
    assert asked(view) == answer[:, 0].tolist()
    assert [info["acting"] for *_, info in rows] == [*answer[:, 0].tolist(), False]
    for t in np.flatnonzero(answer[:, 0]):
        assert view["targets"][t] == targets[t, 0].tolist()


def test_rewards_are_shares_of_right_bits():
    env = gym.make("shrdlu_env/Copy-v0", width=4, lengths=(3, 3))
    given = np.random.default_rng(0).integers(0, 2, (8, 4))
    rows = play(env, 1, lambda t, view: given[t])
    view = rows[-1][2]
    right = 0
    for t in range(8):
        hits = sum(int(a == b) for a, b in zip(given[t], view["targets"][t], strict=True))
        right += hits
        assert rows[t + 1][1] == hits / 4
        assert view["outputs"][t] == given[t].tolist()
    assert 0 < right < 12
    assert view["satisfied"] == rows[-1][3]["satisfied"] == right / 12
    assert rows[-1][3]["success"] is False


@every_id
def test_views_are_plain_and_say_what_phase_it_is(env_id):
    env = gym.make(env_id)
    rows = play(env, 2, lambda t, view: np.zeros(len(env.action_space.nvec), np.int64))
    for t, (_, _, view, info) in enumerate(rows):
        assert json.loads(json.dumps(view)) == view
        assert (view["scene"], view["step"]) == ("sequence", t)
        assert [row is not None for row in view["outputs"]] == [k < t for k in range(view["steps_total"])]
        label = SequenceStep(info["label"])
        assert view["phase"] == Phase(info["phase"]).word
        assert (view["phase"] == "answer") == (label >= SequenceStep.ANSWER)
        assert (view["phase"] == "query") == (SequenceStep.QUERY_START <= label <= SequenceStep.QUERY_END)
    assert len(rows) == rows[-1][2]["steps_total"] + 1
    assert rows[-1][2]["terminated"]


def test_text_and_what_the_agent_was_shown():
    env = gym.make("shrdlu_env/Copy-v0", width=2, lengths=(1, 1), render_mode="ansi")
    rows = play(env, 0, lambda t, view: np.ones(2, np.int64))
    view = rows[-1][2]
    lines = env.render().splitlines()
    assert lines[0] == "copy, step 4 of 4: a vector is asked for"
    assert lines[1] == "  0  . . 1 ."
    bits = " ".join(f"{bit:g}" for bit in view["targets"][3])
    assert lines[4] == f"  3  . . . .  wanted {bits}  given 1 1"
    env.reset(seed=0)
    env.step(np.zeros(2, np.int64))
    shown = env.unwrapped.dict_observation()
    assert shown["shown"] == view["inputs"][:2]
    assert (shown["phase"], shown["step"], shown["channels"]) == ("describe", 1, ["start", "end"])


@every_id
@pytest.mark.parametrize("mode", list(AutoresetMode), ids=lambda mode: mode.value)
def test_side_by_side_it_is_what_gymnasium_makes_of_single_ones(env_id, mode):
    """Sub-environments of the native vector share a generator, so each episode is checked against its own view."""
    env = gym.make_vec(env_id, 3, vectorization_mode="vector_entry_point", autoreset_mode=mode)
    sync = SyncVectorEnv([lambda: gym.make(env_id)] * 3, autoreset_mode=mode)
    assert env.single_observation_space == sync.single_observation_space
    assert env.action_space == sync.action_space
    observations, infos = env.reset(seed=1)
    _, expected = sync.reset(seed=1)
    assert {key: value.dtype.kind for key, value in infos.items()} == {
        key: value.dtype.kind for key, value in expected.items()
    }
    over = np.zeros(3, bool)
    finished = 0
    for _ in range(150):
        if mode is AutoresetMode.DISABLED and over.any():
            observations, infos = env.reset(options={"reset_mask": over})
            over = np.zeros(3, bool)
        views = [env.view(row) for row in range(3)]
        for row, view in enumerate(views):
            if not over[row]:
                assert observations[row].tolist() == view["inputs"][view["step"]]
        actions = np.stack([wanted(view, view["step"]) for view in views])
        begun = over & (mode is AutoresetMode.NEXT_STEP)
        acting = np.array([[*asked(view), False][view["step"]] for view in views])
        observations, rewards, over, truncated, infos = env.step(actions)
        np.testing.assert_array_equal(rewards, acting & ~begun)
        assert not truncated.any()
        finished += int(over.sum())
    assert finished >= 3


def test_a_copy_goes_on_as_the_original():
    env = gym.make("shrdlu_env/Copy-v0", lengths=(4, 4)).unwrapped
    env.reset(seed=3)
    ones = np.ones(8, np.int64)
    for _ in range(6):
        env.step(ones)
    other = copy.deepcopy(env)
    for _ in range(4):
        one, two = env.step(ones), other.step(ones)
        np.testing.assert_array_equal(one[0], two[0])
        assert one[1:4] == two[1:4]
    assert env.view() == other.view()
    np.testing.assert_array_equal(env.reset()[0], other.reset()[0])
    assert env.view() == other.view()


def test_what_does_not_fit_is_refused():
    env = gym.make("shrdlu_env/Copy-v0").unwrapped
    with pytest.raises(ValueError, match="view: there is no episode"):
        env.view()
    with pytest.raises(ValueError, match="step: there is no episode"):
        env.step(np.zeros(8, np.int64))
    env.reset(seed=0)
    for action in (np.zeros(7, np.int64), np.full(8, 2)):
        with pytest.raises(ValueError, match="action"):
            env.step(action)
    with pytest.raises(TypeError, match="action"):
        env.step(np.full(8, 0.5))
    with pytest.raises(TypeError, match=r"goals.*allowed are width, lengths, sequences"):
        gym.make("shrdlu_env/Copy-v0", goals=3)
    with pytest.raises(ValueError, match="lesson=2: sequence tasks have none"):
        env.set_lesson(2)
    with pytest.raises(ValueError, match="option 'puzzles'"):
        env.reset(options={"puzzles": 3})
