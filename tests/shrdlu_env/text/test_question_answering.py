"""Question answering as an environment, against the stories it tells."""

import gymnasium as gym
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shrdlu_env.task import Phase
from shrdlu_env.text import (
    MARK,
    WORDS,
    Line,
    QuestionAnsweringEnv,
    QuestionAnsweringVectorEnv,
    Story,
    story,
)


def told_in(env, told):
    return env.reset(seed=0, options={"stories": [told]})


@given(st.integers(1, 20), st.integers(0, 1000), st.randoms(use_true_random=False))
def test_an_episode_word_by_word(task, seed, random):
    """Every word is shown, every question pays 1 exactly if all words of its answer are said."""
    told = story(task, seed)
    env = QuestionAnsweringEnv()
    observation, info = told_in(env, told)
    over, asked, right = False, 0, 0
    for line in told.lines:
        for word in line.words:
            assert WORDS[observation.argmax()] == word
            assert observation.sum() == 1
            assert not over
            assert (info["acting"], info["target"], info["task"]) == (False, -1, task)
            assert info["phase"] == (Phase.QUERY if line.answer else Phase.DESCRIBE)
            observation, reward, over, _, info = env.step(random.randrange(len(WORDS)))
            assert reward == 0
        good = True
        for i, word in enumerate(line.answer, 1):
            assert WORDS[observation.argmax()] == MARK
            assert (info["acting"], info["phase"], WORDS[info["target"]]) == (True, Phase.ANSWER, word)
            said = word if random.random() < 0.7 else random.choice(WORDS)
            good = good and said == word
            observation, reward, over, _, info = env.step(WORDS.index(said))
            assert reward == (good and i == len(line.answer))
        if line.answer:
            asked, right = asked + 1, right + good
            assert (info["asked"], info["right"]) == (asked, right)
    assert over
    assert not observation.any()
    assert info["success"] == (asked == right)
    assert not info["acting"]


@pytest.mark.parametrize("tasks", [[4, 19], np.array([4, 19]), np.array([4.0, 19.0])])
def test_drawn_stories_are_of_the_tasks_given(tasks):
    env = QuestionAnsweringVectorEnv(8, tasks=tasks, autoreset_mode="SameStep")
    assert env.simulation.tasks == (4, 19)
    _, infos = env.reset(seed=0)
    seen = {*infos["task"]}
    for _ in range(200):
        *_, infos = env.step(env.action_space.sample())
        seen |= {*infos["task"]}
    assert seen == {4, 19}


def test_several_stories_go_on_by_themselves():
    """Rows of a vector environment agree with single environments telling the same stories."""
    stories = [story(task, 5) for task in (4, 19, 16)]
    vector = QuestionAnsweringVectorEnv(3, autoreset_mode="Disabled")
    seen, _ = vector.reset(seed=0, options={"stories": stories})
    singles = [QuestionAnsweringEnv() for _ in stories]
    expected = [told_in(env, told)[0] for env, told in zip(singles, stories, strict=True)]
    vector.action_space.seed(0)
    running = [True] * 3
    while any(running):
        np.testing.assert_array_equal(seen, expected)
        actions = vector.action_space.sample()
        seen, rewards, terminated, _, infos = vector.step(actions)
        for row, env in enumerate(singles):
            if running[row]:
                expected[row], reward, over, _, info = env.step(actions[row])
                assert (reward, over) == (rewards[row], terminated[row])
                assert info["target"] == infos["target"][row]
                running[row] = not over


def test_text_shows_no_more_than_was_told():
    told = story(4, 1)
    env = QuestionAnsweringEnv(render_mode="ansi")
    told_in(env, told)
    assert env.render().splitlines()[1:] == ["  1  the"]
    for word in told.tokens():
        text = env.render()
        assert "right: " not in text
        env.step(WORDS.index(told.lines[-1].answer[0]) if word == MARK else 0)
    answer = told.lines[-1].answer[0]
    assert f"{' '.join(told.lines[-1].words)}  {answer}  (right: {answer})" in env.render()
    assert "1 of 1 answers right" in env.render()


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: QuestionAnsweringEnv(tasks=[21]), ValueError, "^task=21: "),
        (lambda: QuestionAnsweringEnv(tasks=[]), ValueError, "^tasks="),
        (lambda: QuestionAnsweringEnv(tasks="12"), TypeError, "^tasks='12'"),
        (lambda: QuestionAnsweringEnv(tasks=3), TypeError, "^tasks=3"),
        (lambda: QuestionAnsweringEnv(tasks=["1"]), TypeError, "^task='1'"),
        (lambda: QuestionAnsweringEnv(tasks=np.zeros(0, int)), ValueError, "^tasks="),
        (lambda: QuestionAnsweringEnv(tasks=np.array([1.5])), ValueError, "^task="),
        (lambda: QuestionAnsweringEnv(tasks=np.array([[1, 2]])), TypeError, "^task="),
        (lambda: QuestionAnsweringEnv(tasks=np.array(1)), TypeError, "^tasks="),
        (lambda: QuestionAnsweringVectorEnv(0), ValueError, "^num_envs=0"),
        (lambda: QuestionAnsweringEnv().set_lesson(2), ValueError, "^lesson=2"),
    ],
)
def test_arguments(call, kind, message):
    with pytest.raises(kind, match=message):
        call()


def test_options():
    env = QuestionAnsweringEnv()
    told = story(1, 0)
    silent = Story(1, told.lines[:1])
    odd = Story(1, (Line(("what", "is", "a", "sofa", "?"), ("maybe",), ()),))
    for stories, kind, message in (
        ([told, told], ValueError, "stories: 2 of them; 1 are needed"),
        ([silent], ValueError, "asks no question"),
        ([odd], ValueError, "word='sofa'"),
        (told, TypeError, "stories="),
        (["1 mary"], TypeError, "stories="),
    ):
        with pytest.raises(kind, match=message):
            env.reset(options={"stories": stories})
    with pytest.raises(ValueError, match="option 'story'"):
        env.reset(options={"story": told})


def test_the_registered_id_draws_all_twenty_tasks():
    env = gym.make("shrdlu_env/QuestionAnswering-v0")
    assert {env.reset(seed=seed)[1]["task"] for seed in range(200)} == {*range(1, 21)}
