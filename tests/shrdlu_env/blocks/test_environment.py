"""The environments beyond the contract: lessons, words for people, rendering, refusals."""

import copy
import json
import pickle

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import shrdlu_env
from shrdlu_env import MiniShrdluEnv, MiniShrdluVectorEnv, Phase, Ranges, Sampler, find_plan
from shrdlu_env.blocks.puzzles import CHOSEN
from shrdlu_env.blocks.tables import table_store
from shrdlu_env.blocks.view import DictObservation, View
from tests.shrdlu_env.blocks import oracle
from tests.shrdlu_env.blocks.model import Episode

NAME = "shrdlu_env/MiniShrdlu-v0"


def play(env: MiniShrdluEnv, actions) -> dict:
    info: dict = {}
    for action in actions:
        info = env.step(int(action))[-1]
    return info


def describe(env: MiniShrdluEnv, info: dict) -> dict:
    """Sit through the description."""
    while not info["acting"]:
        info = env.step(env.action_space.sample())[-1]
    return info


def test_the_planner_s_actions_give_perfect_episodes():
    env = MiniShrdluEnv(lesson=26)
    env.action_space.seed(0)
    for seed in range(30):
        info = describe(env, env.reset(seed=seed)[1])
        for _ in range(info["min_moves"]):
            assert not info["success"]
            info = play(env, [info["optimal_actions"].argmax()])
        assert info["success"]
        assert info["perfect"]
        assert info["satisfied"] == 1.0
        assert info["optimal_actions"].tolist() == [False] * 6 + [True]


def test_passing_costs_nothing_and_illegal_moves_cost():
    env = MiniShrdluEnv(lesson=1, invalid_move_cost=0.25)
    info = describe(env, env.reset(seed=0)[1])
    assert env.step(6)[1] == 0.0
    illegal = int(np.flatnonzero(info["action_mask"] == 0)[0])
    _, reward, _, _, info = env.step(illegal)
    assert (reward, info["moves"]) == (-0.25, 1)


def test_undoing_a_goal_is_punished_once():
    env = MiniShrdluEnv(lesson=1, undo_penalty=5.0, constraint_reward=2.0)
    info = describe(env, env.reset(seed=0)[1])
    best = int(info["optimal_actions"].argmax())
    assert env.step(best)[1] == 2.0
    source, target = oracle.pairs(3)[best]
    back = oracle.pairs(3).index((target, source))
    assert env.step(back)[1] == -5.0
    assert env.step(6)[1] == 0.0
    _, reward, _, _, info = env.step(best)
    assert reward == 2.0
    assert info["success"]
    assert not info["perfect"]


def test_lessons_change_from_the_next_episode_on():
    env = MiniShrdluEnv(lesson=1)
    assert env.reset(seed=0)[1]["lesson"] == 1
    env.set_lesson(20, earlier=0.0)
    assert env.lesson == 20
    assert env.step(0)[-1]["lesson"] == 1
    assert env.reset()[1]["lesson"] == 20
    vector = MiniShrdluVectorEnv(3, lesson=1)
    infos = vector.reset(seed=0)[1]
    vector.set_lesson(2)
    seen = []
    for _ in range(12):
        seen.append(infos["lesson"].tolist())
        infos = vector.step(np.zeros(3, np.int64))[-1]
    assert seen[9] == [1, 1, 1]
    assert seen[10] == [2, 2, 2]


def test_earlier_share_is_kept_or_changed():
    env = MiniShrdluVectorEnv(200, lesson=2, earlier=1.0)
    assert set(env.reset(seed=0)[1]["lesson"]) == {1}
    env.set_lesson(4)
    assert set(env.reset()[1]["lesson"]) == {1, 2, 3}
    env.set_lesson(4, earlier=0.0)
    assert set(env.reset()[1]["lesson"]) == {4}


def test_without_planner_info_nothing_else_changes():
    on, off = MiniShrdluVectorEnv(8, lesson=9), MiniShrdluVectorEnv(8, lesson=9, planner_info=False)
    rng = np.random.default_rng(0)
    for step in range(80):
        actions = rng.integers(0, 7, 8)
        one, other = (e.step(actions) if step else e.reset(seed=5) for e in (on, off))
        np.testing.assert_array_equal(one[0], other[0])
        assert set(one[-1]) - set(other[-1]) == {"optimal_actions", "_optimal_actions"}
        for key, value in other[-1].items():
            np.testing.assert_array_equal(value, one[-1][key])
        if step:
            np.testing.assert_array_equal(one[1], other[1])


