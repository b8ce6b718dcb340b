"""Sequence tasks as environments: Gymnasium's checks, rewards counted by hand, views."""

import json

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import shrdlu_env
from shrdlu_env.sequences import Step

gym.register_envs(shrdlu_env)
IDS = ("shrdlu_env/Copy-v0", "shrdlu_env/RepeatCopy-v0", "shrdlu_env/AssociativeRecall-v0")


@pytest.mark.parametrize("env_id", IDS)
def test_gymnasium_accepts_it(env_id):
    env = gym.make(env_id, disable_env_checker=True)
    check_env(env.unwrapped, skip_render_check=True)


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


@pytest.mark.parametrize("env_id", IDS)
def test_who_answers_what_is_wanted_gets_everything(env_id):
    env = gym.make(env_id)
    size = env.action_space.n
    rows = play(env, 5, lambda t, view: np.array(view["targets"][t] or [0] * size, np.int8))
    view = rows[-1][2]
    wanted = sum(row is not None for row in view["targets"])
    assert sum(reward for _, reward, _, _ in rows) == view["episode_return"] == wanted
    assert rows[-1][3]["satisfied"] == 1.0
    assert rows[-1][3]["success"] is True
    assert not any(info["success"] for *_, info in rows[:-1])
    observations = [row[0].tolist() for row in rows[:-1]]
    assert observations == view["inputs"]
    targets, answer = env.unwrapped.task.solve(np.array(observations, np.float32)[:, None])
    assert [row is not None for row in view["targets"]] == answer[:, 0].tolist()
    assert [info["acting"] for *_, info in rows] == [*answer[:, 0].tolist(), False]
    for t in np.flatnonzero(answer[:, 0]):
        assert view["targets"][t] == targets[t, 0].tolist()


def test_rewards_are_shares_of_right_bits():
    env = gym.make("shrdlu_env/Copy-v0", width=4, lengths=(3, 3))
    rng = np.random.default_rng(0)
    given = rng.integers(0, 2, (8, 4)).astype(np.int8)
    rows = play(env, 1, lambda t, view: given[t])
    view = rows[-1][2]
    right = 0
    for t in range(8):
        hits = sum(int(a == b) for a, b in zip(given[t], view["targets"][t] or [], strict=False))
        right += hits
        assert rows[t + 1][1] == hits / 4
        assert view["outputs"][t] == given[t].tolist()
    assert view["satisfied"] == rows[-1][3]["satisfied"] == right / 12


def test_probabilities_count_from_above_one_half():
    env = gym.make("shrdlu_env/Copy-v0", width=2, lengths=(1, 1)).unwrapped
    env.reset(seed=0)
    for _ in range(3):
        env.step(np.zeros(2))
    target = env.view()["targets"][3]
    _, reward, over, _, _ = env.step(np.array([0.51 if bit else 0.5 for bit in target]))
    assert (reward, over) == (1.0, True)


@pytest.mark.parametrize("env_id", IDS)
def test_views_are_plain_and_say_what_phase_it_is(env_id):
    env = gym.make(env_id)
    rows = play(env, 2, lambda t, view: np.zeros(env.action_space.n, np.int8))
    for t, (_, _, view, info) in enumerate(rows):
        assert json.loads(json.dumps(view)) == view
        assert (view["scene"], view["step"]) == ("sequence", t)
        assert [row is not None for row in view["outputs"]] == [k < t for k in range(view["steps_total"])]
        label = Step(info["label"])
        assert (view["phase"] == "answer") == (label >= Step.ANSWER)
        assert (view["phase"] == "query") == (Step.QUERY_START <= label <= Step.QUERY_END)
    assert len(rows) == rows[-1][2]["steps_total"] + 1
    assert rows[-1][2]["terminated"]


def test_what_does_not_fit_is_refused():
    env = gym.make("shrdlu_env/Copy-v0").unwrapped
    with pytest.raises(ValueError, match="view: there is no episode"):
        env.view()
    with pytest.raises(ValueError, match="step: there is no episode"):
        env.step(np.zeros(8))
    env.reset(seed=0)
    for action in (np.zeros(7), np.full(8, 2), np.full(8, np.nan)):
        with pytest.raises(ValueError, match="action="):
            env.step(action)
    with pytest.raises(ValueError, match="goals=3"):
        gym.make("shrdlu_env/Copy-v0", goals=3)
