"""The picture as a function of the frame."""

import itertools

import numpy as np
import pytest

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing import theme
from shrdlu_env.viewer.drawing.heat import diverging, pool, weights
from shrdlu_env.viewer.drawing.images import to_array
from shrdlu_env.viewer.panels.layout import SMALLEST, Layout, arrange
from shrdlu_env.viewer.panels.renderer import Renderer
from shrdlu_env.viewer.panels.strips import mode_colours
from shrdlu_env.viewer.recording.episode import Episode, Step
from shrdlu_env.viewer.recording.frame import Frame
from shrdlu_env.viewer.scenes.blocks.geometry import Marks
from tests.shrdlu_env.viewer.samples import (
    agent_episode,
    count,
    graph_episode,
    plain_episode,
    sequence_episode,
    story_episode,
    view,
)

SIZES = [(700, 450), (800, 600), (1280, 800), (2560, 1600), (640, 480), (1920, 700), (600, 1000)]


def draw(frame: Frame, size=(1280, 800)) -> np.ndarray:
    return to_array(Renderer().draw(frame, size))


def part(picture: np.ndarray, rect: pygame.Rect) -> np.ndarray:
    return picture[rect.top : rect.bottom, rect.left : rect.right]


def panels(place: Layout) -> list[pygame.Rect]:
    found = [place.banner, place.scene, place.side, place.timebar, place.actions, place.value]
    found += [place.weightings, place.memory]
    return [rect for rect in found if rect is not None and rect.width]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "make", [agent_episode, plain_episode, graph_episode, sequence_episode, story_episode]
)
def test_panels_lie_apart_and_inside(size, make):
    place = arrange(size, make())
    window = pygame.Rect(0, 0, *size)
    for rect in panels(place):
        assert window.contains(rect)
        assert min(rect.size) > 20
    for a, b in itertools.combinations(panels(place), 2):
        assert not a.colliderect(b)
    for inner, outer in ((place.track, place.timebar), (place.button, place.timebar)):
        assert outer.contains(inner)
    for raster in place.rasters:
        assert place.weightings.contains(raster.area)
        assert raster.header.bottom <= raster.area.top
    if place.memory is not None:
        for rect in (place.cells, place.strips, place.words):
            assert place.memory.contains(rect)


@pytest.mark.parametrize("size", [(1280, 800), (800, 600)])
def test_twice_the_size_is_the_same_layout(size):
    """What a screen with 200 % scaling shows."""
    one, two = arrange(size, agent_episode()), arrange((2 * size[0], 2 * size[1]), agent_episode())
    if size == (1280, 800):
        assert two.u == 2 * one.u
    for a, b in zip(panels(one), panels(two), strict=True):
        assert abs(b.left - 2 * a.left) <= 12 * two.u
        assert abs(b.width - 2 * a.width) <= 24 * two.u


def test_kept_panels_never_go_stale():
    """One renderer through many frames draws what a fresh one draws for each."""
    episode, short = agent_episode(), plain_episode()
    go = episode.go_step()
    frames = [
        Frame(episode, 0.0, "agent"),
        Frame(episode, 0.5, "agent", playing=True),
        Frame(episode, go, "agent", marks=Marks(chosen=0, legal=((0, 1), (1, 2)), hint=((0, 1),))),
        Frame(episode, go + 0.4, "agent", playing=True),
        Frame(episode, go + 0.6, "agent", playing=True),
        Frame(episode, go + 1, "agent", hidden=True),
        Frame(episode, go + 1, "agent", sheet="link"),
        Frame(episode, go + 1, "agent", location=3),
        Frame(episode, go + 1, "agent", help=True),
        Frame(episode, go + 1, "agent", message="hello"),
        Frame(episode, go + 1, "person", fork=2, recording=True, speed=8),
        Frame(episode, len(episode), "agent"),
        Frame(short, 3.0, "agent"),
        Frame(graph_episode(), 7.0, "file"),
        Frame(sequence_episode(), 12.0, "file"),
        Frame(episode, go, "agent"),
    ]
    renderer = Renderer()
    for frame in [*frames, *reversed(frames)]:
        kept = to_array(renderer.draw(frame, (960, 640)))
        assert np.array_equal(kept, draw(frame, (960, 640)))
    assert renderer.draw(frames[0], (800, 600)).get_size() == (800, 600)


def test_two_renderers_share_no_surface():
    one, two = Renderer(), Renderer()
    first = one.draw(Frame(agent_episode(), 1.0), (800, 600))
    second = two.draw(Frame(agent_episode(), 1.0), (800, 600))
    before = to_array(second)
    first.fill((255, 0, 0))
    assert np.array_equal(to_array(second), before)
    assert np.array_equal(to_array(two.draw(Frame(agent_episode(), 1.0), (800, 600))), before)