def test_puzzles_can_be_given():
    """Every goal of one puzzle acted out from the same description, in both environments."""
    source = Sampler(3, 9).generate(np.random.default_rng(0), 1)
    goals = source.puzzle(0).goals
    batch = source.select(np.zeros(len(goals), np.int64))
    batch.meta[:, CHOSEN] = np.arange(len(goals))
    vector = MiniShrdluVectorEnv(len(goals), lesson=9)
    observations, infos = vector.reset(seed=0, options={"puzzles": batch})
    assert (observations == observations[0]).all()
    assert infos["min_moves"].tolist() == list(source.puzzle(0).goal_moves)
    for row, goal in enumerate(goals):
        env = MiniShrdluEnv(lesson=1)
        observation, info = env.reset(options={"puzzles": batch.select(np.array([row]))})
        np.testing.assert_array_equal(observation, observations[row])
        assert env.puzzle().goals[env.puzzle().chosen] == goal == vector.puzzle(row).goals[row]
        model = Episode(env.puzzle())
        while not info["acting"]:
            info = env.step(0)[-1]
            model.step(0)
        np.testing.assert_array_equal(env.step(1)[0][-54:], (model.step(1), model.observation())[1][-54:])


def test_puzzles_that_do_not_fit_are_refused():
    env = MiniShrdluVectorEnv(2, lesson=1)
    before = env.reset(seed=0)[0]
    state = env.np_random.bit_generator.state
    rng = np.random.default_rng(0)
    misfits = [
        ("3 were given for 2", Sampler(3, 1).generate(rng, 3)),
        ("25 squares", Sampler(5, 1).generate(rng, 2)),
        (
            "do not fit; there is room",
            Sampler(3, None, Ranges((11, 11), (3, 3), (1, 1), (1, 1))).generate(rng, 2),
        ),
        ("7 blocks do not fit", Sampler(3, None, Ranges((1, 1), (7, 7), (1, 1), (1, 1))).generate(rng, 2)),
    ]
    for message, puzzles in misfits:
        with pytest.raises(ValueError, match=message):
            env.reset(seed=1, options={"puzzles": puzzles})
    with pytest.raises(TypeError, match="must be a PuzzleBatch"):
        env.reset(seed=1, options={"puzzles": [1, 2]})
    assert env.np_random.bit_generator.state == state
    np.testing.assert_array_equal(env._observations(), before)


def test_words_follow_the_observations():
    env = MiniShrdluEnv(lesson=5)
    _, info = env.reset(seed=11)
    puzzle = env.puzzle()
    model = Episode(puzzle)
    everything = {goal.letter: [str(c) for c in goal.constraints] for goal in puzzle.goals}
    rng = np.random.default_rng(0)
    terminated = False
    told: dict[str, list[str]] = {}
    while not terminated:
        words, view = env.dict_observation(), env.view()
        assert words.keys() == DictObservation.__annotations__.keys()
        assert view.keys() == View.__annotations__.keys() | words.keys()
        assert {key: view[key] for key in words} == words
        assert json.loads(json.dumps(view))["board"] == view["board"]
        if model.time < len(model.script):
            letter, text = model.script[model.time]
            told.setdefault(letter, []).append(text)
            assert (words["shown_goal"], words["shown_constraint"]) == (letter, text)
        assert words["goals"] == told
        assert words["phase"] == Phase(info["phase"]).word
        assert words["go"] == (info["phase"] == Phase.ACT)
        assert words["cued_goal"] == (model.chosen.letter if words["go"] else None)
        assert words["board"] == oracle.to_rows(model.board)
        assert view["letters"] == list(everything)
        assert len(view["optimal_actions"]) == info["optimal_actions"].sum()
        if words["go"]:
            held = [
                oracle.fact(text) in oracle.facts(model.board) for text in everything[model.chosen.letter]
            ]
            assert [holds for _, holds in view["constraints"]] == held
            assert view["moves_left"] == model.length - model.time
        action = int(rng.integers(0, 7))
        _, reward, terminated, _, info = env.step(action)
        model.step(action)
        assert env.view()["reward"] == reward
    assert told == everything
    assert env.view()["terminated"]
    assert env.view()["moves_left"] == 0


def test_text_rendering():
    env = gym.make(NAME, lesson=4, render_mode="ansi")
    _, info = env.reset(seed=2)
    text = env.render()
    first = env.unwrapped.puzzle().goals[0]
    assert f"{first.letter}: {first.constraints[0]}" in text
    assert len([line for line in text.splitlines() if line.startswith("|")]) == 3
    describe(env, info)
    assert f"goal {env.unwrapped.view()['cued_goal']}" in env.render()
    vector = MiniShrdluVectorEnv(2, lesson=1, render_mode="ansi")
    vector.reset(seed=0)
    assert len(vector.render()) == 2


def test_no_render_mode_warns():
    for env in (MiniShrdluEnv(), MiniShrdluVectorEnv(2)):
        env.reset(seed=0)
        with pytest.warns(UserWarning, match="render_mode"):
            assert env.render() is None


