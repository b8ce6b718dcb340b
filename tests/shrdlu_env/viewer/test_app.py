"""The whole program on SDL's dummy driver, driven by posted keys and mouse events."""

import numpy as np
import pytest

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.panels.keys import KEYS, Command, command_for, digit_of
from shrdlu_env.viewer.panels.overlays import location_note
from shrdlu_env.viewer.program.player import Player
from shrdlu_env.viewer.scenes.blocks.moves import legal_moves
from shrdlu_env.viewer.scenes.sequence.scene import SequenceScene
from tests.shrdlu_env.viewer.driving import click, column_center, layout, mouse, press, run, screen
from tests.shrdlu_env.viewer.samples import SEED, agent_episode, sequence_episode


def test_every_command_has_its_key_and_every_key_one_command():
    assert {key.command for key in KEYS} == set(Command)
    seen = set()
    for key in KEYS:
        for code in key.codes:
            combination = (code, key.shift, key.ctrl)
            assert combination not in seen
            seen.add(combination)
            mod = pygame.KMOD_LSHIFT * key.shift | pygame.KMOD_RCTRL * key.ctrl
            assert command_for(code, mod) is key.command
    assert command_for(pygame.K_PLUS, pygame.KMOD_LSHIFT) is Command.FASTER
    assert command_for(pygame.K_F5, 0) is None
    assert [digit_of(pygame.K_1), digit_of(pygame.K_KP9), digit_of(pygame.K_0)] == [1, 9, None]


def test_space_plays_and_pauses(watch):
    press(watch, pygame.K_SPACE, seconds=0.25)
    assert watch.player.position == 0.5
    press(watch, pygame.K_SPACE, seconds=0.25)
    assert watch.player.position == 0.5


def test_arrows(watch):
    press(watch, pygame.K_RIGHT)
    run(watch, 1)
    assert watch.player.position == 1
    press(watch, pygame.K_RIGHT)
    press(watch, pygame.K_RIGHT)
    run(watch, 1)
    assert watch.player.position == 3
    press(watch, pygame.K_LEFT)
    run(watch, 1)
    assert watch.player.position == 2
    go = watch.player.episode.go_step()
    press(watch, pygame.K_RIGHT, pygame.KMOD_RSHIFT)
    run(watch, 3)
    assert watch.player.position == go
    press(watch, pygame.K_LEFT, pygame.KMOD_LSHIFT)
    run(watch, 3)
    assert watch.player.position == 0


def test_home_end_and_speed(watch):
    press(watch, pygame.K_END)
    run(watch, 3)
    assert watch.player.position == len(watch.player.episode)
    press(watch, pygame.K_HOME)
    run(watch, 3)
    assert watch.player.position == 0
    press(watch, pygame.K_PLUS)
    assert watch.player.speed == 4
    press(watch, pygame.K_MINUS)
    press(watch, pygame.K_KP_MINUS)
    assert watch.player.speed == 1


def test_seeds(watch):
    press(watch, pygame.K_n)
    assert watch.player.episode.seed == SEED + 1
    press(watch, pygame.K_RIGHT)
    run(watch, 1)
    press(watch, pygame.K_r)
    assert (watch.player.episode.seed, watch.player.position) == (SEED + 1, 0)


def test_planner_and_legal_moves(play):
    before = screen().copy()
    press(play, pygame.K_s)
    hinted = screen().copy()
    assert play.player.frame().marks.hint
    assert not np.array_equal(before, hinted)
    press(play, pygame.K_m)
    assert play.player.frame().marks.legal
    assert not np.array_equal(screen(), hinted)
    steps = len(play.player.episode)
    press(play, pygame.K_s)
    assert len(play.player.episode) == steps + 1
    assert play.player.episode.steps[-2].control == "planner"


def test_hiding(watch):
    watch.player.seek(watch.player.episode.go_step() + 1)
    watch.step(0.0)
    press(watch, pygame.K_g)
    assert watch.player.hidden
    press(watch, pygame.K_g)
    assert not watch.player.hidden


