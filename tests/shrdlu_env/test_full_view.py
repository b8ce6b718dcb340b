"""Twins that show in full what was told: the rest is as before, and nothing has to be remembered."""

import copy

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.vector import AutoresetMode

from shrdlu_env import ENV_IDS, Phase
from shrdlu_env.graphs.maps import example_map
from shrdlu_env.graphs.relations import SEQUENCES
from shrdlu_env.shells.full_view import seen_as
from shrdlu_env.text import WORDS
from tests.shrdlu_env import toy
from tests.shrdlu_env.graphs.reading import Reader, digits_of
from tests.shrdlu_env.test_contract import assert_same, assert_step_alike
from tests.shrdlu_env.text.reader import answers

#: Mini-SHRDLU has a twin of its own: what is asked for stays visible, as its board always is.
IDS = [env_id for env_id in ENV_IDS if "MiniShrdlu" not in env_id]
SMALL = {"shrdlu_env/QuestionAnswering-v0": {"tasks": (1,)}}
every_id = pytest.mark.parametrize("env_id", IDS)


def make(env_id, **kwargs):
    return gym.make(env_id, **SMALL.get(env_id, {}), **kwargs).unwrapped


def rows_of(observation, width, count):
    """The present, and what was told in so many steps, row by row; nothing lies beyond."""
    told = observation[width:].reshape(-1, width)
    assert not told[count:].any()
    return observation[:width], told[:count]


@every_id
def test_it_is_the_plain_world_with_what_was_told_beside_it(env_id):
    full, plain = make(env_id, observability="full"), make(env_id)
    width = plain.observation_space.shape[0]
    assert full.observation_space.shape[0] == width * (1 + plain.simulation.most_told)
    full.action_space.seed(1)
    for seed in range(3):
        (seen, info), (other, info_too) = full.reset(seed=seed), plain.reset(seed=seed)
        told, over = [], False
        while True:
            assert_same(info, info_too)
            assert seen in full.observation_space
            if not over and info["phase"] <= Phase.QUERY:
                told.append(other)
            now, memory = rows_of(seen, width, len(told))
            np.testing.assert_array_equal(now, other)
            np.testing.assert_array_equal(memory, np.array(told))
            if over:
                break
            action = full.action_space.sample()
            seen, reward, over, _, info = full.step(action)
            other, reward_too, over_too, _, info_too = plain.step(action)
            assert (reward, over) == (reward_too, over_too)


@every_id
@pytest.mark.parametrize("mode", list(AutoresetMode), ids=lambda mode: mode.value)
def test_side_by_side_it_is_gymnasium_s_own(env_id, mode):
    arguments = {"observability": "full", **SMALL.get(env_id, {})}
    native = gym.make_vec(env_id, 1, "vector_entry_point", autoreset_mode=mode, **arguments)
    sync = gym.make_vec(env_id, 1, "sync", vector_kwargs={"autoreset_mode": mode}, **arguments)
    assert native.observation_space == sync.observation_space
    actions = assert_step_alike(native, sync, mode)
    twin = copy.deepcopy(native)
    assert_same(native.step(actions), twin.step(actions))


@every_id
def test_rows_are_reset_one_by_one(env_id):
    env = gym.make_vec(
        env_id,
        3,
        "vector_entry_point",
        autoreset_mode="Disabled",
        observability="full",
        **SMALL.get(env_id, {}),
    )
    env.reset(seed=0)
    env.action_space.seed(0)
    for _ in range(4):
        before = env.step(env.action_space.sample())[0]
    after = env.reset(options={"reset_mask": np.array([False, True, False])})[0]
    np.testing.assert_array_equal(after[[0, 2]], before[[0, 2]])
    told = after[1, env.unwrapped.simulation.observation_space.shape[0] :]
    assert 0 < np.count_nonzero(told) < np.count_nonzero(before[1, -len(told) :])