@pytest.mark.parametrize(
    ("size", "blocks", "width", "features"), [(2, 3, 6, 67), (4, 9, 9, 193), (5, 9, 9, 274)]
)
def test_sizes_of_other_boards(size, blocks, width, features):
    env = MiniShrdluEnv(board_size=size, blocks=(blocks, blocks), depth=(1, 1))
    observation, info = env.reset(seed=0)
    assert observation.shape == (features,)
    assert env.layout.blocks == width
    assert env.action_space.n == size * (size - 1) + 1
    info = describe(env, info)
    assert play(env, [info["optimal_actions"].argmax()])["perfect"]


def test_names():
    for name in shrdlu_env.__all__:
        assert hasattr(shrdlu_env, name)


def test_a_planner_that_gives_up_says_so():
    env = MiniShrdluEnv(board_size=5, blocks=(9, 9), constraints=(4, 4), depth=(2, 2), max_boards=3)
    env.action_space.seed(1)
    info = describe(env, env.reset(seed=0)[1])
    with pytest.raises(ValueError, match="max_boards=3"):
        play(env, np.flatnonzero(info["action_mask"][:-1] & ~info["optimal_actions"][:-1])[[0, 3, 6]])


def test_pictures():
    env = gym.make(NAME, lesson=4, render_mode="rgb_array")
    check_env(env.unwrapped)
    _, info = env.reset(seed=0)
    before = env.render()
    assert before.dtype == np.uint8
    assert before.ndim == 3
    assert before.shape[2] == 3
    assert len(np.unique(before.reshape(-1, 3), axis=0)) > 4, "a blank picture"
    info = describe(env, info)
    waiting = env.render()
    env.step(int(info["optimal_actions"].argmax()))
    assert not np.array_equal(waiting, env.render())
    vector = MiniShrdluVectorEnv(2, lesson=1, render_mode="rgb_array")
    vector.reset(seed=0)
    assert [frame.shape for frame in vector.render()] == [before.shape] * 2


def test_a_window():
    env = gym.make(NAME, lesson=1, render_mode="human")
    env.reset(seed=0)
    env.step(0)
    assert env.render() is None
    env.close()
    env.close()


def test_moves_that_leave_the_goal_satisfied_do_not_spoil_a_perfect_episode():
    env = MiniShrdluEnv(lesson=1)
    for seed in range(20):
        info = describe(env, env.reset(seed=seed)[1])
        info = env.step(int(info["optimal_actions"].argmax()))[4]
        assert info["perfect"]
        assert info["moves"] == info["min_moves"] == 1
        # An illegal move changes nothing; the goal goes on holding.
        illegal = np.flatnonzero(info["action_mask"] == 0)
        if len(illegal):
            info = env.step(int(illegal[0]))[4]
            assert info["perfect"]
            assert info["moves"] == 2
    # A wasted move before the goal is satisfied does spoil it.
    info = describe(env, env.reset(seed=0)[1])
    wasted = next(a for a in np.flatnonzero(info["action_mask"][:6]) if not info["optimal_actions"][a])
    info = env.step(int(wasted))[4]
    while not info["success"]:
        info = env.step(int(info["optimal_actions"].argmax()))[4]
    assert not info["perfect"]


def test_full_observability_asks_for_no_memory():
    """Whoever plans from the present observation alone is perfect; only what is described is not yet known."""
    env = MiniShrdluEnv(lesson=14, observability="full")
    partial = MiniShrdluEnv(lesson=14)
    assert env.layout.size == env.observation_space.shape[0] == partial.layout.size + 4 * 6 * 6
    for seed in range(5):
        observation, info = env.reset(seed=seed)
        other, _ = partial.reset(seed=seed)
        over = False
        while not over:
            np.testing.assert_array_equal(observation[: partial.layout.size], other)
            seen = env.layout.decode(observation)
            assert bool(seen.wanted) == seen.go
            action = int(find_plan(seen.board, seen.wanted).optimal_actions.argmax()) if seen.go else 0
            if seen.go:
                chosen = env.puzzle().goals[env.puzzle().chosen]
                assert set(seen.wanted) == set(chosen.constraints)
                again = env.layout.encode(
                    seen.board, letter=seen.letter, constraint=None, go=True, wanted=seen.wanted
                )
                np.testing.assert_array_equal(again, observation)
            observation, _, over, _, info = env.step(action)
            other = partial.step(action)[0]
        assert info["perfect"]


def test_copies_share_the_distance_tables():
    env = MiniShrdluEnv(lesson=26)
    env.reset(seed=0)
    assert sum(array.nbytes for array in table_store(3).tables) > 1_000_000
    assert len(pickle.dumps(env)) < 20_000
    before = table_store(3).tables
    copy.deepcopy(env).reset(seed=1)
    assert table_store(3).tables is before


def test_both_environments_begin_at_the_cue():
    for env in (MiniShrdluEnv(lesson=3), MiniShrdluVectorEnv(1, lesson=3)):
        _, info = env.reset(seed=0, options={"at_cue": True})
        assert info["acting"]
        assert info["phase"] == Phase.ACT
        assert env.view()["shown_goal"] == env.view()["cued_goal"]
