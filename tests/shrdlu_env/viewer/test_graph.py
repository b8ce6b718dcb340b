"""The scene of graph tasks."""

import dataclasses
import itertools
import math

import numpy as np
import pytest

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing import theme
from shrdlu_env.viewer.drawing.fonts import pixels, width
from shrdlu_env.viewer.drawing.images import to_array
from shrdlu_env.viewer.exporting.storyboard import arrange_page, draw_storyboard
from shrdlu_env.viewer.panels.layout import arrange
from shrdlu_env.viewer.panels.renderer import Renderer
from shrdlu_env.viewer.recording.episode import Episode
from shrdlu_env.viewer.recording.frame import Frame
from shrdlu_env.viewer.scenes.graph import table
from shrdlu_env.viewer.scenes.graph.geometry import arrange_graph, node_positions
from shrdlu_env.viewer.scenes.graph.picture import draw_graph
from shrdlu_env.viewer.scenes.graph.placing import part, place_nodes
from shrdlu_env.viewer.scenes.graph.table import rows_of, shown_rows
from tests.shrdlu_env.viewer.samples import count, graph_episode, graph_view


def random_edges(count, seed):
    rng = np.random.default_rng(seed)
    return [(int(a), int(b)) for a in range(count) for b in rng.choice(count, 2, replace=False)]


@pytest.mark.parametrize("nodes", [1, 2, 5, 30])
def test_placing_is_deterministic_and_spread(nodes):
    edges = random_edges(nodes, 0) if nodes > 1 else []
    place_nodes.cache_clear()
    first = place_nodes(nodes, frozenset(edges))
    place_nodes.cache_clear()
    again = place_nodes(nodes, frozenset(reversed(edges)))
    assert np.array_equal(first, again)
    assert first.shape == (nodes, 2)
    assert first.min() >= 0
    assert first.max() <= 1
    apart = np.sqrt(((first[:, None] - first[None]) ** 2).sum(-1))[~np.eye(nodes, dtype=bool)]
    if nodes > 1:
        assert apart.min() > 0.2 / np.sqrt(nodes)


def test_nodes_are_drawn_apart():
    """Also those that lie on one another, within the room there is; what is apart stays."""
    rng = np.random.default_rng(0)
    for gap in (20.0, 38.0):
        places = rng.uniform(0, 200, (17, 2))
        places[:3] = places[0]
        again = places.copy()
        part(places, (0, 0), (215, 190), gap)
        apart = np.sqrt(((places[:, None] - places[None]) ** 2).sum(-1))[~np.eye(17, dtype=bool)]
        assert apart.min() > 0.98 * gap
        assert (places >= 0).all()
        assert (places <= (215, 190)).all()
        part(again, (0, 0), (215, 190), gap)
        assert np.array_equal(places, again)
    far = np.array([[0.0, 0.0], [100.0, 50.0]])
    part(far, (0, 0), (100, 50), 40.0)
    np.testing.assert_allclose(far, [[0, 0], [100, 50]], atol=0.01)


def test_an_empty_graph():
    assert place_nodes(0, frozenset()).shape == (0, 2)


def test_given_positions_are_kept_with_y_upwards():
    rect = pygame.Rect(100, 50, 200, 400)
    places = node_positions(graph_view(0, positions=[(0, 0), (1, 1), (0.5, 0.5), (0, 1), (1, 0)]), rect)
    assert places == [(100, 450), (300, 50), (200, 250), (100, 50), (300, 450)]


def test_current_node_trail_and_answer_are_drawn():
    surface = pygame.Surface((600, 500), 0, 32)

    def picture(**changes):
        surface.fill((0, 0, 0))
        draw_graph(surface, surface.get_rect(), graph_view(5, phase="answer", **changes), 1.0)
        return to_array(surface)

    bare = picture()
    assert count(bare, theme.YELLOW) == 0
    assert count(bare, theme.GREEN) == 0
    walked = picture(current=2, trail=[0, 1, 2])
    assert count(walked, theme.YELLOW) > 100
    assert count(walked, theme.GREEN) > 50
    right = picture(answer=[(("505", "12", "247"), True)])
    wrong = picture(answer=[(("505", "12", "247"), False)])
    assert count(right, theme.GREEN) > 3
    assert count(wrong, theme.RED) > 3


def test_described_edges_appear_one_by_one():
    pictures = [to_array(Renderer().draw(Frame(graph_episode(), t), (800, 600))) for t in range(6)]
    board = arrange((800, 600), graph_episode()).scene
    parts = [p[board.top : board.bottom, board.left : board.right] for p in pictures]
    for a in range(6):
        assert count(parts[a], theme.YELLOW) > 20
        for b in range(a):
            assert not np.array_equal(parts[a], parts[b])


def walk_view(asked, given, wrong=(), **changes):
    """A walk of `asked` edges of which `given` are answered; those with an index in `wrong` not rightly."""
    query = [("n0" if k == 0 else None, f"e{k}", None) for k in range(asked)]
    answer = [((f"n{k}", f"e{k}", f"n{k + 1}"), k not in wrong) for k in range(given)]
    over = given == asked
    return graph_view(5, phase="answer", query=query, answer=answer, terminated=over, **changes)


