"""Everything that is written can be read: large enough, inside the window, on nothing else that is written."""

import dataclasses
import itertools
import sys
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing import faces, fonts, theme
from shrdlu_env.viewer.drawing.images import to_array
from shrdlu_env.viewer.panels import decision
from shrdlu_env.viewer.panels.layout import arrange
from shrdlu_env.viewer.panels.renderer import Renderer
from shrdlu_env.viewer.program.player import Player
from shrdlu_env.viewer.recording.episode import Episode, Step
from shrdlu_env.viewer.recording.frame import Frame
from shrdlu_env.viewer.recording.world import record_episode
from shrdlu_env.viewer.scenes.blocks.demo import DemoAgent
from tests.shrdlu_env.viewer.samples import (
    agent_episode,
    graph_episode,
    make_env,
    plain_episode,
    sequence_episode,
    story_episode,
    view,
)

SIZES = [(700, 450), (760, 470), (900, 600), (1000, 460), (700, 900), (1280, 800), (480, 320), (600, 400)]


def many_goals():
    env = make_env(lesson=20)
    return record_episode(env, DemoAgent(env, locations=64, heads=4), seed=1, agent="demo")


@pytest.fixture(scope="module")
def crowded():
    return many_goals()


def written(monkeypatch, frame, size):
    """What is written in a picture: (text, rectangle) as drawn."""
    found = []
    original = fonts.text

    def listening(surface, string, *more, **how):
        rect = original(surface, string, *more, **how)
        shown = fonts.shorten(string, 12, 10**6) and rect.clip(surface.get_clip())
        if string and rect.width > 1 and shown:
            found.append((string, rect))
        return rect

    with monkeypatch.context() as patch:
        for module in list(sys.modules.values()):
            if getattr(module, "text", None) is original and module.__name__.startswith("shrdlu_env.viewer"):
                patch.setattr(module, "text", listening)
        Renderer().draw(frame, size)
    return found


def clashes(found):
    """Pairs of texts whose letters touch; a line's rectangle has a little air above and below."""
    inked = [(string, rect.inflate(-2, -0.3 * rect.height)) for string, rect in found]
    return [(a, b) for (a, one), (b, other) in itertools.combinations(inked, 2) if one.colliderect(other)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["agent", "plain", "graph", "sequence", "story", "crowded"])