def test_taking_over_and_playing_with_the_mouse(watch):
    go = watch.player.episode.go_step()
    watch.player.seek(go)
    press(watch, pygame.K_t)
    assert watch.player.control == "person"
    source, target = legal_moves(watch.player.episode.view(go))[0]
    mouse(watch, pygame.MOUSEMOTION, column_center(watch, source), rel=(0, 0), buttons=(0, 0, 0))
    assert watch.player.frame().marks.hover == source
    click(watch, column_center(watch, source))
    assert watch.player.frame().marks.chosen == source
    click(watch, column_center(watch, target))
    run(watch, 1)
    view = watch.player.episode.view(go + 1)
    assert (watch.player.position, view["last_action"]) == (go + 1, f"{source + 1}>{target + 1}")
    press(watch, pygame.K_b)
    assert watch.player.control == "agent"
    press(watch, pygame.K_b)
    press(watch, pygame.K_t)
    assert (watch.player.control, watch.player.episode.finished) == ("agent", True)


def test_playing_with_digits_and_passing(play):
    source, target = legal_moves(play.player.episode.view(play.player.step))[0]
    press(play, pygame.K_1 + source)
    press(play, pygame.K_1 + target)
    run(play, 1)
    assert play.player.episode.steps[-1].view["last_action"] == f"{source + 1}>{target + 1}"
    press(play, pygame.K_p)
    run(play, 1)
    assert play.player.episode.steps[-1].view["last_action"] == "pass"


def test_a_moving_block_is_between_columns(play):
    source, target = legal_moves(play.player.episode.view(play.player.step))[0]
    still = screen().copy()
    press(play, pygame.K_1 + source)
    press(play, pygame.K_1 + target)
    play.step(0.12)
    assert 0 < play.player.frame().progress < 1
    halfway = screen().copy()
    run(play, 1)
    arrived = screen().copy()
    board = layout(play).scene
    parts = [p[board.top : board.bottom, board.left : board.right] for p in (still, halfway, arrived)]
    assert not np.array_equal(parts[0], parts[1])
    assert not np.array_equal(parts[1], parts[2])
    assert not np.array_equal(parts[0], parts[2])


def test_links(watch):
    memory = layout(watch).memory
    before = screen()[memory.top : memory.bottom, memory.left : memory.right].copy()
    watch.player.seek(5)
    press(watch, pygame.K_l)
    assert watch.player.sheet == "link"
    after = screen()[memory.top : memory.bottom, memory.left : memory.right]
    assert not np.array_equal(before, after)


def test_help_covers_and_goes(watch):
    before = screen().copy()
    press(watch, pygame.K_h)
    assert watch.player.help
    assert not np.array_equal(screen(), before)
    press(watch, pygame.K_ESCAPE)
    assert not watch.player.help
    assert watch.running
    assert np.array_equal(screen(), before)
    press(watch, pygame.K_F1)
    click(watch, (100, 100))
    assert not watch.player.help


def test_escape_and_the_close_button_quit(start):
    for event in (
        pygame.event.Event(pygame.KEYDOWN, key=pygame.K_ESCAPE, mod=0),
        pygame.event.Event(pygame.QUIT),
    ):
        app = start(Player(agent_episode(), "agent"))
        pygame.event.post(event)
        app.run()
        assert not app.running
        assert not pygame.display.get_init()
        app.close()


def test_the_time_bar_is_dragged(watch):
    place = layout(watch)
    press(watch, pygame.K_SPACE)
    mouse(watch, pygame.MOUSEBUTTONDOWN, (place.time_x(place.track, 3), place.track.centery), button=1)
    assert watch.player.position == pytest.approx(3, abs=0.1)
    assert not watch.player.playing
    far = (place.time_x(place.track, 6.5), 5)
    mouse(watch, pygame.MOUSEMOTION, far, rel=(1, 1), buttons=(1, 0, 0))
    assert watch.player.position == pytest.approx(6.5, abs=0.1)
    mouse(watch, pygame.MOUSEMOTION, (5000, 5), rel=(1, 1), buttons=(1, 0, 0))
    assert watch.player.position == len(watch.player.episode)
    mouse(watch, pygame.MOUSEBUTTONUP, far, button=1)
    mouse(watch, pygame.MOUSEMOTION, (place.track.left, place.track.centery), rel=(1, 1), buttons=(0, 0, 0))
    assert watch.player.position == len(watch.player.episode)