@pytest.mark.parametrize("given", range(20))
@pytest.mark.parametrize("room", [1, 2, 6, 40])
def test_answers_stand_beside_what_they_answer(given, room):
    shown = shown_rows(walk_view(19, given, wrong=(0, 4)), room)
    assert len(shown.rows) == min(room, 19)
    for row in shown.rows:
        if row.answer is not None:
            assert row.query[1] == row.answer[0][1]
    seen = [row.answer for row in shown.rows if row.answer is not None]
    assert shown.earlier + len(seen) == given
    assert shown.wrong == sum(k < shown.earlier for k in (0, 4))
    assert shown.earlier + len(shown.rows) + shown.later == 19
    # What comes next is in sight, and where there is room the last answer as well.
    edges = [row.query[1] for row in shown.rows]
    assert f"e{min(given, 18)}" in edges
    assert room == 1 or not given or f"e{given - 1}" in edges


def test_questions_of_rounds_stand_beside_their_own_answers():
    """Only the question of this round is in the view: it is not put beside the answer to another."""
    first, second = (("a", "9, 8", "b"), True), (("c", "4, 3", "d"), False)
    asking = graph_view(5, phase="query", query=[("c", "4, 3", None)], answer=[first])
    assert rows_of(asking) == [(None, first), (("c", "4, 3", None), None)]
    over = graph_view(5, phase="answer", query=[("c", "4, 3", None)], answer=[first, second], terminated=True)
    assert rows_of(over) == [(None, first), (("c", "4, 3", None), second)]


def test_the_way_asked_for_stays_in_sight():
    answer = [((f"n{k}", "e", f"n{k + 1}"), True) for k in range(9)]
    view = graph_view(5, phase="answer", query=[("n0", None, "n9")], answer=answer, terminated=True)
    shown = shown_rows(view, 4)
    assert [row.query for row in shown.rows] == [("n0", None, "n9"), None, None, None]
    assert [row.answer for row in shown.rows] == answer[5:]
    assert shown.earlier == 5


def test_what_is_left_out_is_said(monkeypatch):
    said, original = [], table.text
    monkeypatch.setattr(
        table, "text", lambda s, string, *a, **k: said.append(string) or original(s, string, *a, **k)
    )
    surface = pygame.Surface((420, 620), 0, 32)
    draw_graph(surface, surface.get_rect(), walk_view(19, 10, wrong=(0,)), 1.0)
    assert "5 earlier, 1 wrong" in said
    assert "8 more" in said


def test_a_question_that_is_due_is_read_in_full(monkeypatch):
    """It has the room of its answer until that is given."""
    asked = ("505", "younger brother, father, eldest child, wife", None)
    whole, drawn = table.words(asked), []

    def listening(surface, string, at, size, *more, **how):
        rect = original(surface, string, at, size, *more, **how)
        drawn.append((string, rect.width >= width(string, pixels(size)) - 1))
        return rect

    original = table.text
    monkeypatch.setattr(table, "text", listening)
    surface = pygame.Surface((340, 620), 0, 32)
    draw_graph(surface, surface.get_rect(), graph_view(5, phase="answer", query=[asked]), 1.0)
    assert (whole, True) in drawn


SHAPES = [(400, 630), (776, 500), (1250, 250), (1250, 630), (330, 200)]


def parallel_view(**changes):
    """Several edges both ways between far nodes, a node with an edge to itself."""
    edges = [(0, "a", 3), (3, "b", 0), (0, "c", 3), (3, "d", 0), (1, "e", 2), (1, "f", 2), (4, "g", 4)]
    places = [(0.0, 1.0), (0.1, 0.9), (0.9, 0.1), (1.0, 1.0), (0.5, 0.0)]
    return graph_view(8, edges=edges, told=len(edges), positions=places, **changes)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("make", [parallel_view, lambda: graph_view(5)])
def test_edges_stay_in_their_area_and_apart(shape, make):
    rect, view = pygame.Rect((30, 50), shape), make()
    geometry = arrange_graph(rect, view, 1.0)
    assert rect.contains(geometry.area)
    assert rect.contains(geometry.table)
    assert not geometry.area.colliderect(geometry.table)
    assert len(geometry.curves) == len(view["edges"])
    for curve in geometry.curves:
        assert all(geometry.area.collidepoint(curve.at(k / 20)) for k in range(21))
    middles = [curve.at(0.5) for curve in geometry.curves]
    for (one, a), (other, b) in itertools.combinations(zip(view["edges"], middles, strict=True), 2):
        if {one[0], one[2]} == {other[0], other[2]}:
            assert math.dist(a, b) > 6


@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_moves_while_edges_are_told_and_answers_given(shape):
    rect = pygame.Rect((0, 0), shape)
    told = [arrange_graph(rect, graph_view(t), 1.0) for t in range(6)]
    walked = [
        arrange_graph(rect, graph_view(6, query=[("505", "12, 7, 30, 7, 5, 12, 7", None)], answer=a), 1.0)
        for a in ([], 9 * [(("505", "12", "247"), True)])
    ]
    assert all(geometry == told[0] for geometry in (*told, *walked))


def test_a_page_draws_the_graph_inside_its_panel_and_not_as_a_band():
    steps = [dataclasses.replace(step, view=parallel_view()) for step in graph_episode().steps]
    inner = {"write_weighting": np.full(4, 0.25, np.float32)}
    looked = [dataclasses.replace(step, internals=inner) for step in steps[:-1]]
    episode = Episode((*looked, steps[-1]))
    page = arrange_page(episode, (1280, 800))
    area = arrange_graph(page.film, parallel_view(), page.u).area
    assert area.width < 4 * area.height
    picture = to_array(draw_storyboard(episode, (1280, 800)))
    above = picture[page.title.bottom : page.film.top]
    assert (above == np.array(theme.BACKGROUND)).all()