def test_hidden_shows_only_what_the_agent_sees():
    """Two episodes that differ in what only a spectator knows look the same once that is hidden."""

    def episode(goals, cued, shown):
        changes = {"goals": goals, "letters": list(goals), "cued_goal": cued, "shown_goal": shown}
        constraints = [(c, False) for c in goals[cued]]
        step = view(constraints=constraints, optimal_actions=["1>2"], **changes)
        other = {**step, "min_moves": 2, "moves_left": 3, "reward": 0.0, "episode_return": -1.0}
        return Episode((Step(step),)), Episode((Step(other),))

    goals = {"Q": ["6b2"], "B": ["3a5"]}
    swapped = {"Q": ["4a1"], "B": ["2l6"]}
    one, other = episode(goals, "Q", None)
    third, _ = episode(swapped, "B", None)
    place = arrange((1280, 800), one)
    pictures = [draw(Frame(e, hidden=True)) for e in (one, other, third)]
    assert np.array_equal(pictures[0], pictures[1])
    assert np.array_equal(part(pictures[0], place.side), part(pictures[2], place.side))
    assert np.array_equal(part(pictures[0], place.banner), part(pictures[2], place.banner))
    assert not np.array_equal(draw(Frame(one)), draw(Frame(other)))
    cue, _ = episode(goals, "Q", "Q")
    assert not np.array_equal(part(draw(Frame(cue, hidden=True)), place.side), part(pictures[0], place.side))


def test_hidden_hides_what_the_memory_was_told():
    episode = agent_episode()
    place = arrange((1280, 800), episode)
    at = episode.go_step() + 1
    seen, hidden = (draw(Frame(episode, at, hidden=h)) for h in (False, True))
    assert (part(hidden, place.words) == np.array(theme.PANEL)).all()
    assert not (part(seen, place.words) == np.array(theme.PANEL)).all()


def test_the_action_taken_is_the_longest_yellow_bar_when_it_is_sure():
    shares = np.zeros(7, np.float32)
    shares[2] = 1.0
    info = {"action_mask": [1, 1, 1, 0, 1, 1, 1]}
    steps = (Step(view(), info, internals={"probabilities": shares}, action=2, control="agent"), Step(view()))
    episode = Episode(steps)
    place = arrange((1280, 800), episode)
    sure = count(part(draw(Frame(episode)), place.actions), theme.YELLOW)
    flat = Step(
        view(), info, internals={"probabilities": np.full(7, 1 / 7, np.float32)}, action=2, control="agent"
    )
    even = count(part(draw(Frame(Episode((flat, steps[1])))), place.actions), theme.YELLOW)
    assert sure > 3 * even > 0


def test_the_strips_show_where_it_was_written():
    episode = agent_episode()
    place = arrange((1280, 800), episode)
    picture = draw(Frame(episode, len(episode)))
    area = place.rasters[0].area
    for t in range(episode.go_step()):
        location = int(episode.stack("write_weighting")[t].argmax())
        x = round(place.time_x(area, t))
        y = round(area.top + (location + 0.5) * area.height / place.locations)
        pixel = picture[y, x].astype(int)
        assert pixel[1] > 150 > pixel[0]


def test_the_future_is_faint():
    episode = agent_episode()
    place = arrange((1280, 800), episode)
    early, late = (draw(Frame(episode, t)) for t in (1.0, float(len(episode))))
    area = place.rasters[0].area
    right = pygame.Rect(area.left + area.width // 3, area.top, area.width // 2, area.height)
    assert part(early, right).sum() < 0.7 * part(late, right).sum()


def test_more_locations_than_pixels_keep_their_peaks():
    values = np.zeros((300, 2), np.float32)
    values[123, 1] = 1.0
    pooled = pool(values, 70)
    assert pooled.shape == (70, 2)
    assert pooled.max() == 1.0
    assert np.array_equal(pool(values[:50], 70), values[:50])


def test_colours_of_numbers():
    rgb = diverging(np.array([[-2.0, 0.0, 2.0, np.nan]], np.float32), 2.0)[0]
    assert [tuple(int(v) for v in p) for p in rgb] == [theme.NEGATIVE, theme.WELL, theme.POSITIVE, theme.WELL]
    full = weights(np.array([[0.0, 1.0]], np.float32), np.array(theme.WRITE, np.float32))[0]
    assert [tuple(int(v) for v in p) for p in full] == [theme.WELL, theme.WRITE]
    modes = mode_colours(np.eye(3, dtype=np.float32))
    assert np.allclose(modes, theme.MODES, atol=1)


def test_tiny_windows_get_the_smallest_layout():
    assert arrange((10, 10), agent_episode()).size == SMALLEST


@pytest.mark.parametrize("names", [("value",), ("probabilities", "value"), ("write_weighting",), ("memory",)])
def test_any_part_of_the_internals_will_do(names):
    source = agent_episode()
    steps = []
    for step in source.steps:
        told = None if step.internals is None else {name: step.internals[name] for name in names}
        steps.append(Step(step.view, step.info, None, told, step.action, step.control, step.reward))
    episode = Episode(tuple(steps))
    for t in (0, episode.go_step(), len(episode)):
        assert draw(Frame(episode, t, sheet="link", location=0), (800, 600)).any()


def test_a_step_without_an_agent_among_steps_with_one():
    steps = [
        Step(s.view, s.info, None, None if t == 2 else s.internals, s.action, s.control, s.reward)
        for t, s in enumerate(agent_episode().steps)
    ]
    assert draw(Frame(Episode(tuple(steps)), 2.0)).any()