def first_answer(env, seed):
    """The first observation of a new episode at which an answer is due."""
    seen, info = env.reset(seed=seed)
    count = 0
    while not info["acting"]:
        count += info["phase"] <= Phase.QUERY
        seen, _, _, _, info = env.step(np.zeros(env.action_space.shape, np.int64))
    return rows_of(seen, env.simulation.observation_space.shape[0], count)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", ["Copy", "RepeatCopy", "AssociativeRecall"])
def test_sequences_are_answered_from_one_observation(name, seed):
    env = make(f"shrdlu_env/{name}-v0", observability="full")
    _, told = first_answer(env, seed)
    inputs = np.concatenate([told, np.zeros((200, told.shape[1]), np.float32)])
    targets, due = env.simulation.task.solve(inputs[:, None])
    for action in targets[due]:
        *_, over, _, info = env.step(action.astype(np.int64))
        if over:
            break
    assert info["success"]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("Traversal", {"lesson": 9}),
        ("ShortestPath", {"lesson": 8, "planning_steps": 3}),
        ("Inference", {"lesson": 9, "queries": 1}),
    ],
)
def test_graphs_are_answered_from_one_observation(name, arguments, seed):
    env = make(f"shrdlu_env/Graph{name}-v0", observability="full", **arguments)
    _, told = first_answer(env, seed)
    reader = Reader()
    for row in told:
        reader.see(row)
    if name == "Traversal":
        right = reader.walk()
    elif name == "Inference":
        right = [reader.relation(SEQUENCES)]
    else:
        (here, _, goal), right = reader.query[0], []
        while here != goal:
            right.append(reader.best(here, goal)[0])
            here = right[-1][2]
    for triple in right:
        *_, over, _, info = env.step(digits_of(triple))
    assert over
    assert info["perfect"]


@pytest.mark.parametrize("task", [1, 5, 8, 15, 19])
def test_questions_are_answered_from_one_observation(task):
    env = gym.make("shrdlu_env/QuestionAnswering-v0", observability="full", tasks=(task,)).unwrapped
    told = first_answer(env, 3)[1]
    words = [WORDS[number] for number in told.argmax(1)]
    ends = [k + 1 for k, word in enumerate(words) if word in ".?"]
    lines = [tuple(words[a:b]) for a, b in zip([0, *ends], ends, strict=False)]
    for word in answers(task, lines)[-1]:
        _, reward, *_ = env.step(WORDS.index(word))
    assert reward == 1.0


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="observability='half': must be one of partial, full"):
        gym.make("shrdlu_env/Copy-v0", observability="half")
    with pytest.raises(ValueError, match=r"observability='full': 1048576 times 502 steps .* at most 8 GiB"):
        gym.make_vec(
            "shrdlu_env/Copy-v0", 2**20, "vector_entry_point", observability="full", lengths=(1, 500)
        )
    with pytest.raises(ValueError, match="give max_triples"):
        gym.make("shrdlu_env/GraphTraversal-v0", graph=lambda rng: None, observability="full")
    with pytest.raises(ValueError, match="does not say how much"):
        seen_as(toy.Digits(1), "full")
    for space in (spaces.Discrete(3), spaces.Box(0, 1, (2, 2))):
        digits = toy.Digits(1)
        digits.observation_space = space
        with pytest.raises(ValueError, match="they must be a one-dimensional Box"):
            seen_as(digits, "full")
    small = make("shrdlu_env/GraphTraversal-v0", nodes=(4, 4), degree=(2, 2), observability="full")
    large = make("shrdlu_env/GraphTraversal-v0", nodes=(9, 9), degree=(3, 3))
    large.reset(seed=0)
    with pytest.raises(ValueError, match=r"tells 28 steps; here are 9"):
        small.reset(options={"episodes": large.simulation.episodes})


def test_graphs_of_a_function_are_shown_in_full_with_a_bound():
    arguments = {"graph": lambda rng: example_map(), "max_triples": 30, "observability": "full"}
    env = make("shrdlu_env/GraphTraversal-v0", **arguments)
    _, told = first_answer(env, 0)
    assert env.simulation.most_told == 30 + 7
    assert 29 < len(told) <= 36