def test_nothing_is_written_on_anything_else(name, size, monkeypatch, crowded):
    episode = {
        "agent": agent_episode,
        "plain": plain_episode,
        "graph": graph_episode,
        "sequence": sequence_episode,
        "story": story_episode,
        "crowded": lambda: crowded,
    }[name]()
    window = pygame.Rect(0, 0, *size)
    for t in {0, len(episode) // 2, episode.go_step(), len(episode)}:
        for how in ({}, {"hidden": True, "sheet": "link"}, {"location": 3}):
            found = written(monkeypatch, Frame(episode, float(t), "agent", **how), size)
            assert found
            assert not clashes(found), (t, how)
            for string, rect in found:
                assert window.contains(rect), (string, rect)


@pytest.mark.parametrize("size", [(700, 450), (1000, 700), (1280, 800)])
@pytest.mark.parametrize("highest", [3.0, 60.7, 432.1, 12345.6])
def test_the_scale_of_the_value_is_inside_its_panel(size, highest, monkeypatch):
    episode = agent_episode()
    steps = [
        dataclasses.replace(step, internals={**step.internals, "value": np.float32(highest)})
        for step in episode.steps
        if step.internals is not None
    ]
    found = []
    panel = pygame.Rect(100, 50, 160, 110)
    surface = pygame.Surface(size)
    original = fonts.text

    def listening(*more, **how):
        found.append(original(*more, **how))
        return found[-1]

    monkeypatch.setattr(decision, "text", listening)
    shown = Episode(tuple(steps))
    decision.draw_value(surface, panel, shown, arrange(size, shown))
    assert len(found) == 3
    assert all(panel.contains(rect) for rect in found)


@pytest.mark.parametrize("size", [(700, 450), (1000, 700)])
@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("world", ["GraphTraversal", "GraphNavigation"])
def test_names_of_many_nodes_are_apart(world, size, seed, monkeypatch):
    """Also from the label of the edge that is being told, which is always there."""
    env = gym.make(f"shrdlu_env/{world}-v0")
    episode = record_episode(env, lambda *_: (env.action_space.sample(), None), seed=seed)
    env.close()
    names = set(episode.view(0)["nodes"])
    for t in range(1, len(episode) + 1, 4):
        found = written(monkeypatch, Frame(episode, float(t), "agent"), size)
        assert sum(string in names for string, _ in found) >= len(names)
        assert not clashes(found), t


@pytest.mark.parametrize("size", [(700, 450), (900, 600), (1280, 800), (480, 320)])
@pytest.mark.parametrize("make", [agent_episode, graph_episode, sequence_episode, story_episode])
def test_the_page_of_keys_and_the_first_screen(make, size, monkeypatch):
    below = len(written(monkeypatch, Frame(make(), 1.0), size))
    for frame in (
        Frame(make(), 1.0, help=True),
        Frame(make(), 1.0, welcome=Player(make(), "file").frame().welcome),
    ):
        over = written(monkeypatch, frame, size)[below:]
        assert len(over) > 2
        if size[0] >= 700:
            assert not clashes(over)
        assert all(pygame.Rect(0, 0, *size).contains(rect) for _, rect in over)


def test_type_is_never_below_eleven_pixels():
    for size in (1, 9, 11, 12, 13, 20):
        assert round(fonts._EM * fonts.pixels(size)) >= 11
    high = fonts.render("Hg", fonts.pixels(1), theme.TEXT).get_height()
    assert high >= 11


def test_letters_keep_their_spacing():
    """The same letters take the same room wherever they stand, to a quarter of a pixel each."""
    for bold in (False, True):
        for size in (12, 13, 14):
            one = fonts.width("n", size, bold)
            many = fonts.width("n" * 40, size, bold)
            assert abs(many / 40 - fonts.width("n" * 400, size, bold) / 400) < 0.05
            assert one >= many / 40 - 0.3
            picture = pygame.surfarray.array_alpha(fonts.render("iiiiiiiiiiii", size, (255, 255, 255), bold))
            dark = picture.max(1) < 40
            gaps = np.diff(np.flatnonzero(np.diff(dark.astype(int)) == 1))
            assert gaps.max() - gaps.min() <= 1


def test_bold_is_bolder():
    ink = [
        int(pygame.surfarray.array_alpha(fonts.render("Memory", 20, (255, 255, 255), bold)).sum())
        for bold in (False, True)
    ]
    assert ink[1] > 1.25 * ink[0]


def test_without_matplotlib_pygames_face_is_used(monkeypatch):
    monkeypatch.setattr(faces, "find_spec", lambda name: None)
    faces.usual_face.cache_clear()
    try:
        assert faces.usual_face(False) is None
    finally:
        faces.usual_face.cache_clear()


def test_letters_that_the_face_lacks_come_from_another_font(monkeypatch):
    script_g, usual = "\u210a", faces.usual_face(False)
    other = str(Path(usual).with_name("STIXGeneral.ttf"))
    assert faces.has(usual, "g")
    assert not faces.has(usual, script_g)
    assert faces.has(other, script_g)

    def image(string):
        for kept in (faces._face_of, fonts.render, fonts.width):
            kept.cache_clear()
        return to_array(fonts.render(string, 20, (255, 255, 255))), fonts.width(string, 20)

    box, plain = image(script_g), image("ab")
    monkeypatch.setattr(faces, "other_faces", lambda: (other,))
    letter, mixed = image(script_g), image(f"ab{script_g}")
    assert letter[0].shape != box[0].shape or (letter[0] != box[0]).any()
    assert mixed[1] == pytest.approx(plain[1] + letter[1], abs=1)
    assert mixed[0].shape[1] == pytest.approx(mixed[1], abs=1)
    # Where no font has it the sign for that stays: nothing is raised, nothing is wrong.
    monkeypatch.setattr(faces, "other_faces", lambda: ())
    again = image(script_g)
    assert np.array_equal(again[0], box[0])


def test_a_spread_reading_of_64_locations_is_seen():
    """A head that reads eight of 64 locations alike, with an eighth each, is as bright as one that reads one."""

    def episode(weights):
        row = np.zeros((1, 64), np.float32)
        row[0, 8 : 8 + len(weights)] = weights
        steps = [Step(view(), internals={"read_weightings": row}, action=0, control="agent")] * 8
        return Episode((*steps, Step(view())))

    brightness = []
    for weights in ([1.0], [1 / 8] * 8):
        seen = episode(weights)
        area = arrange((1280, 800), seen).rasters[0].area
        picture = to_array(Renderer().draw(Frame(seen, 8.0), (1280, 800)))
        brightness.append(picture[area.top : area.bottom, area.left : area.left + area.width // 2].max())
    assert brightness[0] == brightness[1] == max(theme.BLUE)


def test_small_windows_leave_panels_out():
    whole, small = (arrange(size, agent_episode()) for size in ((700, 450), (690, 450)))
    assert whole.weightings is not None
    assert small.weightings is None
    assert small.actions is None
    assert small.scene.width > 2 * whole.scene.width * 0.9


def test_strips_without_room_are_named(monkeypatch):
    told = {f"row_{k:02d}".replace("0", "o"): np.ones(3, np.float32) * k for k in range(40)}
    steps = (Step(view(), internals=told, action=0, control="agent"), Step(view()))
    frame = Frame(Episode(steps))
    place = arrange((900, 600), frame.episode)
    assert place.unseen
    assert len(place.rasters) + len(place.unseen) == 40
    said = [string for string, _ in written(monkeypatch, frame, (900, 600))]
    assert any(string.startswith("no room for:") for string in said)
