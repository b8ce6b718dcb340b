"""The window of `render_mode="human"`, on SDL's dummy driver."""

import numpy as np
import pytest

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.program.window import Window, comfortable_size
from tests.shrdlu_env.viewer.samples import make_env


@pytest.fixture(autouse=True)
def dummy_driver(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    yield
    pygame.display.quit()


def picture(high=60, wide=80, colour=(200, 30, 40)):
    return np.full((high, wide, 3), colour, np.uint8)


def test_shows_the_picture_and_closes_twice():
    window = Window("test")
    assert not window.is_open
    assert window.size is None
    window.show(picture())
    assert window.is_open
    assert window.size == (80, 60)
    shown = pygame.surfarray.array3d(pygame.display.get_surface()).swapaxes(0, 1)
    assert np.array_equal(shown, picture())
    window.close()
    window.close()
    assert not pygame.display.get_init()
    window.show(picture())
    assert window.is_open
    window.close()


@pytest.mark.parametrize(
    "event", [pygame.event.Event(pygame.QUIT), pygame.event.Event(pygame.KEYDOWN, key=pygame.K_ESCAPE)]
)
def test_a_dismissed_window_stays_away(event):
    window = Window("test")
    window.show(picture())
    pygame.event.post(event)
    window.show(picture())
    assert window.dismissed
    assert not window.is_open
    window.show(picture())
    assert not window.is_open
    window.close()


def test_other_events_do_nothing():
    window = Window("test")
    window.show(picture())
    for event in (
        pygame.event.Event(pygame.KEYDOWN, key=pygame.K_a),
        pygame.event.Event(pygame.MOUSEBUTTONDOWN, button=1, pos=(3, 3)),
    ):
        pygame.event.post(event)
    window.show(picture())
    assert window.is_open
    window.close()


def test_pictures_of_other_sizes_keep_their_proportions():
    window = Window("test")
    window.show(picture(60, 80))
    window.show(picture(60, 20, (10, 220, 10)))
    shown = pygame.surfarray.array3d(pygame.display.get_surface()).swapaxes(0, 1)
    assert tuple(shown[30, 40]) == (10, 220, 10)
    assert tuple(shown[30, 5]) != (10, 220, 10)
    window.close()


def test_one_window_per_process():
    one, two = Window("one"), Window("two")
    one.show(picture())
    with pytest.raises(RuntimeError, match=r"window 'one' is open; close it before opening 'two'"):
        two.show(picture())
    one.close()
    two.show(picture())
    two.close()


def test_a_forgotten_window_does_not_block():
    Window("forgotten").show(picture())
    window = Window("next")
    window.show(picture())
    assert window.is_open
    window.close()


@pytest.mark.parametrize(
    ("desktop", "size"),
    [
        ((1920, 1080), (1382, 864)),
        ((3840, 2160), (2765, 1728)),
        ((800, 600), (768, 480)),
        ((9999, 9999), (3200, 2000)),
    ],
)
def test_a_window_that_suits_the_screen(monkeypatch, desktop, size):
    monkeypatch.setattr(pygame.display, "get_desktop_sizes", lambda: [desktop])
    assert comfortable_size((1280, 800)) == size


def test_an_environment_in_human_mode():
    env = make_env(render_mode="human")
    env.reset(seed=0)
    assert pygame.display.get_surface() is not None
    env.step(0)
    env.close()
    env.close()
    assert not pygame.display.get_init()


def test_an_environment_outlives_its_window():
    env = make_env(render_mode="human")
    env.reset(seed=0)
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    over = False
    while not over:
        _, _, over, _, _ = env.step(0)
    assert not pygame.display.get_init()
    env.close()