def test_the_play_button(watch):
    click(watch, layout(watch).button.center)
    assert watch.player.playing


def test_pointing_at_a_location_and_jumping_to_its_writing(watch):
    episode, place = watch.player.episode, layout(watch)
    step = 4
    location = int(episode.stack("write_weighting")[step].argmax())
    watch.player.seek(episode.go_step())
    y = place.cells.top + (location + 0.5) * place.cells.height / place.locations
    mouse(watch, pygame.MOUSEMOTION, (place.cells.centerx, y), rel=(0, 0), buttons=(0, 0, 0))
    assert watch.player.frame().location == location
    click(watch, (place.cells.centerx, y))
    assert watch.player.position == episode.last_written(location, episode.go_step()) == step
    raster = place.rasters[1].area
    y = raster.top + (location + 0.5) * raster.height / place.locations
    # Whatever time the mouse is over, what is said holds at the step shown.
    watch.player.seek(2)
    mouse(watch, pygame.MOUSEMOTION, (place.time_x(raster, 9), y), rel=(0, 0), buttons=(0, 0, 0))
    assert watch.player.frame().location == location
    click(watch, (place.time_x(raster, 9), y))
    assert "not been written" in watch.player.frame().message
    pygame.event.post(pygame.event.Event(pygame.WINDOWLEAVE))
    watch.step(0.01)
    assert watch.player.frame().location is None


@pytest.mark.parametrize("size", [(800, 600), (1280, 800), (1600, 500), (500, 900), (200, 150)])
def test_resizing(watch, size):
    pygame.display.set_mode(size, pygame.RESIZABLE)
    pygame.event.post(pygame.event.Event(pygame.VIDEORESIZE, w=size[0], h=size[1], size=size))
    watch.step(0.01)
    assert pygame.display.get_surface().get_size() == size
    assert len(np.unique(screen().reshape(-1, 3), axis=0)) > 20
    click(watch, layout(watch).button.center)
    assert watch.player.playing


def test_an_idle_window_is_not_drawn_again(watch, monkeypatch):
    run(watch, 6)
    drawn = []
    monkeypatch.setattr(watch._renderer, "draw", lambda *a: drawn.append(a))
    run(watch, 1)
    assert not drawn


def test_a_key_that_means_nothing_says_so(watch):
    press(watch, pygame.K_F5)
    assert watch.player.frame().message == "f5 does nothing here; H shows the keys"
    press(watch, pygame.K_q)
    assert watch.player.frame().message.startswith("Q does nothing here")
    watch.player.say("")
    press(watch, pygame.K_LSHIFT)
    assert watch.player.frame().message == ""


def test_what_is_said_in_a_strip_holds_at_the_time_shown(watch):
    episode, place = watch.player.episode, layout(watch)
    go = episode.go_step()
    watch.player.seek(go)
    location = int(episode.stack("write_weighting")[2].argmax())
    raster = place.rasters[0].area
    y = raster.top + (location + 0.5) * raster.height / place.locations
    for t in (0, len(episode) - 1):
        mouse(watch, pygame.MOUSEMOTION, (place.time_x(raster, t), y), rel=(0, 0), buttons=(0, 0, 0))
        said = location_note(watch.player.frame(), place)
        assert said.startswith(f"location {location + 1} at step {go}: written at step 2 (")
        assert f"write {episode.stack('write_weighting')[go, location]:.2f}" in said
        assert f"read 2 {episode.stack('read_weightings')[go, 1, location]:.2f}" in said
        assert f"usage {episode.stack('usage')[go, location]:.2f}" in said


def test_a_sequence_is_watched_and_says_so(start):
    app = start(Player(sequence_episode(), "file"))
    click(app, layout(app).scene.center)
    assert app.player.frame().message == SequenceScene.watch_only
    app.player.say("")
    press(app, pygame.K_1)
    assert app.player.frame().message == SequenceScene.watch_only
