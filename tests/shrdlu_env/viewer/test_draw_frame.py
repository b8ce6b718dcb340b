"""The picture `render()` returns."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing import theme
from shrdlu_env.viewer.panels.still import draw_frame, still_rects
from shrdlu_env.viewer.scenes.blocks.geometry import BoardGeometry, board_rect
from shrdlu_env.viewer.scenes.blocks.tiles import tile
from tests.shrdlu_env.viewer.samples import count, make_env, view


def test_shape_type_and_freshness():
    first, second = draw_frame(view(), (640, 480)), draw_frame(view(), (640, 480))
    assert first.shape == (480, 640, 3)
    assert first.dtype == np.uint8
    assert first.flags.owndata or first.base is not second.base
    assert np.array_equal(first, second)
    first[:] = 0
    assert second.any()


@pytest.mark.parametrize("size", [(240, 180), (400, 300), (800, 600), (1280, 800), (2560, 1600), (300, 900)])
def test_every_size_shows_every_block(size):
    picture = draw_frame(view(), size)
    assert picture.shape == (size[1], size[0], 3)
    for block in (2, 3, 4, 5, 6):
        assert count(picture, theme.numbered(block)) > 20
    assert count(picture, theme.numbered(8)) == 0


def test_too_small_is_refused():
    with pytest.raises(ValueError, match=r"size must be at least 240 x 180 pixels, got \(100, 100\)"):
        draw_frame(view(), (100, 100))


@pytest.mark.parametrize(
    ("board_size", "board"),
    [
        (2, [[0, 1], [2, 3]]),
        (3, [[0, 0, 0], [2, 0, 4], [6, 5, 3]]),
        (4, [[0, 0, 0, 1], [0, 0, 0, 2], [7, 0, 0, 3], [6, 5, 0, 4]]),
        (5, [[9, 0, 0, 0, 0], [8, 0, 0, 0, 0], [7, 0, 0, 0, 1], [6, 0, 0, 0, 2], [5, 4, 0, 0, 3]]),
    ],
)
def test_blocks_lie_where_the_view_says(board_size, board):
    size = (800, 600)
    picture = draw_frame(view(board=board, board_size=board_size), size)
    _, panel, _, u = still_rects(size, True)
    place = BoardGeometry.fit(board_rect(panel, u), board_size)
    for row in range(board_size):
        for column in range(board_size):
            x, y = place.cell_center(column, row)
            # Left of the shape in the block's middle, where only its own colour is.
            pixel = tuple(int(v) for v in picture[round(y), round(x - 0.42 * place.cell)])
            block = board[board_size - 1 - row][column]
            assert (pixel == theme.numbered(block)) if block else (pixel not in theme.NUMBERED)


def test_blocks_differ_without_colour():
    """Numbers and shapes alone tell any two blocks apart, at every size in use."""
    for size in (18, 40, 100):
        masks = []
        for number in range(1, 10):
            grey = pygame.surfarray.array3d(tile(number, size)).astype(float).mean(-1)
            masks.append((grey - grey.mean()) / grey.std())
        for a in range(9):
            for b in range(a):
                assert np.abs(masks[a] - masks[b]).mean() > 0.02


def test_phases_look_different():
    describing = view(
        phase="describe", step=2, shown_goal="B", shown_constraint="3a5", cued_goal=None, go=False,
        constraints=[], goals={"Q": ["6b2", "1l4"], "B": ["3a5"]}, moves_left=9,
    )  # fmt: skip
    views = [
        describing,
        view(shown_goal="Q", step=6),
        view(),
        view(terminated=True, success=True, perfect=True, satisfied=1.0),
        view(terminated=True, success=True, satisfied=1.0),
        view(terminated=True),
    ]
    pictures = [draw_frame(v) for v in views]
    for a in range(len(pictures)):
        for b in range(a):
            assert not np.array_equal(pictures[a], pictures[b])
    assert count(pictures[0], theme.BLUE) > 500
    assert count(pictures[1], theme.YELLOW) > 500
    assert count(pictures[5], theme.RED) > 500


def test_a_satisfied_constraint_is_ticked():
    held = [("6b2", True), ("1l4", True)]
    none = [("6b2", False), ("1l4", False)]
    ticked, bare = (count(draw_frame(view(constraints=c)), theme.GREEN) for c in (held, none))
    assert ticked > bare + 100


def test_ten_goals_of_six_fit_the_panel():
    letters = list("QBZTAXMKEP")
    goals = {letter: ["6b2", "1l4", "3a5", "2r6", "4a1", "5l3"] for letter in letters}
    constraints = [(c, False) for c in goals["E"]]
    big = view(letters=letters, goals=goals, cued_goal="E", constraints=constraints)
    for size in ((640, 480), (800, 600), (1280, 800)):
        picture = draw_frame(big, size)
        _, _, panel, u = still_rects(size, True)
        # The strip just inside the panel's lower edge is empty: no card was cut off.
        strip = picture[panel.bottom - round(4 * u) : panel.bottom - 2, panel.left + 12 : panel.right - 12]
        assert (strip == np.array(theme.PANEL)).all()


def test_drawing_opens_no_display_prints_nothing_and_sets_no_variable():
    script = (
        "import gymnasium, os; before = dict(os.environ)\n"
        "from shrdlu_env.viewer.panels.still import draw_frame\n"
        "from tests.shrdlu_env.viewer.samples import view\n"
        "import pygame\n"
        "assert draw_frame(view()).any()\n"
        "assert not pygame.display.get_init() and pygame.display.get_surface() is None\n"
        "assert dict(os.environ) == before\n"
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("SDL_", "PYGAME_", "DISPLAY"))}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        capture_output=True,
        text=True,
        env=environment,
        cwd=Path(__file__).resolve().parents[3],
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_two_environments_share_no_picture():
    one, two = (make_env(render_mode="rgb_array") for _ in range(2))
    one.reset(seed=1)
    two.reset(seed=2)
    first, kept = one.render(), two.render()
    copy = kept.copy()
    first[:] = 0
    one.render()
    assert np.array_equal(two.render(), copy)
    assert np.array_equal(kept, copy)
    one.close()
    two.close()


def test_fonts_survive_a_program_that_quits_pygame():
    before = draw_frame(view(episode_return=3.25))
    pygame.quit()
    assert np.array_equal(draw_frame(view(episode_return=3.25)), before)
    assert draw_frame(view(episode_return=4.75)).any()
