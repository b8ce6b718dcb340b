"""The scene of stories: what is said about reads and places, and what stands on the picture."""

import gymnasium as gym
import numpy as np
import pytest

from shrdlu_env.viewer.drawing import theme
from shrdlu_env.viewer.drawing.images import to_array
from shrdlu_env.viewer.panels.layout import arrange
from shrdlu_env.viewer.panels.renderer import Renderer
from shrdlu_env.viewer.recording.frame import Frame
from shrdlu_env.viewer.scenes.registry import scene_of
from shrdlu_env.viewer.scenes.story.picture import rows_of
from shrdlu_env.viewer.scenes.story.reading import lines_in_memory, lines_of_steps, reads_of_lines
from tests.shrdlu_env.viewer.samples import count, story_episode

FIRST_ANSWER, SECOND_ANSWER = 16, 23


def test_words_and_answers_belong_to_their_lines():
    view = story_episode().view(0)
    assert lines_of_steps(view).tolist() == [0] * 5 + [1] * 6 + [2] * 6 + [3] * 7
    assert view["steps_total"] == 24


def test_locations_are_known_by_the_line_that_was_told_when_they_were_written():
    episode = story_episode()
    assert lines_in_memory(episode, 4).tolist() == [0] + [-1] * 7
    assert lines_in_memory(episode, 5).tolist() == [0, 1] + [-1] * 6
    assert lines_in_memory(episode, len(episode)).tolist() == [0, 1, 2, 3] + [-1] * 4


def test_reads_are_shared_out_among_lines():
    """Of two heads the first reads 3/4 at the second line's location; both spread 1/4 over 8 locations."""
    episode, spread = story_episode(), 0.25 / 8
    np.testing.assert_allclose(
        reads_of_lines(episode, FIRST_ANSWER), [spread, 0.375 + spread, spread, 0], atol=1e-6
    )
    np.testing.assert_allclose(reads_of_lines(episode, 0), [spread, 0, 0, 0], atol=1e-6)
    assert reads_of_lines(episode, len(episode)) is None


def test_rows_end_at_the_present_word():
    episode = story_episode()
    assert [row.words for row in rows_of(episode.view(6))] == [
        ["mary", "took", "the", "milk", "."],
        ["mary", "went"],
    ]
    answers = [row.words for row in rows_of(episode.view(len(episode))) if row.answer]
    assert answers == [["park"], ["park"]]


def picture(t, hidden=False, episode=None):
    episode = episode or story_episode()
    size = (1000, 700)
    whole = to_array(Renderer().draw(Frame(episode, t, hidden=hidden), size))
    part = arrange(size, episode).scene
    return whole[part.top : part.bottom, part.left : part.right]


def reddish(shown):
    """Pixels of letters and marks in the colour of what is wrong, their smooth edges too."""
    red, green, blue = (shown[..., k].astype(int) for k in range(3))
    return int(((red > green + 80) & (red > blue + 80)).sum())


def test_wrong_answers_stand_beside_the_right_ones_unless_hidden():
    end = len(story_episode())
    assert reddish(picture(FIRST_ANSWER + 1)) == 0
    assert reddish(picture(end)) > 30
    assert reddish(picture(end, hidden=True)) == 0


def test_the_bars_are_as_long_as_what_is_read():
    asking, telling = picture(FIRST_ANSWER), picture(FIRST_ANSWER - 3)
    assert count(asking, theme.BLUE) > count(telling, theme.BLUE) + 100


def test_the_environment_is_rendered_without_an_agent():
    env = gym.make("shrdlu_env/QuestionAnswering-v0", render_mode="rgb_array", tasks=[3])
    env.reset(seed=0)
    before = env.render()
    for _ in range(40):
        env.step(0)
    after = env.render()
    assert before.shape == after.shape == (480, 640, 3)
    assert not np.array_equal(before, after)
    assert count(after, theme.YELLOW) > 20


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"step": 99}, "step 99"),
        ({"steps_total": 23}, "there are 24"),
        ({"lines": []}, "there are 0"),
        ({"lines": [{"words": [], "answer": [], "support": [], "said": []}]}, "'words'.* not be empty"),
        ({"lines": [{"words": ["a"], "answer": [1], "support": [], "said": []}]}, "'answer'.* list of str"),
        ({"lines": [{"words": ["a"], "answer": [], "said": []}]}, "'support'.* list of int"),
        ({"phase": "plan"}, "phase"),
    ],
)
def test_views_that_could_not_be_drawn_are_refused(changes, said):
    view = {**story_episode().view(0), **changes}
    with pytest.raises(ValueError, match=said) as refusal:
        scene_of(view).check(view)
    assert "\n" not in str(refusal.value)
